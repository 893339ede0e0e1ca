"""Whether the event store can be read."""

from __future__ import annotations

from harness.model.doctor import Answer, Site, State
from harness.model.lane import Lane
from harness.noetl.events import EventStore


async def check(site: Site, lane: Lane) -> Answer:
    """`EventStore.open` looks at every table that a run reads."""
    async with await EventStore.open(lane.dsn, lane.schema) as store:
        workers = await store.workers()
    return Answer(State.OK, f"the tables of schema {lane.schema} can be read; {len(workers)} workers are registered")
