"""One worker process: registers, consumes, claims, runs, reports, until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import aiohttp
from nats.aio.msg import Msg

from harness.embedded.worker import bus
from harness.embedded.worker.forks import Forks
from harness.embedded.worker.log import PythonLog, RustLog
from harness.embedded.worker.server import HttpServer
from harness.embedded.worker.services import Services, WorkerEnds
from harness.embedded.worker.settings import Settings, read_settings
from harness.model.errors import HarnessError
from harness.model.pool import PoolSpec, Runtime

_LEAVE_SECONDS = 1.0


class Worker(Protocol):
    """What differs between the runtimes."""

    async def register(self) -> None:
        """Announce this worker. What it raises ends the process."""

    async def heartbeat(self) -> None:
        """Say that it lives. Never raises."""

    async def leave(self) -> None:
        """Say that it goes, if its release does so. Never raises."""

    async def take(self, message: Msg) -> None:
        """Handle one message to the end, its acknowledgement included. Raises `WorkerEnds`."""

    def last_words(self, text: str) -> None:
        """Log why the process ends."""


def serve(pool: PoolSpec, env: Mapping[str, str]) -> None:
    """Run one worker of this pool until SIGTERM or SIGINT; commands in flight are abandoned.

    `env` holds the names that real workers read (`settings.read_settings`). Raises `HarnessError` for settings that
    can not be read and for a control plane or NATS that does not answer, `SystemExit` where the release would end.
    """
    if pool.behaviour is None:
        raise HarnessError(f"{pool.id} is a real worker, which is not ours to play", "Start its own command instead.")
    asyncio.run(_until_told(_run(pool, read_settings(pool, env))))


async def _until_told(work: Awaitable[None]) -> None:
    """Cancel the work at a signal."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _run(pool: PoolSpec, settings: Settings) -> None:
    async with aiohttp.ClientSession() as session, bus.connected(settings) as stream:
        server = HttpServer(session, settings.server_url)
        services = Services(pool, settings, server, session, Forks())
        worker = _worker(services)
        await worker.register()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_beat(worker, settings.heartbeat))
                for consumer in settings.consumers:
                    subscription = await bus.subscribe(stream, settings, consumer, pool.runtime)
                    group.create_task(_consume(subscription.next, worker.take, settings.capacity, group))
        except* HarnessError as ends:
            raise _first(ends) from None
        except* WorkerEnds as ends:
            worker.last_words(str(_first(ends)))
            raise SystemExit(1) from None
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LEAVE_SECONDS):
                    await worker.leave()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first exception in a group of groups."""
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found


def _worker(services: Services) -> Worker:
    """Imported here: a process of one runtime does without the other's code."""
    match services.pool.runtime:
        case Runtime.PYTHON:
            from harness.embedded.worker.python.worker import PythonWorker

            return PythonWorker(services, PythonLog())
        case Runtime.RUST:
            from harness.embedded.worker.rust.worker import RustWorker

            return RustWorker(services, RustLog(colour=not services.settings.environment.get("NO_COLOR")))


async def _consume(
    following: Callable[[], Awaitable[Msg]],
    take: Callable[[Msg], Awaitable[None]],
    capacity: int,
    group: asyncio.TaskGroup,
) -> None:
    """Pull only while there is room for another command, so that an idle worker of the pool gets what this one cannot
    start yet."""
    room = asyncio.Semaphore(capacity)

    async def handle(message: Msg) -> None:
        try:
            await take(message)
        finally:
            room.release()

    while True:
        await room.acquire()
        group.create_task(handle(await following()))


async def _beat(worker: Worker, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        await worker.heartbeat()
