"""One lane at work: prepares it, watches all its legs in flight with one query per tick, and collects evidence."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, TypeAlias

from harness.drive.effects import EffectReader
from harness.drive.placed import placed_case
from harness.drive.stored import read_stored
from harness.drive.values import addresses, filled, lane_values
from harness.drive.watch import LegWatch, command_given_up
from harness.files.credentials import load_credentials
from harness.model.errors import Exit, HarnessError
from harness.model.evidence import Evidence, LaneEvidence, LegEnd, LogLine, StreamState
from harness.model.lane import Lane
from harness.model.suite import Case
from harness.noetl.client import Client, Refused
from harness.noetl.events import EventStore, InsertBell, overlap_start
from harness.noetl.logs import log_reader
from harness.noetl.streams import open_stream

TICK = 0.05
"""Seconds between two looks where nothing rings a bell."""

_FLUSH = 0.03
"""Seconds that a worker may need to write the log record that belongs to its last event."""


Over: TypeAlias = asyncio.Future[LegEnd | HarnessError]
"""How a leg ended, or why that can not be seen."""

_BROKEN = "The connection to the platform database was lost under this leg."


class LaneDrive:
    """Runs legs on one lane. Use as an async context manager."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._stack = AsyncExitStack()
        self._watches: dict[int, tuple[LegWatch, Over]] = {}
        self._log: list[LogLine] = []
        self._given_up: set[int] = set()
        self._pause_seen = 0.0
        self._tails = [log_reader(source) for source in lane.logs]

    async def __aenter__(self) -> LaneDrive:
        async with AsyncExitStack() as stack:
            self._client = await stack.enter_async_context(Client(self._lane.server_url))
            self._store = await stack.enter_async_context(await EventStore.open(self._lane.dsn, self._lane.schema))
            self._stream = await open_stream(self._lane, stack)
            self._effects = await stack.enter_async_context(EffectReader(self._lane))
            self._bell: InsertBell | None = None
            if self._lane.owns_database:
                self._bell = await InsertBell.hang(self._lane.dsn)
                stack.push_async_callback(self._bell.close)
            for tail in self._tails:
                tail.skip()
            await self._put_credentials()
            self._before = await self._stream.state()
            self._watching = asyncio.create_task(self._watch())
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
        await self._stack.aclose()

    async def counters(self) -> LaneEvidence:
        """The stream before the first leg and now."""
        return LaneEvidence(
            side=self._lane.side,
            pool_id=self._lane.pool.id,
            emulated=self._lane.pool.emulated,
            before=self._before,
            after=await self._stream.state(),
        )

    async def run(self, case: Case, turn: int = 1) -> Evidence:
        """One leg, from registration to evidence. What goes wrong with the environment is in the evidence."""
        return replace(await self._run(case), turn=turn)

    async def _run(self, case: Case) -> Evidence:
        begun, breaks = time.monotonic(), self._store.breaks
        own = placed_case(case, self._lane.mark)
        try:
            for _, source in own.requires:
                await self._client.register(source)
            playbook = await self._client.register(own.source)
            root = await self._client.execute(playbook, self._payload(own), self._lane.execution_pool)
        except Refused as refused:
            return self._refused(case, begun, refused)
        except HarnessError as error:
            return self._evidence(case, LegEnd.LOST, begun, complete=False, problem=error.what)
        watch = LegWatch(root, begun, case.timeout)
        over: Over = asyncio.get_running_loop().create_future()
        self._watches[root] = (watch, over)
        try:
            end = await self._over(over)
            evidence = await self._collect(case, watch, end)
            if self._store.breaks != breaks:
                raise HarnessError(_BROKEN, "Check the way to PostgreSQL.", Exit.ENVIRONMENT)
            return evidence
        except HarnessError as error:
            return self._evidence(case, LegEnd.LOST, begun, root=root, complete=False, problem=error.what)
        except Refused as refused:
            problem = f"a probe was refused: {refused}"
            return self._evidence(case, LegEnd.LOST, begun, root=root, complete=False, problem=problem)
        finally:
            del self._watches[root]

    def _refused(self, case: Case, begun: float, refused: Refused) -> Evidence:
        """A server that breaks (5xx) has not judged the playbook: that is no answer to compare."""
        if refused.status >= 500:
            return self._evidence(case, LegEnd.LOST, begun, complete=False, problem=f"the server broke: {refused}")
        return self._evidence(case, LegEnd.REFUSED, begun, refusal=str(refused))

    async def _over(self, over: Over) -> LegEnd:
        """Wait for a leg's end. Raises `HarnessError` where it can not be seen. If the watch itself ends first, its
        error is the answer: no leg may wait for ever."""
        both: tuple[asyncio.Future[Any], ...] = (over, self._watching)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not over.done():
            self._watching.result()
        end = over.result()
        if isinstance(end, HarnessError):
            raise end
        return end

    async def _watch(self) -> None:
        """One query per tick for all legs in flight, until the lane is closed. What breaks is the end of the legs that
        are in flight then; those that come after it are watched again, if the store can be had again."""
        while True:
            try:
                await self._pause()
                if self._watches:
                    await self._look()
            except HarnessError as error:
                for _, over in self._watches.values():
                    if not over.done():
                        over.set_result(error)

    async def _pause(self) -> None:
        if self._bell is None:
            await asyncio.sleep(TICK)
            return
        try:
            await self._bell.rung(TICK)
        except HarnessError:
            self._bell = None  # without it, a look every tick does
            raise

    async def _look(self) -> None:
        watches = {root: watch for root, (watch, over) in self._watches.items() if not over.done()}
        if not watches:
            return
        after = overlap_start(min(watch.highest for watch in watches.values()))
        asked = time.monotonic()
        known = [key for watch in watches.values() for key in watch.seen]
        arrivals = await self._store.events(watches, after=after, known=known)
        now = time.monotonic()
        for arrival in arrivals:
            watches[arrival.root].see(arrival.event, now)
        self._read_logs()
        stuck = any(self._given_up & watch.open_commands.keys() for watch in watches.values())
        stream = await self._stream.state() if stuck else None
        empty = stream is not None and _nothing_waits(stream)
        self._pause_seen = max(self._pause_seen, *(watch.pause for watch in watches.values()))
        for root, watch in watches.items():
            end = watch.end(asked, stream_empty=empty, given_up=self._given_up, pause=self._pause_seen)
            over = self._watches[root][1] if root in self._watches else None
            if end is not None and over is not None and not over.done():
                over.set_result(end)

    def _read_logs(self) -> None:
        for tail in self._tails:
            for line in tail.read():
                self._log.append(line)
                if (command := command_given_up(line)) is not None:
                    self._given_up.add(command)

    async def _collect(self, case: Case, watch: LegWatch, end: LegEnd) -> Evidence:
        quiet = time.monotonic() - watch.last_news
        seconds = time.monotonic() - watch.started
        await asyncio.sleep(_FLUSH)
        for _ in range(2):  # a tail holds its last record back until a look finds nothing new
            self._read_logs()
        events = tuple(arrival.event for arrival in await self._store.events([watch.root]))
        commands = await self._store.commands(watch.root)
        executions = {event.execution_id for event in events}
        names = {command.command_id for command in commands}
        evidence = Evidence(
            case_id=case.id,
            side=self._lane.side,
            pool_id=self._lane.pool.id,
            end=end,
            execution_id=watch.root,
            seconds=seconds,
            events=events,
            commands=commands,
            row_status=await self._store.execution_status(watch.root),
            api_status=await self._client.status(watch.root),
            log=tuple(line for line in self._log if line.execution_id in executions or line.command_id in names),
            workers=await self._store.workers(),
            stream=await self._stream.state(),
            quiet_seconds=quiet,
            addresses=addresses(self._lane),
            effects=await self._effects.read(case, watch.root, executions),
            stored=await read_stored(self._client, events),
        )
        if end in (LegEnd.STUCK, LegEnd.TIMEOUT):
            with contextlib.suppress(Refused):  # it ended by itself in between
                await self._client.cancel(watch.root, "noetl-harness: the leg is over")
        return evidence

    def _evidence(
        self,
        case: Case,
        end: LegEnd,
        begun: float,
        *,
        root: int | None = None,
        refusal: str | None = None,
        complete: bool = True,
        problem: str | None = None,
    ) -> Evidence:
        return Evidence(
            case_id=case.id,
            side=self._lane.side,
            pool_id=self._lane.pool.id,
            end=end,
            execution_id=root,
            seconds=time.monotonic() - begun,
            addresses=addresses(self._lane),
            refusal=refusal,
            complete=complete,
            problem=problem,
        )

    def _payload(self, case: Case) -> dict[str, object]:
        values = lane_values(self._lane)
        return {key: filled(value, values) for key, value in case.payload.items()}

    async def _put_credentials(self) -> None:
        for credential in load_credentials(lane_values(self._lane)):
            await self._client.put_credential(credential)


def _nothing_waits(stream: StreamState) -> bool:
    return all(consumer.pending == 0 for consumer in stream.consumers)
