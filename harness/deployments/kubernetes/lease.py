"""One harness at a time on a NoETL: a Lease in its namespace."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from harness.deployments.kubernetes.api import Api, JsonBody, Refused, path_of
from harness.embedded.processes import start_time
from harness.model.errors import Exit, HarnessError

NAME = "noetl-harness"
_SECONDS = 30
"""How long a Lease counts after its last renewal; a harness that was killed elsewhere blocks others for so long."""

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def holder() -> str:
    """This process, so that it can be told from every other one: host, process id, and when it started."""
    return f"{socket.gethostname()}:{os.getpid()}:{start_time(os.getpid())}"


def alive(identity: str) -> bool | None:
    """Whether the process behind a `holder` still runs; None where that can not be seen from here."""
    host, _, rest = identity.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdigit():
        return None
    started = start_time(int(rest))
    return started is not None and str(started) == identity.rpartition(":")[2]


class Held:
    """A Lease of ours. `lost` says why it is no longer, once it is not."""

    def __init__(self) -> None:
        self.lost: str | None = None


@asynccontextmanager
async def held(api: Api, namespace: str) -> AsyncIterator[Held]:
    """Hold the Lease inside the block. Raises `HarnessError` (environment) while another harness does."""
    lease = await _take(api, namespace)
    mine = Held()
    renewing = asyncio.create_task(_renew(api, namespace, lease, mine))
    try:
        yield mine
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        if mine.lost is None:
            with suppress(HarnessError):  # it runs out by itself
                await api.delete(_path(namespace, NAME))


async def _take(api: Api, namespace: str) -> JsonBody:
    fresh: JsonBody = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": NAME},
        "spec": _spec(),
    }
    try:
        return await api.create(_path(namespace), fresh)
    except Refused as refused:
        if refused.code != 409:
            raise
    try:
        standing = await api.get(_path(namespace, NAME))
        if _counts(standing["spec"]):
            raise _taken(namespace, str(standing["spec"].get("holderIdentity")))
        return await api.replace(_path(namespace, NAME), standing | {"spec": _spec()})
    except Refused as refused:
        if refused.code in (404, 409):  # it ended, or a third one was faster
            raise _taken(namespace, "another one") from None
        raise


async def _renew(api: Api, namespace: str, lease: JsonBody, mine: Held) -> None:
    deadline = _seconds() + _SECONDS
    while True:
        await asyncio.sleep(_SECONDS / 3)
        try:
            lease = await api.replace(_path(namespace, NAME), lease | {"spec": _spec()})
            deadline = _seconds() + _SECONDS
        except Refused as refused:
            mine.lost = f"another harness took the Lease {NAME} in namespace {namespace} ({refused.what})"
            return
        except HarnessError:
            if _seconds() > deadline:
                mine.lost = f"the Lease {NAME} in namespace {namespace} could not be renewed for {_SECONDS} s"
                return


def _counts(spec: JsonBody) -> bool:
    """Whether a standing Lease keeps us out: its holder lives, or may live and has renewed it not long ago."""
    lives = alive(str(spec.get("holderIdentity") or ""))
    if lives is not None:
        return lives
    renewed = datetime.fromisoformat(str(spec["renewTime"]).replace("Z", "+00:00"))
    return renewed + timedelta(seconds=int(spec["leaseDurationSeconds"])) > datetime.now(UTC)


def _spec() -> JsonBody:
    return {
        "holderIdentity": holder(),
        "leaseDurationSeconds": _SECONDS,
        "renewTime": datetime.now(UTC).strftime(_FORMAT),
    }


def _taken(namespace: str, by: str) -> HarnessError:
    return HarnessError(
        f"Another harness works on namespace {namespace}: {by}.",
        f"Wait for it; if there is none: kubectl -n {namespace} delete lease {NAME}",
        Exit.ENVIRONMENT,
    )


def _path(namespace: str, name: str | None = None) -> str:
    return path_of("coordination.k8s.io/v1", "leases", namespace, name)


def _seconds() -> float:
    return asyncio.get_running_loop().time()
