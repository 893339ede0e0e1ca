"""The embedded deployment, seen from the harness: one of its own for a run, or one that `up` keeps.

The deployment lives in a supervisor process (`harness.embedded.supervisor`). It ends with the harness, however the
harness ends, unless it was told to stay; then its state file is in its run folder, where `kept` finds it.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from harness.deployments.base import TOGETHER, Deployment, Shift
from harness.deployments.supervised import ENDING, Supervisor, losses
from harness.embedded.folder import alive, run_folders
from harness.embedded.pipe import STATE
from harness.embedded.processes import start_time
from harness.embedded.wire import ANSWER, READY, REQUEST, Ready
from harness.files.addresses import check_nats_url, check_postgres_dsn
from harness.model.deployment import DeploymentRequest, EmbeddedRequest
from harness.model.doctor import Site
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Lane, Side

COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "harness.embedded.supervisor")
"""`-P`: a file `nats.py` in the person's folder is none of our modules."""

_STARTING = 40.0
"""Seconds for another `up` to finish; a supervisor gives up on its own lanes after 30."""

OPTIONS = ("postgres_dsn", "nats_url")


@dataclass(frozen=True, slots=True)
class EmbeddedTarget:
    """Lanes of our own on this machine, with servers of ours where none are given."""

    postgres_dsn: str | None = None
    nats_url: str | None = None
    name: str = "embedded"

    def __repr__(self) -> str:
        return "EmbeddedTarget()"

    def pools(self, request: DeploymentRequest) -> DeploymentRequest:
        """Our workers play what has a behaviour."""
        return request

    def open(self, request: DeploymentRequest) -> AbstractAsyncContextManager[Deployment]:
        """See `open_embedded`."""
        return open_embedded(self.request(request))

    @classmethod
    def given(cls, postgres_dsn: str | None, nats_url: str | None) -> EmbeddedTarget:
        """Raises `HarnessError` (usage) for an address that is none."""
        if postgres_dsn is not None:
            check_postgres_dsn(postgres_dsn)
        if nats_url is not None:
            check_nats_url(nats_url)
        return cls(postgres_dsn, nats_url)

    def request(self, pools: DeploymentRequest) -> EmbeddedRequest:
        """What the supervisor is asked for."""
        return EmbeddedRequest(pools, self.postgres_dsn, self.nats_url)


def target(place: str, options: Mapping[str, str]) -> EmbeddedTarget:
    """From the command line."""
    return EmbeddedTarget.given(options.get("postgres_dsn"), options.get("nats_url"))


@dataclass(frozen=True, slots=True)
class EmbeddedLanes:
    """A running embedded deployment. `kept` if it outlives the command that started it."""

    request: EmbeddedRequest
    lanes: Mapping[Side, Lane]
    folder: Path
    pid: int
    kept: bool

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """The lanes have nothing in common."""
        return TOGETHER

    @property
    def images(self) -> Mapping[str, str]:
        """Nothing runs in a container."""
        return {}

    @property
    def ours(self) -> bool:
        """Down to the databases; `lost` says when it is no longer whole."""
        return True

    async def site(self) -> Site:
        """Processes of this machine."""
        return Site()

    @asynccontextmanager
    async def at_work(self, shift: Shift) -> AsyncIterator[Mapping[Side, Lane]]:
        """Both pools always are."""
        yield {side: self.lanes[side] for side in shift}

    async def check(self) -> None:
        """Processes that end are noticed by their supervisor."""

    def lost(self) -> tuple[str, ...]:
        """A line for every process that ended since the lanes were ready."""
        return losses(self.folder) if alive(self.folder) else ("the deployment has ended",)


KeptDeployment = EmbeddedLanes
"""One that outlives the command that started it."""


@asynccontextmanager
async def open_embedded(request: EmbeddedRequest) -> AsyncIterator[Deployment]:
    """Two lanes for `request`: those that `up` keeps when they were started for an equal request and nothing of them
    was lost, else new ones that are gone at the end of the block.

    `HarnessError` (environment) when they can not be had.
    """
    standing = kept()
    if standing and standing.request == request and not standing.lost():
        yield standing
        return
    supervisor = _supervisor(request)
    try:
        yield _lanes(await asyncio.to_thread(supervisor.answer), kept=False)
    finally:
        supervisor.stop()


def start_kept(request: EmbeddedRequest) -> KeptDeployment:
    """Start a deployment that stays until `stop_kept`, or return the one that is there for an equal request.

    `HarnessError` (usage) when one for another request is kept; (environment) when it can not be started.
    """
    with _alone():
        standing = kept()
        if standing and standing.request == request and not standing.lost():
            return standing
        if standing:
            pools = f"{standing.request.pools.reference.id} and {standing.request.pools.candidate.id}"
            raise HarnessError(f"Another deployment is kept, of {pools}.", "End it first: noetl-harness down")
        supervisor = _supervisor(request)
        try:
            ready = supervisor.answer()
            supervisor.keep()
        except BaseException:
            supervisor.stop()
            raise
        return _lanes(ready, kept=True)


@contextmanager
def _alone() -> Iterator[None]:
    """One `up` of a user at a time; the next one waits. The lock is an abstract socket: it ends with its process and
    leaves no file."""
    deadline = time.monotonic() + _STARTING
    with socket.socket(socket.AF_UNIX) as lock:
        while True:
            try:
                lock.bind(f"\0noetl-harness-up-{os.getuid()}")
                break
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            if time.monotonic() > deadline:
                raise HarnessError("Another `up` has not finished.", "Wait for it, or end it.", Exit.ENVIRONMENT)
            time.sleep(0.05)
        yield


def kept() -> KeptDeployment | None:
    """The deployment of this user that `up` keeps, if there is one."""
    for state in _states():
        try:
            return _lanes(READY.validate_json(state.read_bytes()), kept=True)
        except (OSError, ValidationError):
            # Just ending, or kept by another version of the harness, whose lanes are not ours to use.
            continue
    return None


def stop_kept() -> bool:
    """End every kept deployment of this user. Returns whether there was one, when nothing of it is left."""
    found = False
    for state in _states():
        root = state.parents[1]
        found = True
        _end_guard(root)
        deadline = time.monotonic() + ENDING
        while root.exists():
            if time.monotonic() > deadline:
                raise HarnessError(
                    f"The kept deployment in {root} does not end.", "End its processes by hand.", Exit.ENVIRONMENT
                )
            time.sleep(0.01)
    return found


def _supervisor(request: EmbeddedRequest) -> Supervisor[Ready]:
    return Supervisor(COMMAND, REQUEST.dump_json(request), ANSWER)


def _states() -> list[Path]:
    """State files of deployments that live."""
    return [root / "private" / STATE for root in run_folders() if (root / "private" / STATE).exists() and alive(root)]


def _end_guard(root: Path) -> None:
    """The guard leads the session that its folder's lock belongs to; it removes the folder itself."""
    state = json.loads((root / "private" / STATE).read_bytes())
    if start_time(state["pid"]) == state["started"]:
        os.kill(state["pid"], signal.SIGTERM)


def _lanes(ready: Ready, *, kept: bool) -> EmbeddedLanes:
    lanes = {lane.side: lane for lane in ready.lanes}
    return EmbeddedLanes(ready.request, lanes, Path(ready.folder), ready.pid, kept)
