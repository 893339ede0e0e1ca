"""The one way in which the harness tells a person that something is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line (design section 8). When several apply: 70, 5, 4, 1, 3, 0."""

    OK = 0
    DIVERGED = 1
    USAGE = 2
    INDETERMINATE = 3
    ENVIRONMENT = 4
    INVALID = 5
    DEFECT = 70
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file that a person wrote. `line` and `column` count from 1."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


class HarnessError(Exception):
    """Something a person can mend: what happened, where, and what to do about it.

    `exit` is what the command line ends with. Raised by every part for bad input (`Exit.USAGE`) and for an
    environment that is missing or was lost (`Exit.ENVIRONMENT`). None of the texts may hold a secret.
    """

    def __init__(self, what: str, todo: str, exit: Exit = Exit.USAGE, where: Location | None = None) -> None:
        place = f"{where}: " if where else ""
        super().__init__(f"{place}{what}\n  {todo}")
        self.what = what
        self.todo = todo
        self.exit = exit
        self.where = where
