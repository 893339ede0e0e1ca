"""Whether executions run that were there before."""

from __future__ import annotations

from harness.model.doctor import Answer, Site, State
from harness.model.errors import HarnessError
from harness.model.lane import Lane
from harness.noetl.footprint import OURS, running_paths


async def check(site: Site, lane: Lane) -> Answer:
    """None of them is judged or counted as a hang of a run, but they may still take workers' time."""
    try:
        paths = await running_paths(lane.dsn, lane.schema)
    except HarnessError as error:
        return Answer(State.WARN, f"what runs already can not be seen: {error.what}", error.todo)
    if not paths:
        return Answer(State.OK, "no execution is RUNNING")
    total, ours = sum(paths.values()), sum(count for path, count in paths.items() if path.startswith(OURS))
    return Answer(
        State.WARN,
        f"{total} executions are RUNNING already, {ours} of them of earlier runs",
        "See whether they move: noetl-harness zombies --postgres-dsn DSN",
    )
