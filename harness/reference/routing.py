"""Which pool takes a command: tool kind and catalog path to segment and NATS subject (spec: noetl-python 3.1).

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

KINDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "4.11.0": MappingProxyType({"agent": "python"}),
        "4.12.0": MappingProxyType({"agent": "python", "task_sequence": "python"}),
    }
)
"""Release to its kind map: `task_sequence` is all that 4.12.0 added. What is not listed goes to `shared`."""

_PREFIXES = (("system/", "system"),)


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
) -> Route:
    """Segment and subject of one command.

    Kinds match to the letter: `Agent`, `" agent"`, numbers and None all go to `shared`. The path matches without its
    leading slashes and only up to a slash: `/system/x` is privileged, `system` and `systemd/x` are not.

    `enabled` is `NOETL_COMMAND_ROUTING_ENABLED`. It decides the subject alone: off, the subject is the bare base. NoETL
    4.12.0 works out the segment without looking at the flag, so `segment` is the same either way.

    Raises `HarnessError` for a release without a known map.
    """
    kinds = _kinds(release)
    segment = _of_path(playbook_path) or kinds.get(str(tool_kind), DEFAULT_SEGMENT)
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


def _of_path(playbook_path: str | None) -> str | None:
    path = (playbook_path or "").lstrip("/")
    return next((segment for prefix, segment in _PREFIXES if path.startswith(prefix)), None)
