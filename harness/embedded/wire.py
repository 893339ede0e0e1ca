"""What the harness and the supervisor say to each other: one line of JSON each way, through a pipe.

The lines hold passwords; they are never logged. `Ready` is also what a kept deployment's state file holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pydantic import TypeAdapter

from harness.model.deployment import EmbeddedRequest
from harness.model.lane import Lane


@dataclass(frozen=True, slots=True)
class Ready:
    """The lanes take work. `pid` and `started` (clock ticks since boot) name the guard process for ever."""

    folder: str
    pid: int
    started: int
    request: EmbeddedRequest
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A `HarnessError`, field by field."""

    what: str
    todo: str
    exit: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A defect of the supervisor."""

    trace: str


Answer: TypeAlias = Ready | Refused | Broken

REQUEST: TypeAdapter[EmbeddedRequest] = TypeAdapter(EmbeddedRequest)
LANES: TypeAdapter[list[Lane]] = TypeAdapter(list[Lane])
READY: TypeAdapter[Ready] = TypeAdapter(Ready)
ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)
