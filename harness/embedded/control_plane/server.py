"""The control plane process of a lane."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from aiohttp import web

from harness.embedded.control_plane.batches import Batches
from harness.embedded.control_plane.claims import Timing
from harness.embedded.control_plane.database import Database
from harness.embedded.control_plane.executions import Executions
from harness.embedded.control_plane.http import refusals
from harness.embedded.control_plane.ids import Snowflakes
from harness.embedded.control_plane.ingest import Ingest
from harness.embedded.control_plane.log import configure, log
from harness.embedded.control_plane.publisher import Publisher
from harness.embedded.control_plane.recovery import Recovery
from harness.embedded.control_plane.references import References
from harness.embedded.control_plane.routes import (
    catalog,
    commands,
    credentials,
    endings,
    events,
    execute,
    executions,
    keychain,
    results,
    system,
    variables,
    workers,
)
from harness.embedded.control_plane.services import SERVICES, Services
from harness.embedded.control_plane.status import now_utc
from harness.model.deployment import ControlPlaneConfig

_AREAS = (
    catalog,
    commands,
    credentials,
    endings,
    events,
    execute,
    executions,
    keychain,
    results,
    system,
    variables,
    workers,
)
_BODY_MAX_BYTES = 64 * 1024 * 1024
_SHUTDOWN_SECONDS = 2.0


@asynccontextmanager
async def application(config: ControlPlaneConfig, timing: Timing) -> AsyncIterator[web.Application]:
    """The routes with everything behind them open: database, stream, recovery. The schema is there already."""
    async with AsyncExitStack() as stack:
        database = Database(config.dsn)
        await database.open()
        stack.push_async_callback(database.close)
        publisher = Publisher(config)
        await publisher.open()
        stack.push_async_callback(publisher.close)
        ids = Snowflakes()
        references = References(database, publisher, ids)
        live = Executions(database, publisher, ids, references, now_utc)
        ingest = Ingest(database, live, ids)
        batches = Batches(database, live, ingest, ids)
        stack.push_async_callback(batches.close)
        sweeping = asyncio.create_task(Recovery(database, publisher, timing).run())
        stack.push_async_callback(_stop, sweeping)
        app = web.Application(middlewares=[refusals], client_max_size=_BODY_MAX_BYTES)
        app[SERVICES] = Services(database, ids, live, ingest, batches, references, timing, config.routing)
        for area in _AREAS:
            app.add_routes(area.routes)
        yield app


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def run(config: ControlPlaneConfig, listener: socket.socket, stopped: asyncio.Event, timing: Timing) -> None:
    """Serve until `stopped` is set; then answer what is under way, and close everything."""
    async with application(config, timing) as app:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            log.info("Control plane ready at %s routing=%s", config.base_url, config.routing)
            await stopped.wait()
        finally:
            await runner.cleanup()
    log.info("Control plane stopped")


def serve(config: ControlPlaneConfig, listener: socket.socket) -> None:
    """The process: serves on a listening socket until SIGTERM or SIGINT. Blocks.

    Raises `psycopg.OperationalError` or a NATS error when either does not answer at the start.
    """
    configure()

    async def main() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        await run(config, listener, stopped, Timing())

    asyncio.run(main())
