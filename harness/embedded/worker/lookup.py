"""Credential lookups for the reference implementations, which ask one after another and wait for each answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from harness.embedded.worker.server import Server, Unreachable
from harness.reference.credentials import Answer, Found, HttpFailure, Lookup, Missing, TransportFailure

Result = TypeVar("Result")


async def with_lookup(use: Callable[[Lookup], Result], server: Server, *, execution_id: int | None = None) -> Result:
    """Run `use` in a thread of its own, with a lookup that asks `server`. What it raises is raised.

    `execution_id` goes with each request of a Rust worker and with none of a Python worker.
    """
    loop = asyncio.get_running_loop()
    params = {"include_data": "true"}
    if execution_id is not None:
        params["execution_id"] = str(execution_id)

    def lookup(alias: str) -> Answer:
        return asyncio.run_coroutine_threadsafe(_ask(server, alias, params), loop).result()

    return await asyncio.to_thread(use, lookup)


async def _ask(server: Server, alias: str, params: Mapping[str, str]) -> Answer:
    try:
        reply = await server.call("GET", f"/api/credentials/{alias}", params=params)
    except Unreachable as error:
        return TransportFailure(str(error))
    if reply.status == 404:
        return Missing()
    if not reply.ok:
        return HttpFailure(reply.status, reply.text)
    try:
        return Found(reply.json())
    except ValueError:
        return Found(reply.text)
