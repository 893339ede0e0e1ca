"""A lost connection to the platform database costs the legs that were in flight, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from foreign import READER, Foreign
from test_doctor_processes import lane_of

from harness.drive.lane import LaneDrive
from harness.embedded.processes import free_port
from harness.model.errors import HarnessError
from harness.model.evidence import LegEnd
from harness.model.suite import Case
from harness.noetl import events
from harness.noetl.events import EventStore, InsertBell
from harness.patience import patiently

pytestmark = pytest.mark.embedded

WAITS = """\
apiVersion: noetl.io/v2
kind: Playbook
metadata: {name: waits, path: tests/waits}
workload: {mark: "", go: ""}
workflow:
  - step: start
    tool:
      kind: python
      input: {mark: "{{ mark }}", go: "{{ go }}"}
      code: |
        def main(mark, go):
            import os, time
            open(mark, "w").close()
            while not os.path.exists(go):
                time.sleep(0.01)
            return {"waited": True}
"""


def case(name: str, folder: Path) -> Case:
    payload = {"mark": str(folder / f"{name}-mark"), "go": str(folder / f"{name}-go")}
    return Case(name, "tests/waits", "waits.yaml", WAITS, payload)


def cut(noetl: Foreign) -> None:
    """End every session of the harness on the platform database."""
    with psycopg.connect(noetl.reader_dsn) as database:
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )


async def written(path: Path) -> None:
    async for _ in patiently(60):
        if await asyncio.to_thread(path.exists):
            return


async def check_cut(drive: LaneDrive, cutting: Callable[[], None], folder: Path) -> None:
    """A leg before, one in flight and one after the cut."""
    (folder / "before-go").touch()
    assert (await drive.run(case("before", folder))).end is LegEnd.TERMINAL_EVENT
    flight = asyncio.create_task(drive.run(case("flight", folder)))
    await written(folder / "flight-mark")
    cutting()
    lost = await flight
    assert (lost.end, lost.complete) == (LegEnd.LOST, False)
    assert lost.problem
    assert "lost" in lost.problem
    (folder / "flight-go").touch()
    (folder / "after-go").touch()
    after = await drive.run(case("after", folder))
    assert (after.end, after.complete, after.problem) == (LegEnd.TERMINAL_EVENT, True, None)


async def test_legs_after_a_cut_are_seen_again(foreigners: tuple[Foreign, Foreign], tmp_path: Path) -> None:
    one, _ = foreigners
    async with lane_of(one, tmp_path) as lane, LaneDrive(lane) as drive:
        await check_cut(drive, lambda: cut(one), tmp_path)
        assert drive._store.breaks == 1


async def test_without_its_bell_a_lane_looks_by_itself(foreigners: tuple[Foreign, Foreign], tmp_path: Path) -> None:
    """The bell is in databases of our own only."""
    one, _ = foreigners
    async with lane_of(one, tmp_path) as lane, LaneDrive(lane) as drive:
        bell = drive._bell = await InsertBell.hang(one.owner_dsn)

        def silence() -> None:
            with psycopg.connect(one.owner_dsn, autocommit=True) as database:
                database.execute("SELECT pg_terminate_backend(%s)", [bell._connection.info.backend_pid])

        try:
            await check_cut(drive, silence, tmp_path)
            assert drive._bell is None
        finally:
            with psycopg.connect(one.owner_dsn, autocommit=True) as database:
                database.execute("DROP FUNCTION noetl.noetl_harness_event CASCADE")


async def test_a_cut_between_two_looks_is_not_overlooked(foreigners: tuple[Foreign, Foreign], tmp_path: Path) -> None:
    """The store was lost and had again by somebody else's question: the leg was not seen whole."""
    one, _ = foreigners
    async with lane_of(one, tmp_path) as lane, LaneDrive(lane) as drive:
        flight = asyncio.create_task(drive.run(case("flight", tmp_path)))
        await written(tmp_path / "flight-mark")
        drive._store.breaks += 1
        (tmp_path / "flight-go").touch()
        evidence = await flight
    assert (evidence.end, evidence.complete) == (LegEnd.LOST, False)
    assert evidence.problem == "The connection to the platform database was lost under this leg."


async def test_another_database_is_not_read_in_place_of_the_one_that_was_lost(
    foreigners: tuple[Foreign, Foreign],
) -> None:
    one, other = foreigners
    async with await EventStore.open(one.reader_dsn, "noetl") as store:
        cut(one)
        store._dsn = other.reader_dsn
        with pytest.raises(HarnessError, match="The platform database was lost"):
            await store.workers()
        for _ in range(2):
            with pytest.raises(HarnessError, match="Another database answers than before"):
                await store.workers()


async def test_a_database_that_does_not_come_back_is_waited_for_once(
    foreigners: tuple[Foreign, Foreign], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = foreigners
    monkeypatch.setattr(events, "PATIENCE", 0.2)
    async with await EventStore.open(one.reader_dsn, "noetl") as store:
        cut(one)
        with pytest.raises(HarnessError, match="was lost"):
            await store.workers()
        store._dsn = f"postgresql://{READER}:secret-word@127.0.0.1:{free_port()}/noetl"
        with pytest.raises(HarnessError, match="does not answer") as told:
            await store.workers()
        monkeypatch.setattr(events, "PATIENCE", 3600.0)
        with pytest.raises(HarnessError, match="does not answer"):
            await store.workers()
    assert "secret-word" not in str(told.value)


async def test_a_session_that_is_whole_is_no_break(foreigners: tuple[Foreign, Foreign]) -> None:
    one, _ = foreigners
    async with await EventStore.open(one.reader_dsn, "noetl") as store:
        with pytest.raises(HarnessError):
            await store._rows("SELECT nonsense", {})
        assert await store.workers() is not None
        assert store.breaks == 0
