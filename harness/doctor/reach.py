"""Whether the workers reach the test server that the harness reads."""

from __future__ import annotations

from harness.model.doctor import Answer, State
from harness.model.evidence import Evidence, LegEnd
from harness.model.lane import Lane


async def check(lane: Lane, canary: Evidence) -> Answer:
    """The canary calls it from inside, and its record of calls is read from here."""
    if not canary.effects or canary.end is not LegEnd.TERMINAL_EVENT:
        return Answer(State.ABSENT, "not known: the pool finished no playbook")
    (calls,) = canary.effects
    inside = (lane.inside or lane).test_server_url
    if calls.problem:
        todo = "Let the one of fixtures/servers run there."
        return Answer(State.FAIL, f"{lane.test_server_url} is not our test server: {calls.problem}", todo)
    if not calls.rows:
        return Answer(
            State.FAIL,
            f"the workers do not reach the test server at {inside}, or it is another one than {lane.test_server_url}",
            "Correct its address under `inside`, as the workers see it.",
        )
    return Answer(State.OK, f"the workers reach {inside}")
