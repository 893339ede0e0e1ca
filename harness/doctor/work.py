"""Whether the pool takes a playbook and finishes it."""

from __future__ import annotations

from harness.judge.crew import Crew
from harness.model.doctor import Answer, State
from harness.model.evidence import Evidence, LegEnd
from harness.model.lane import Lane


async def check(lane: Lane, canary: Evidence) -> Answer:
    """The canary needs no credential, and nothing that any release lacks."""
    todo = "Look into the logs of the server and of the workers."
    if canary.end is not LegEnd.TERMINAL_EVENT:
        reason = canary.refusal or canary.problem or f"it did not end ({canary.end})"
        return Answer(State.FAIL, f"the {lane.side} did not finish a playbook: {reason}", todo)
    crew = Crew.of(canary, lane.pool, lane.python_pool)
    claimed = sorted({event.worker_id for event in canary.events if event.worker_id})
    strangers = [name for name in claimed if lane.pool not in crew.membership(name).pools]
    if strangers:
        return Answer(
            State.FAIL,
            f"workers that are not of {lane.pool.id} took part: {', '.join(strangers)}",
            "End them, or pin the pool (`pin`): else the run is one of both pools at once.",
        )
    return Answer(State.OK, f"{', '.join(claimed)} finished a playbook in {canary.seconds:.1f} s")
