"""A pool under test: which runtime and release it is, and how it behaves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Runtime(StrEnum):
    """The two runtimes that `noetl.runtime` knows."""

    PYTHON = "python"
    RUST = "rust"


class Predispatch(StrEnum):
    """What a worker does with a command that fails before its tool is called (spec/noetl-rust.md 1.2, 1.6)."""

    STRAND = "strand"
    FAIL = "fail"


class PythonTool(StrEnum):
    """What a `kind: python` step returns (spec/noetl-python.md 1.12, noetl-rust.md 3.4)."""

    IN_PROCESS = "in_process"
    STDOUT = "stdout"
    CAPTURED = "captured"


class ErrorStyle(StrEnum):
    """What becomes of a tool result that says `error` (spec/noetl-rust.md 3.3)."""

    RAISED = "raised"
    MASKED = "masked"


class Redaction(StrEnum):
    """Which values a worker hides before it reports a result (spec/noetl-rust.md 3.3)."""

    KEYCHAIN = "keychain"
    SUBSTRING = "substring"


class Dialect(StrEnum):
    """How a worker spells events, log lines and its own id."""

    PYTHON_4 = "python-4"
    RUST_5 = "rust-5"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The ways, all on record, in which an emulated worker behaves like its release.

    `tools` are the tool kinds its registry has. `credentials` names the release of the alias rules in
    `harness.reference.credentials`, or None where a string in `auth:` is handed to the tool as it is (Python
    resolves inside the tool) or refused (Rust before 5.10.0).
    """

    tools: frozenset[str]
    credentials: str | None
    predispatch: Predispatch
    python_tool: PythonTool
    errors: ErrorStyle
    redaction: Redaction


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """One pool: `python@4.12.0`, `rust@5.10.0`, or a real worker that joins a lane (`exec:`).

    `behaviour` is None for a real worker; then `command` is the argument list that starts it.
    `because` maps each line of the profile to the release and source that it rests on. `selector` is the name by which
    a command line finds the same pool again.
    """

    id: str
    runtime: Runtime
    version: str
    dialect: Dialect
    worker_id_pattern: str
    behaviour: Behaviour | None
    command: tuple[str, ...] = ()
    because: tuple[tuple[str, str], ...] = ()
    selector: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        try:
            re.compile(self.worker_id_pattern)
        except re.error as error:
            raise ValueError(f"{self.worker_id_pattern!r} is not a regular expression: {error}") from None

    @property
    def emulated(self) -> bool:
        """Whether our own worker plays this release. Reports always say so."""
        return self.behaviour is not None
