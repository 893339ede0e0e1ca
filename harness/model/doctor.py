"""What the doctor finds, and what a deployment tells of the place where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """How a check came out. `ABSENT`: there is no such thing on this deployment, so nothing was checked."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one check says: `what` it saw, and what to do about it where it is not well. Neither holds a secret."""

    state: State
    what: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer with the check that gave it. `where` is the side whose NoETL it is about; empty where both share it."""

    check: str
    where: str
    answer: Answer


def said(finding: Finding) -> str:
    """One line: `clocks of the reference: ...`."""
    place = f" of the {finding.where}" if finding.where else ""
    return f"{finding.check}{place}: {finding.answer.what}"


@dataclass(frozen=True, slots=True)
class PodState:
    """A pod at one moment. `part` is what of NoETL it belongs to, `replaced` when its container was last replaced and
    `why` for what reason."""

    part: str
    name: str
    ready: bool
    replaced: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """The place where a deployment is, as far as it has one. None: there is no such thing there.

    `context` names the cluster. `pods` are by the part of NoETL; a part without any has an empty tuple. `routing` is
    the text of NOETL_COMMAND_ROUTING_ENABLED, empty where it is not set. `images` are those of the pools, by the
    pool's id.
    """

    context: str | None = None
    pods: Mapping[str, tuple[PodState, ...]] | None = None
    routing: str | None = None
    images: Mapping[str, str] = field(default_factory=dict)
