"""Trying again, with pauses that grow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator


async def patiently(seconds: float) -> AsyncIterator[None]:
    """Rounds with growing pauses in between, from 50 ms to 1 s, until `seconds` have gone."""
    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + seconds, 0.05
    while True:
        yield
        if loop.time() + pause > deadline:
            return
        await asyncio.sleep(pause)
        pause = min(1.0, pause * 2)
