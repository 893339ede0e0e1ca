"""When a lane is ready: its control plane answers, and its workers wait at their consumers.

The runtime table is no sign of it: a worker registers before its consumer exists, and what is published in between
reaches nobody (spec: noetl-live 1.5). The counters are read through JetStream's own API, which a foreign server has
too, rather than from a monitor.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp
import nats.errors
from nats.aio.client import Client
from nats.js.client import JetStreamContext
from nats.js.errors import Error as JetStreamError

from harness.embedded.lanes import WorkerPlan
from harness.embedded.nats import Bus
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Side
from harness.noetl.nats import connect

_TICK = 0.01
_REQUEST = aiohttp.ClientTimeout(total=2)


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be there before a lane takes work."""

    side: Side
    server_url: str
    test_server_url: str
    bus: Bus
    workers: tuple[WorkerPlan, ...]


def wait_until_ready(lanes: Sequence[Expected], check: Callable[[], None], seconds: float) -> None:
    """Wait for all lanes. `check` raises when a process has ended; `HarnessError` (environment) after `seconds`."""
    asyncio.run(_wait(lanes, check, time.monotonic() + seconds))


async def _wait(lanes: Sequence[Expected], check: Callable[[], None], deadline: float) -> None:
    async with aiohttp.ClientSession(timeout=_REQUEST) as session:
        missing = [part for lane in lanes for part in (_Answers(session, lane), _Waiting(lane))]
        try:
            while missing := [part for part in missing if not await part.there()]:
                check()
                if time.monotonic() > deadline:
                    raise HarnessError(
                        f"The {missing[0].lane.side} lane is not ready in time: {missing[0].what}.",
                        "Look at what else this machine does, or start the worker by hand to see why it hangs.",
                        Exit.ENVIRONMENT,
                    )
                await asyncio.sleep(_TICK)
        finally:
            for part in missing:
                await part.close()


class _Answers:
    """The control plane and the test server take requests."""

    def __init__(self, session: aiohttp.ClientSession, lane: Expected) -> None:
        self.lane = lane
        self.what = "its control plane does not answer"
        self._session = session

    async def there(self) -> bool:
        try:
            async with self._session.get(f"{self.lane.server_url}/api/health") as health:
                healthy = health.status == 200
            async with self._session.get(self.lane.test_server_url):
                return healthy
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def close(self) -> None:
        return


class _Waiting:
    """Every consumer exists, with as many pulls waiting as it has workers."""

    def __init__(self, lane: Expected) -> None:
        self.lane = lane
        self.what = "its workers do not wait for commands"
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None

    async def there(self) -> bool:
        try:
            if self._stream is None:
                self._client = await connect(self.lane.bus.url)
                self._stream = self._client.jetstream()
            for durable, least in self._durables().items():
                if (await self._stream.consumer_info(self.lane.bus.stream, durable)).num_waiting < least:
                    self.what = f"no worker waits at the consumer {durable}"
                    return False
        except (JetStreamError, nats.errors.Error, OSError):
            return False
        await self.close()
        return True

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    def _durables(self) -> dict[str, int]:
        least: dict[str, int] = {}
        for worker in self.lane.workers:
            for durable in worker.durables:
                least[durable] = least.get(durable, 0) + (1 if worker.waits else 0)
        return least
