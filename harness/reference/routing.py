"""Which pool takes a command: tool kind and catalog path to segment and NATS subject.

Source: spec, noetl-python 3.1 and noetl-rust 5.1.

NoETL looks at the path first and at the kind of the outer tool then; kinds inside a tool list never matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.model.errors import HarnessError

BASE_SUBJECT = "noetl.commands"
DEFAULT_RELEASE = "4.12.0"
DEFAULT_SEGMENT = "shared"

RUST_SERVER = "rust-server"
"""Any Rust server that takes an `execution_pool`. It routes no kind."""

SINCE = "3.2.0"
"""The first Rust server that takes one."""

KINDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "4.11.0": MappingProxyType({"agent": "python"}),
        "4.12.0": MappingProxyType({"agent": "python", "task_sequence": "python"}),
        RUST_SERVER: MappingProxyType({}),
    }
)
"""Release to its kind map: `task_sequence` is all that 4.12.0 added. What is not listed goes to `shared`."""

_PREFIXES = (("system/", "system"),)
_RUST_PREFIXES = (*_PREFIXES, ("subscription/", "subscription"))


@dataclass(frozen=True, slots=True)
class Route:
    """Where a command goes. `segment` is what the subject's third token is, or would be, with the flag on."""

    segment: str
    subject: str


def route(
    tool_kind: object,
    playbook_path: str | None = None,
    *,
    execution_id: int | str,
    base_subject: str = BASE_SUBJECT,
    enabled: bool = True,
    release: str = DEFAULT_RELEASE,
    execution_pool: str | None = None,
) -> Route:
    """Segment and subject of one command.

    Kinds match to the letter: `Agent`, `" agent"`, numbers and None all go to `shared`. The path matches without its
    leading slashes and only up to a slash: `/system/x` is privileged, `system` and `systemd/x` are not.

    `enabled` is `NOETL_COMMAND_ROUTING_ENABLED`. It decides the subject alone: off, the subject is the bare base. NoETL
    4.12.0 works out the segment without looking at the flag, so `segment` is the same either way.

    A Rust server knows neither flag nor kinds and takes paths to the letter. `execution_pool` is what its client asked
    of the whole execution, and goes before all else; Python servers do not take one.

    Raises `HarnessError` for a release without a known map.
    """
    kinds = _kinds(release)
    if release == RUST_SERVER:
        segment = execution_pool or _of_path(playbook_path or "", _RUST_PREFIXES) or DEFAULT_SEGMENT
        return Route(segment, f"{base_subject}.{segment}.{execution_id}")
    path = (playbook_path or "").lstrip("/")
    segment = _of_path(path, _PREFIXES) or kinds.get(str(tool_kind), DEFAULT_SEGMENT)
    subject = f"{base_subject}.{segment}.{execution_id}" if enabled else base_subject
    return Route(segment, subject)


def stream_subjects(base_subject: str = BASE_SUBJECT) -> tuple[str, str]:
    """The subjects of the command stream: the bare base and everything below it, which `>` alone would not cover."""
    return base_subject, f"{base_subject}.>"


def _kinds(release: str) -> Mapping[str, str]:
    kinds = KINDS.get(release)
    if kinds is None:
        raise HarnessError(
            f"the routing of release {release!r} is not known",
            f"Known releases: {', '.join(KINDS)}.",
        )
    return kinds


def _of_path(path: str, prefixes: tuple[tuple[str, str], ...]) -> str | None:
    return next((segment for prefix, segment in prefixes if path.startswith(prefix)), None)
