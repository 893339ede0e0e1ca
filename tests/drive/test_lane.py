"""A lane at work on servers that break: nothing hangs, nothing unseen is handed on as seen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.drive.lane import LaneDrive
from harness.drive.watch import SETTLE_DRAINED
from harness.files.pools import load_pool
from harness.model.errors import Exit, HarnessError
from harness.model.event import EventRow
from harness.model.evidence import Effect, EffectKind, Evidence, LegEnd, StreamState
from harness.model.lane import Lane, Side
from harness.model.suite import Case
from harness.noetl.client import Refused, Registered
from harness.noetl.events import Arrival

ROOT = 7


class Server:
    """Answers like a client; `broken` names the calls that are refused, with the status."""

    def __init__(self, **broken: int) -> None:
        self._broken = broken
        self.cancelled = 0

    def _answer(self, call: str) -> None:
        if call in self._broken:
            raise Refused(self._broken[call], "what a mess")

    async def register(self, source: str) -> Registered:
        self._answer("register")
        return Registered("a", 1)

    async def execute(self, playbook: Registered, payload: Any, execution_pool: str | None) -> int:
        self._answer("execute")
        return ROOT

    async def status(self, execution_id: int) -> dict[str, Any]:
        self._answer("status")
        return {"status": "RUNNING"}

    async def cancel(self, execution_id: int, reason: str) -> None:
        self.cancelled += 1
        self._answer("cancel")


class Store:
    """A database with these event names in it; `lost` makes the next look fail."""

    breaks = 0

    def __init__(self, *names: str, lost: bool = False) -> None:
        self._names = names
        self._lost = lost

    async def events(self, roots: Any, *, after: int = 0, known: Any = ()) -> list[Arrival]:
        if self._lost:
            raise HarnessError("The platform database was lost", "Look.", Exit.ENVIRONMENT)
        now = datetime(2026, 11, 23, tzinfo=UTC)
        return [Arrival(ROOT, EventRow(at, ROOT, name, "a", "", now)) for at, name in enumerate(self._names, 1)]

    async def commands(self, root: int) -> tuple[()]:
        return ()

    async def execution_status(self, execution_id: int) -> str:
        return "RUNNING"

    async def workers(self) -> tuple[()]:
        return ()


class SlowStore(Store):
    """Each look takes longer than a drained leg is watched, and shows what was there when it began."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0

    async def events(self, roots: Any, *, after: int = 0, known: Any = ()) -> list[Arrival]:
        self._looks += 1
        self._names = ("command.issued", "command.completed", *(("playbook.completed",) if self._looks > 2 else ()))
        if self._looks < 4:
            await asyncio.sleep(SETTLE_DRAINED * 1.1)
        return [replace(arrival, event=replace(arrival.event, command_id=1)) for arrival in await super().events(roots)]


class Stream:
    async def state(self) -> StreamState:
        return StreamState(0, 0, ())


class Effects:
    async def read(self, case: Case, root: int, executions: Any) -> tuple[Effect, ...]:
        return (Effect(EffectKind.TABLE, root, rows=({"seen": sorted(executions)},)),)


async def run(server: Server, store: Store, seconds: float = 0.3) -> Evidence:
    """One leg on a lane that is made of these."""
    pool = load_pool("python")
    lane = Lane(Side.REFERENCE, pool, pool, "http://s", "dbname=p", "postgresql://u:p@h/t", "", "", "", "http://t", ())
    drive: Any = LaneDrive(lane)
    drive._client, drive._store, drive._stream, drive._bell = server, store, Stream(), None
    drive._effects = Effects()
    drive._watching = asyncio.create_task(drive._watch())
    try:
        async with asyncio.timeout(5):
            evidence: Evidence = await drive.run(Case("a", "a", "a.yaml", "", timeout=seconds))
            return evidence
    finally:
        drive._watching.cancel()


DONE = ("playbook.initialized", "playbook.completed")


async def test_a_leg_that_goes_well() -> None:
    evidence = await run(Server(), Store(*DONE))
    assert (evidence.end, evidence.complete, len(evidence.events)) == (LegEnd.TERMINAL_EVENT, True, 2)
    assert evidence.effects == (Effect(EffectKind.TABLE, ROOT, rows=({"seen": [ROOT]},)),)


@pytest.mark.parametrize("call", ["register", "execute"])
@pytest.mark.parametrize(("status", "end", "complete"), [(422, LegEnd.REFUSED, True), (500, LegEnd.LOST, False)])
async def test_a_server_that_breaks_has_not_refused(call: str, status: int, end: LegEnd, complete: bool) -> None:
    evidence = await run(Server(**{call: status}), Store(*DONE))
    assert (evidence.end, evidence.complete) == (end, complete)
    assert (evidence.refusal is not None) is complete


async def test_a_probe_that_is_refused_leaves_the_leg_unseen() -> None:
    evidence = await run(Server(status=500), Store(*DONE))
    assert (evidence.end, evidence.complete) == (LegEnd.LOST, False)
    assert evidence.problem == "a probe was refused: HTTP 500: what a mess"


async def test_an_execution_that_never_writes_an_event_ends_with_its_time() -> None:
    server = Server(cancel=409)
    evidence = await run(server, Store())
    assert (evidence.end, evidence.complete, server.cancelled) == (LegEnd.TIMEOUT, True, 1)


async def test_a_slow_look_is_no_silence_of_the_execution() -> None:
    assert (await run(Server(), SlowStore(), 10.0)).end is LegEnd.TERMINAL_EVENT


async def test_a_lost_database_ends_every_leg() -> None:
    evidence = await run(Server(), Store(lost=True))
    assert (evidence.end, evidence.complete, evidence.problem) == (LegEnd.LOST, False, "The platform database was lost")
