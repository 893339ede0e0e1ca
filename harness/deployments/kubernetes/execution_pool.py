"""Pinning by `execution_pool`: each pool has a segment of its own, and the server is asked to send executions there.

Only Rust servers can be asked (spec: noetl-operations 1.5, noetl-rust 5.1); a Python server would not even say no.
"""

from __future__ import annotations

from harness.model.deployment import DeploymentRequest
from harness.model.errors import Exit, HarnessError
from harness.model.kubernetes import Settings
from harness.model.versions import parse_condition
from harness.noetl.client import Client
from harness.reference.routing import RUST_SERVER, SINCE


def check_asked(settings: Settings, pools: DeploymentRequest) -> None:
    """Raises `HarnessError` (usage) where a pool has no segment, or where the run is not one of a Rust server."""
    for pool in (pools.reference, pools.candidate):
        if settings.execution_pool_of(pool.id, pool.runtime) is None:
            raise HarnessError(
                f"The file pins by execution_pool and names no segment that is {pool.id}'s alone.",
                "Name it there, under `execution_pools`, by the pool's id or its runtime.",
            )
    if pools.routing != RUST_SERVER:
        raise HarnessError(
            f"The file pins by execution_pool, which only Rust servers take, and --routing says {pools.routing}.",
            f"Add --routing {RUST_SERVER}, or set `pin` to segments, exclusive or observe.",
        )


async def check_server(url: str) -> None:
    """Raises `HarnessError` (environment) for a server that does not take an `execution_pool`."""
    async with Client(url) as client:
        version = str((await client.health()).get("version") or "")
    if parse_condition(f">={SINCE}").holds(version.removeprefix("v")):
        return
    said = f"says that it is {version}" if version else "names no version, as Python servers do"
    raise HarnessError(
        f"The server at {url} {said}; it does not take an execution_pool.",
        f"Set `pin` to segments, exclusive or observe, or run a Rust server of {SINCE} or later.",
        Exit.ENVIRONMENT,
    )
