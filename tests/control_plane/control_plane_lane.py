"""A control plane on a real PostgreSQL and a real NATS; each test has a database and an account of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wire_client import Wire

from harness.embedded.control_plane import server
from harness.embedded.control_plane.claims import Timing
from harness.embedded.databases import Databases
from harness.embedded.postgres import Postgres
from harness.embedded.processes import listen
from harness.model.deployment import ControlPlaneConfig

_SCHEMA = Path(server.__file__).with_name("schema.sql").read_bytes()
ACCOUNTS = [f"t{number}" for number in range(60)]


@dataclass(frozen=True, slots=True)
class Backing:
    """Both servers, and the accounts that no test has used yet."""

    postgres: Postgres
    nats_urls: dict[str, str]
    accounts: Iterator[str] = field(default_factory=lambda: iter(ACCOUNTS))

    def config(self, routing: str = "4.12.0", port: int = 0) -> ControlPlaneConfig:
        """A lane that nobody else uses."""
        account = next(self.accounts)
        databases = Databases(self.postgres.dsn(), [account]).make(_SCHEMA)
        dsn = databases[account].platform
        return ControlPlaneConfig(dsn, self.nats_urls[account], f"http://127.0.0.1:{port}", routing)


@asynccontextmanager
async def running(backing: Backing, routing: str = "4.12.0", timing: Timing | None = None) -> AsyncIterator[Wire]:
    """A control plane in this event loop, and a client of it."""
    listener = listen()
    config = backing.config(routing, listener.getsockname()[1])
    stopped = asyncio.Event()
    serving = asyncio.create_task(server.run(config, listener, stopped, timing or Timing()))
    async with AsyncExitStack() as stack:
        wire = Wire(config.base_url, config.nats_url, config.dsn)
        await stack.enter_async_context(wire)
        yield wire
        stopped.set()
        await serving
