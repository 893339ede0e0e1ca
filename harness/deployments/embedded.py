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
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from harness.deployments.base import Deployment
from harness.embedded.folder import alive, run_folders
from harness.embedded.pipe import KEEP, KEPT, LOST, STATE
from harness.embedded.processes import start_time
from harness.embedded.wire import ANSWER, READY, REQUEST, Broken, Ready, Refused
from harness.model.deployment import DeploymentRequest
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Lane, Side

COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "harness.embedded.supervisor")
"""`-P`: a file `nats.py` in the person's folder is none of our modules."""

_STARTING = 40.0
"""Seconds for another `up` to finish; a supervisor gives up on its own lanes after 30."""

_ENDING = 8.0
"""Seconds for a supervisor to end; it takes a tenth of one unless the machine is stuck."""


@dataclass(frozen=True, slots=True)
class EmbeddedLanes:
    """A running embedded deployment. `kept` if it outlives the command that started it."""

    request: DeploymentRequest
    lanes: Mapping[Side, Lane]
    folder: Path
    pid: int
    kept: bool

    def lost(self) -> tuple[str, ...]:
        """A line for every process that ended since the lanes were ready."""
        if not alive(self.folder):
            return ("the deployment has ended",)
        try:
            return tuple((self.folder / "private" / LOST).read_text(encoding="utf-8").splitlines())
        except FileNotFoundError:
            return ()


KeptDeployment = EmbeddedLanes
"""One that outlives the command that started it."""


@asynccontextmanager
async def open_embedded(request: DeploymentRequest) -> AsyncIterator[Deployment]:
    """Two lanes for `request`: those that `up` keeps when they were started for an equal request and nothing of them
    was lost, else new ones that are gone at the end of the block.

    `HarnessError` (environment) when they can not be had.
    """
    standing = kept()
    if standing and standing.request == request and not standing.lost():
        yield standing
        return
    supervisor = _Supervisor(request)
    try:
        yield _lanes(await asyncio.to_thread(supervisor.answer), kept=False)
    finally:
        supervisor.stop()


def start_kept(request: DeploymentRequest) -> KeptDeployment:
    """Start a deployment that stays until `stop_kept`, or return the one that is there for an equal request.

    `HarnessError` (usage) when one for another request is kept; (environment) when it can not be started.
    """
    with _alone():
        standing = kept()
        if standing and standing.request == request and not standing.lost():
            return standing
        if standing:
            pools = f"{standing.request.reference.id} and {standing.request.candidate.id}"
            raise HarnessError(f"Another deployment is kept, of {pools}.", "End it first: noetl-harness down")
        supervisor = _Supervisor(request)
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
        deadline = time.monotonic() + _ENDING
        while root.exists():
            if time.monotonic() > deadline:
                raise HarnessError(
                    f"The kept deployment in {root} does not end.", "End its processes by hand.", Exit.ENVIRONMENT
                )
            time.sleep(0.01)
    return found


class _Supervisor:
    """The supervisor process of a run, and the pipe that ties its life to ours."""

    def __init__(self, request: DeploymentRequest) -> None:
        self._process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, bufsize=0
        )
        self._say(REQUEST.dump_json(request) + b"\n")

    def answer(self) -> Ready:
        """Wait for the lanes. `HarnessError` as the supervisor says; `RuntimeError` for a defect of its."""
        line = self._hear()
        if not line:
            code = self._process.wait()
            if -code in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                raise HarnessError("The deployment was told to end while it started.", "Start again.", Exit.INTERRUPTED)
            raise RuntimeError(f"the supervisor ended without an answer (exit code {code})")
        match ANSWER.validate_json(line):
            case Ready() as ready:
                return ready
            case Refused(what, todo, code):
                raise HarnessError(what, todo, Exit(code))
            case Broken(trace):
                raise RuntimeError(f"the supervisor broke:\n{trace}")

    def keep(self) -> None:
        """Let it outlive us."""
        self._say(KEEP)
        if self._hear() != KEPT:
            raise RuntimeError("the supervisor ended before it could be kept")
        self._process.returncode = 0  # from here on it is not ours to wait for
        self._close()

    def stop(self) -> None:
        """End it, and return when nothing of it is left."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()

    def _say(self, data: bytes) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(data)
        except BrokenPipeError:
            return

    def _hear(self) -> bytes:
        assert self._process.stdout
        line = bytearray()
        while not line.endswith(b"\n") and (part := self._process.stdout.read(65_536)):
            line += part
        return bytes(line)

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


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
