"""JetStream through its client: readiness for both kinds of server, and lanes inside a server that was given."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import unquote, urlsplit

import nats.errors
from nats.js.errors import NotFoundError

from harness.embedded.nats import RESULT_BUCKET, Bus, made_for
from harness.model.errors import Exit, HarnessError
from harness.noetl.nats import connect


class ForeignNats:
    """A server that was given: no accounts to make there, so each lane has a stream and subjects of its own."""

    def __init__(self, url: str, run_id: str, lanes: Sequence[str]) -> None:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        self._url = parts.geturl()
        self._address = f"{parts.hostname}:{parts.port or 4222}"
        self._buses = {
            lane: Bus(
                url=self._url,
                user=unquote(parts.username or ""),
                password=unquote(parts.password or ""),
                monitor_url="",
                account="",
                stream=f"NOETL_COMMANDS_{lane}_{run_id}",
                subject=f"noetl_{run_id}_{lane}.commands",
            )
            for lane in lanes
        }

    def begin(self) -> None:
        return

    def ready(self) -> Mapping[str, Bus]:
        asyncio.run(self._check())
        return self._buses

    def stop(self) -> None:
        asyncio.run(self._delete())

    async def _check(self) -> None:
        try:
            async with await connect(self._url) as client:
                await client.jetstream().account_info()
        except (OSError, TimeoutError, nats.errors.Error) as error:
            raise self._silent(error) from None

    async def _delete(self) -> None:
        ours = {made_for(bus.stream) for bus in self._buses.values()}
        try:
            async with await connect(self._url) as client:
                stream = client.jetstream()
                for bus in self._buses.values():
                    with suppress(NotFoundError):
                        await stream.delete_stream(bus.stream)
                with suppress(NotFoundError):
                    bucket = await stream.stream_info(f"KV_{RESULT_BUCKET}")
                    if bucket.config.description in ours:
                        await stream.delete_stream(f"KV_{RESULT_BUCKET}")
        except (OSError, TimeoutError, nats.errors.Error) as error:
            raise self._silent(error) from None

    def _silent(self, error: Exception) -> HarnessError:
        return HarnessError(
            f"NATS with JetStream does not answer at {self._address} ({type(error).__name__}).",
            "Check --nats-url: address, credentials, and that JetStream is enabled there.",
            Exit.ENVIRONMENT,
        )
