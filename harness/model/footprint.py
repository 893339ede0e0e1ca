"""What a run leaves behind on a NoETL that is not its own. NoETL offers no way to take most of it back."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.lane import Side


@dataclass(frozen=True, slots=True)
class Footprint:
    """Of one NoETL, which these `sides` share.

    `playbooks`, `executions` and `events` are numbers of rows; `running` are those of the executions that still are.
    `credentials` were not there before, `replaced` were and have other values now. `consumers` are new in the command
    stream, `tables` in the tenant database; on a NoETL with other users some may be theirs. `apart` are executions of
    others that were RUNNING before the run: nothing in a verdict is about them. `problem` says why the rest is not
    known.
    """

    sides: tuple[Side, ...]
    playbooks: int = 0
    executions: int = 0
    running: int = 0
    events: int = 0
    credentials: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    apart: int = 0
    problem: str | None = None
