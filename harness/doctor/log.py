"""Whether what the pool logs arrives here."""

from __future__ import annotations

from harness.model.doctor import Answer, State
from harness.model.evidence import Evidence, LegEnd
from harness.model.lane import Lane


async def check(lane: Lane, canary: Evidence) -> Answer:
    """A worker names the execution in what it logs of a command (spec: noetl-rust 2.6, noetl-python 8)."""
    if not any(source.pool_id == lane.pool.id for source in lane.logs):
        todo = "Name it under `logs`: known texts are looked for there, and hangs are proven by it."
        return Answer(State.WARN, f"no log of {lane.pool.id} is named", todo)
    if canary.end is not LegEnd.TERMINAL_EVENT:
        return Answer(State.ABSENT, "not known: the pool finished no playbook")
    lines = [line for line in canary.log if line.pool_id == lane.pool.id]
    if not lines:
        return Answer(
            State.FAIL,
            f"the log of {lane.pool.id} says nothing of a playbook that it has just run",
            "Correct `logs`, or let the workers log at INFO.",
        )
    return Answer(State.OK, f"{len(lines)} lines of {lane.pool.id} on one playbook")
