"""The reader of `noetl.event` on stores with and without a chain of events."""

from __future__ import annotations

import pytest
from wire_client import HELLO, Wire

from harness.noetl.events import EventStore

pytestmark = pytest.mark.embedded


async def test_a_store_without_a_chain_and_one_with(wire: Wire) -> None:
    await wire.register(HELLO)
    execution = int(await wire.start("test/hello"))
    async with await EventStore.open(wire.dsn, "noetl") as store:
        plain = [arrival.event for arrival in await store.events([execution])]
    assert len(plain) > 1
    assert {event.prev_event_id for event in plain} == {None}
    await wire.rows("ALTER TABLE noetl.event ADD COLUMN prev_event_id bigint")
    first, second = (event.event_id for event in plain[:2])
    await wire.rows("UPDATE noetl.event SET prev_event_id = %s WHERE event_id = %s", first, second)
    async with await EventStore.open(wire.dsn, "noetl") as store:
        chained = [arrival.event for arrival in await store.events([execution])]
    assert [event.prev_event_id for event in chained[:2]] == [None, first]


async def test_what_is_known_is_not_read_again_and_what_comes_late_is(wire: Wire) -> None:
    await wire.register(HELLO)
    execution = int(await wire.start("test/hello"))
    async with await EventStore.open(wire.dsn, "noetl") as store:
        ids = [arrival.event.event_id for arrival in await store.events([execution])]
        known = {(execution, one) for one in ids[1:]}
        left = await store.events([execution], known=known)
        assert [arrival.event.event_id for arrival in left] == ids[:1]
        assert await store.events([execution], after=ids[0], known=known) == []
        others = await store.events([execution], known={(execution + 1, one) for one in ids})
        assert len(others) == len(ids)
