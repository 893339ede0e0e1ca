"""The versioned list of what is run."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.json import JsonObject


class Terminal(StrEnum):
    """How an execution can end."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Case:
    """One entry of the suite.

    `path` is the catalog path, `source` the YAML text, `file` where it was read. `requires` are cases whose
    playbooks must be in the catalog too (sub-playbooks): pairs of catalog path and YAML text. `timeout` is in seconds.
    `expect` is how the reference should end.
    """

    id: str
    path: str
    file: str
    source: str
    payload: JsonObject = field(default_factory=dict)
    requires: tuple[tuple[str, str], ...] = ()
    credentials: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    expect: Terminal = Terminal.COMPLETED
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Suite:
    """All cases of a manifest. `digest` is the SHA-256 over manifest and playbooks: it fixes the denominator."""

    cases: tuple[Case, ...]
    digest: str
