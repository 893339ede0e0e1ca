"""A connection to NATS for somebody who only looks."""

from __future__ import annotations

import nats
from nats.aio.client import Client

_CONNECT_SECONDS = 3


async def connect(url: str) -> Client:
    """A client that does not try again by itself and says nothing; the caller closes it."""

    async def ignore(_: Exception) -> None:
        return

    return await nats.connect(
        url,
        allow_reconnect=False,
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
        connect_timeout=_CONNECT_SECONDS,
        error_cb=ignore,
    )
