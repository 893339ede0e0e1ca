"""Whether commands of others wait in the stream."""

from __future__ import annotations

from contextlib import AsyncExitStack

from harness.model.doctor import Answer, Site, State
from harness.model.lane import Lane
from harness.noetl.streams import NoStream, open_stream


async def check(site: Site, lane: Lane) -> Answer:
    """What waits is taken before anything of a run: it makes legs slow and logs long, and is no fault of theirs."""
    async with AsyncExitStack() as stack:
        stream = await open_stream(lane, stack)
        try:
            state = await stream.state()
        except NoStream:
            return Answer(State.OK, f"there is no stream {lane.stream} yet; its first worker makes it")
    waiting = [
        f"{one.pending} for {one.name}" + (f" ({one.ack_pending} more are out)" if one.ack_pending else "")
        for one in state.consumers
        if one.pending or one.ack_pending
    ]
    if waiting:
        todo = "Let the workers finish them, or take them out: nats stream purge. A run gives no verdict on them."
        return Answer(State.WARN, f"commands wait in {lane.stream}: {', '.join(waiting)}", todo)
    return Answer(State.OK, f"no command waits in {lane.stream}")
