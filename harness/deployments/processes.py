"""`--target processes:FILE`: a NoETL that was set up by hand, and pools that the harness starts, or finds running.

The harness starts and ends what the file tells it to start, and nothing else. It reads the databases and the command
stream, and changes NoETL only through its HTTP API. A pool is ready when each of its consumers exists with as many
pulls waiting as it has workers, never by the runtime table: a worker registers there before its consumer exists (spec:
noetl-live 1.5).

Usually both pools share one control plane, one database and one stream, and consume the same durable. Then each side
has a shift of its own: the reference pool is started, all its legs run, it is ended, and only when nobody waits at its
consumers any more is the candidate started. Two stacks with nothing in common work side by side; if they share as much
as the tenant database, their sides too take turns. Nothing else tells two releases of one runtime apart: the stream's
counters do not say who took a command, and their worker ids look alike (spec: noetl-operations 1.4).
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path

import aiohttp

from harness.deployments.base import ONE_BY_ONE, TOGETHER, Deployment, Shift
from harness.deployments.programs import Held, held, secrets_of
from harness.drive.values import lane_secrets
from harness.embedded.processes import free_port, tail
from harness.files.processes import load_processes
from harness.files.project import project_root
from harness.model.deployment import DeploymentRequest
from harness.model.doctor import Site
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Lane, LogSource, Side
from harness.model.pool import Runtime
from harness.model.processes import LogPlace, Processes, Program, Role, Workers
from harness.model.secrets import hidden
from harness.noetl.client import Client, Refused
from harness.noetl.events import EventStore, identity
from harness.noetl.streams import TIMEOUT, NoStream, StreamReader, open_stream

READY_SECONDS = 60.0
"""For workers to wait at their consumers. A real Python worker needs 2 s (spec: noetl-live 2), a container more."""

LEAVING_SECONDS = 40.0
"""For the pulls of workers that have gone to run out: they ask for 30 s at a time (spec: noetl-python 3.2)."""

_TICK = 0.05

OPTIONS = ()


@dataclass(frozen=True, slots=True)
class ProcessesTarget:
    """What the file `place` says."""

    place: str
    plan: Processes

    @property
    def name(self) -> str:
        """As it is given on a command line."""
        return f"processes:{self.place}"

    def pools(self, request: DeploymentRequest) -> DeploymentRequest:
        """Whatever runs there, our workers do not play it."""
        return request.real()

    def open(self, request: DeploymentRequest) -> AbstractAsyncContextManager[Deployment]:
        """See `open_processes`."""
        return open_processes(self.plan, self.pools(request))


def target(place: str, options: Mapping[str, str]) -> ProcessesTarget:
    """From the command line. Raises `HarnessError` (usage) for a file that is not sound."""
    return ProcessesTarget(place, load_processes(Path(place)))


@asynccontextmanager
async def open_processes(plan: Processes, pools: DeploymentRequest) -> AsyncIterator[Deployment]:
    """Lanes on the stacks of `plan`; no pool of it works before its shift.

    Raises `HarnessError` (environment) for a server, a database or a log that is not there.
    """
    servers = {side: _test_server(plan, side, free_port()) for side in Side if not plan.stacks[side].test_server_url}
    logs = {side: _followers(f"{side}-server", plan.stacks[side].logs, plan.folder) for side in Side}
    programs = [*(program for program, _ in servers.values()), *(one for some in logs.values() for one in some)]
    async with held(programs) as base:
        lanes = {}
        for side in Side:
            url = servers[side][1] if side in servers else plan.stacks[side].test_server_url
            sources = _sources(plan.stacks[side].logs, logs[side], base, None)
            lanes[side] = _lane(plan, pools, side, url, sources)
            await _until_answers(url, base, READY_SECONDS if side in servers else 0.0)
        yield ProcessLanes(plan, lanes, await _shifts(lanes), base)


class ProcessLanes:
    """The deployment. Use `open_processes`."""

    def __init__(self, plan: Processes, lanes: Mapping[Side, Lane], shifts: tuple[Shift, ...], base: Held) -> None:
        self._plan = plan
        self._base = base
        self._working = Held()
        self.lanes = lanes
        self.shifts = shifts
        self.kept = False
        self.ours = False
        self.images: Mapping[str, str] = {}

    async def check(self) -> None:
        """The addresses are the person's own."""

    def lost(self) -> tuple[str, ...]:
        """A line for every program that has ended: of a pool, of a log that is followed, or a test server of ours."""
        return (*self._base.lost(), *self._working.lost())

    async def site(self) -> Site:
        """The file names addresses and no place."""
        return Site()

    @asynccontextmanager
    async def at_work(self, shift: Shift) -> AsyncIterator[Mapping[Side, Lane]]:
        """Start the pools of this shift, and end them behind the block."""
        crews = {side: self._plan.workers[side] for side in shift}
        for side, crew in crews.items():
            await _until_free(self.lanes[side], crew)
        workers = [one for crew in crews.values() for one in crew]
        pools = [one.program for one in workers if one.program]
        followers = [program for one in workers for program in self._followers(one)]
        try:
            async with held([*pools, *followers]) as self._working:
                lanes = {}
                for side, crew in crews.items():
                    await self._until_ready(self.lanes[side], crew, pools)
                    lanes[side] = self._with_logs(self.lanes[side], crew)
                yield lanes
        finally:
            self._working = Held()

    async def _until_ready(self, lane: Lane, crew: Sequence[Workers], programs: Sequence[Program]) -> None:
        """Every consumer exists, with as many pulls waiting as it has workers."""
        wanted = Counter[str]()
        for workers in crew:
            wanted.update(dict.fromkeys(workers.consumers, workers.waiting))
        deadline = time.monotonic() + READY_SECONDS
        async with AsyncExitStack() as stack:
            stream = await open_stream(lane, stack)
            while lack := _lack(wanted, await _waiting(stream)):
                if lost := self.lost():
                    raise self._ended(lost[0], lane, programs)
                if time.monotonic() > deadline:
                    raise HarnessError(
                        f"The pool of the {lane.side} is not ready in time: {lack}.",
                        "Look into its log, or correct `consumers` and `workers` in the file.",
                        Exit.ENVIRONMENT,
                    )
                await asyncio.sleep(_TICK)

    def _ended(self, line: str, lane: Lane, programs: Sequence[Program]) -> HarnessError:
        log = next((self._working.log(one.name) for one in programs if line.startswith(f"{one.name} ")), None)
        end = hidden(tail(log), lane_secrets(lane) | secrets_of(programs)) if log else ""
        return HarnessError(
            f"{line} before its pool was ready. The end of its log:\n{end or '(empty)'}",
            "Mend what the log says.",
            Exit.ENVIRONMENT,
        )

    def _followers(self, workers: Workers) -> list[Program]:
        return _followers(workers.name, workers.logs, self._plan.folder)

    def _with_logs(self, lane: Lane, crew: Sequence[Workers]) -> Lane:
        """The lane with the logs of its pools, and what their commands print."""
        found: list[LogSource] = []
        for workers in crew:
            pool = lane.pool if workers.role is Role.TESTED else lane.python_pool
            found += _sources(workers.logs, self._followers(workers), self._working, pool.id)
            if workers.program:
                found.append(LogSource(str(self._working.log(workers.program.name)), pool.id))
        return replace(lane, logs=(*lane.logs, *found))


def _lane(plan: Processes, pools: DeploymentRequest, side: Side, test_server: str, logs: Sequence[LogSource]) -> Lane:
    stack = plan.stacks[side]
    pool = pools.reference if side is Side.REFERENCE else pools.candidate
    return Lane(
        side=side,
        pool=pool,
        python_pool=pool if pool.runtime is Runtime.PYTHON else pools.python_pool,
        server_url=stack.server_url,
        dsn=stack.dsn,
        tenant_dsn=stack.tenant_dsn,
        nats_url=stack.nats_url,
        monitor_url=stack.monitor_url,
        account=stack.account,
        test_server_url=test_server,
        logs=tuple(logs),
        schema=stack.schema,
        stream=stack.stream,
        inside=stack.inside,
    )


async def _until_answers(test_server_url: str, base: Held, seconds: float) -> None:
    """Not longer than the test server runs, where it is ours."""
    deadline = time.monotonic() + seconds
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        while True:
            try:
                async with session.get(test_server_url):
                    return
            except (aiohttp.ClientError, TimeoutError):
                if time.monotonic() > deadline or base.lost():
                    raise HarnessError(
                        f"The test server at {test_server_url} does not answer.",
                        "Start it, or leave out `test_server_url`: then the harness starts one.",
                        Exit.ENVIRONMENT,
                    ) from None
            await asyncio.sleep(_TICK)


async def _shifts(lanes: Mapping[Side, Lane]) -> tuple[Shift, ...]:
    """Whether the sides can work together. Databases are compared by what they are: one may have several addresses."""
    one, other = [await _parts(lane) for lane in lanes.values()]
    return ONE_BY_ONE if one & other else TOGETHER


async def _parts(lane: Lane) -> set[tuple[str, ...]]:
    """What a lane stands on, after a look at whether it is there."""
    async with Client(lane.server_url) as client:
        try:
            await client.health()
        except Refused as refused:
            raise HarnessError(
                f"The server at {lane.server_url} is not well: {refused}", "Look into its log.", Exit.ENVIRONMENT
            ) from None
    async with await EventStore.open(lane.dsn, lane.schema):
        pass
    platform, tenant = await identity(lane.dsn), await identity(lane.tenant_dsn)
    return {
        ("server", lane.server_url),
        ("platform", *platform, lane.schema),
        ("tenant", *tenant),
        ("stream", lane.monitor_url or lane.nats_url, lane.account, lane.stream),
        ("test server", lane.test_server_url),
    }


async def _until_free(lane: Lane, crew: Iterable[Workers]) -> None:
    """Nobody waits at the consumers of workers that are to be started: what they were to claim, others would take."""
    consumers = {name for workers in crew if workers.program for name in workers.consumers}
    deadline = time.monotonic() + LEAVING_SECONDS
    async with AsyncExitStack() as stack:
        stream = await open_stream(lane, stack)
        while taken := [name for name, count in (await _waiting(stream)).items() if count and name in consumers]:
            if time.monotonic() > deadline:
                raise HarnessError(
                    f"Other workers wait at {taken[0]}, before the pool of the {lane.side} is started.",
                    "End them, or leave out `start` if they are the pool.",
                    Exit.ENVIRONMENT,
                )
            await asyncio.sleep(_TICK)


async def _waiting(stream: StreamReader) -> dict[str, int]:
    """How many pulls wait at each consumer. The stream may only be made by the first worker (spec: noetl-rust 2.1)."""
    try:
        return {one.name: one.waiting for one in (await stream.state()).consumers}
    except NoStream:
        return {}


def _lack(wanted: Mapping[str, int], waiting: Mapping[str, int]) -> str | None:
    for name, least in wanted.items():
        if name not in waiting:
            return f"there is no consumer {name}"
        if waiting[name] < least:
            return f"{waiting[name]} of {least} workers wait at {name}"
    return None


def _test_server(plan: Processes, side: Side, port: int) -> tuple[Program, str]:
    script = project_root() / "fixtures" / "servers" / "test_server.py"
    program = Program(f"{side}-test-server", (sys.executable, str(script), str(port)), folder=plan.folder)
    return program, f"http://127.0.0.1:{port}"


def _followers(name: str, logs: Sequence[LogPlace], folder: str) -> list[Program]:
    """Programs that print what comes into a log."""
    commands = [log.command for log in logs if log.command]
    return [Program(f"{name}-log-{number}", command, folder=folder) for number, command in enumerate(commands, 1)]


def _sources(
    logs: Sequence[LogPlace], followers: Sequence[Program], programs: Held, pool_id: str | None
) -> list[LogSource]:
    """Raises `HarnessError` (environment) for a log that is not there: what is in it would be missed in silence."""
    for log in logs:
        if not log.command and not (glob(log.path, recursive=True) if log.pattern else Path(log.path).is_file()):
            raise HarnessError(f"There is no log {log.path}.", "Correct `logs` in the file.", Exit.ENVIRONMENT)
    files = [LogSource(log.path, pool_id, pattern=log.pattern) for log in logs if not log.command]
    return [*files, *(LogSource(str(programs.log(one.name)), pool_id) for one in followers)]
