"""The process that holds a deployment: `python -m harness.embedded.supervisor` the embedded one, a session of its own.

It reads a request (one line of JSON, `harness.embedded.wire`) from stdin, answers with one line, and keeps everything
running until stdin ends, which it does however the harness dies, or until SIGTERM. The line `keep` makes it outlive the
harness; it is answered with `kept`.

Two processes watch each other, so that either may be killed. The guard, which is started first, listens to stdin and
signals; its child, the supervisor proper, starts and owns all others. Whoever is left ends every descendant and removes
the folder. What both leave when they are killed together is nothing but that folder (the kernel ends the others), and
the next start removes it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from contextlib import suppress
from typing import Any, NoReturn, Protocol

from harness.embedded.accounts import Account, server_account
from harness.embedded.folder import RunFolder, make_folder
from harness.embedded.pipe import KEEP, KEPT, STATE
from harness.embedded.processes import (
    RUN_MARKER,
    Stop,
    adopt_orphans,
    die_with_parent,
    end_descendants,
    ended,
    kill,
    redirect,
    start_time,
    stop_when_told,
)
from harness.embedded.services import OwnServices, Services
from harness.model.errors import HarnessError

PATIENCE = 3.0
"""Seconds that the supervisor has to end in order before the guard does it for it."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Charge(Protocol):
    """What a supervisor holds."""

    def start(self, request: bytes) -> dict[str, Any]:
        """Start everything and wait until it is ready. Returns JSON values for whoever asked. May raise `HarnessError`
        (environment) and `Stop`."""

    def watch(self) -> None:
        """Until `Stop`: note what ends."""

    def stop(self) -> None:
        """End everything in order."""

    def redact(self, error: HarnessError) -> HarnessError:
        """The same error without what must not be shown."""


class Kind(Protocol):
    """A kind of deployment. `charge` is asked for in the supervisor, so that what it imports keeps the guard small."""

    def charge(self, request: bytes, folder: RunFolder, account: Account | None) -> Charge:
        """What is to be held for this request."""

    def clear(self, request: bytes, folder: RunFolder) -> None:
        """In the guard, when the supervisor could not end in order: take away what is not its descendant.

        A `HarnessError` is told to whoever still listens."""


class Embedded:
    """The kind that consists of services of our own."""

    def __init__(self, services: Services | None = None) -> None:
        self._services = services or OwnServices()

    def charge(self, request: bytes, folder: RunFolder, account: Account | None) -> Charge:
        """Servers, databases and lanes."""
        from harness.embedded.deployment import EmbeddedDeployment

        return EmbeddedDeployment(json.loads(request), folder, account, self._services)

    def clear(self, request: bytes, folder: RunFolder) -> None:
        """Databases and streams in servers that were given."""
        from harness.embedded.deployment import clear_foreign

        clear_foreign(json.loads(request), folder)


def main(kind: Kind, patience: float = PATIENCE) -> int:
    """The guard. Returns when nothing of the deployment is left. `patience` is how many seconds it gets to end."""
    wake = _listen_to_signals()
    line = _read_line()
    if not line:
        return 0
    try:
        account = server_account()
        folder = make_folder(account)
    except HarnessError as error:
        _answer(refusal(error))
        return 0
    os.environ[RUN_MARKER] = str(folder.root)
    _log_to(folder)
    adopt_orphans()
    guard = os.getpid()
    # A signal that comes before the child can handle it has to wait: our own handlers, which it inherits, drop it.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    child = os.fork()
    if child == 0:
        _run_supervisor(line, folder, account, kind, guard)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    code = 1
    try:
        code = _guard(child, wake, folder, patience)
    finally:
        end_descendants()
        try:
            if code:
                kind.clear(line, folder)
        except HarnessError as error:
            _answer(refusal(error))
        finally:
            folder.remove()
    return 0


def refusal(error: HarnessError) -> dict[str, object]:
    """A `HarnessError` as an answer."""
    return {"what": error.what, "todo": error.todo, "exit": int(error.exit)}


def _guard(child: int, wake: int, folder: RunFolder, patience: float) -> int:
    """Watch stdin, signals and the supervisor; returns the supervisor's exit code."""
    sources, deadline = [0, wake], None
    while (code := ended(child)) is None:
        wait = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select(sources, [], [], wait)
        stop = False
        if wake in ready:
            stop = any(signal.Signals(number) in _SIGNALS for number in os.read(wake, 64))
        if 0 in ready:
            if _read_line() == KEEP and deadline is None:
                _keep(folder)
            else:
                stop = True
            sources = [wake]
        if stop and deadline is None:
            deadline = time.monotonic() + patience
            kill(child, signal.SIGTERM)
        if deadline is not None and time.monotonic() >= deadline:
            kill(child, signal.SIGKILL)
            deadline = time.monotonic() + patience
    return code


def _run_supervisor(line: bytes, folder: RunFolder, account: Account | None, kind: Kind, guard: int) -> NoReturn:
    """In the child: everything from here on ends in `os._exit`."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        stop_when_told()
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with_parent(guard, signal.SIGTERM)
        adopt_orphans()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        _supervise(line, folder, kind.charge(line, folder, account))
        code = 0
    finally:
        end_descendants()
        if code == 0:
            folder.remove()
        os._exit(code)


def _supervise(line: bytes, folder: RunFolder, charge: Charge) -> None:
    """Start, answer, watch. Returns when everything was stopped in order; what it raises means that it was not."""
    try:
        answer = charge.start(line)
        guard = os.getppid()
        answer |= {"folder": str(folder.root), "pid": guard, "started": start_time(guard)}
        state = folder.private / "ready.json"
        state.touch(mode=0o600)
        state.write_text(json.dumps(answer), encoding="utf-8")
        _answer(answer)
        redirect(folder.log("supervisor"))
        charge.watch()
    except HarnessError as error:
        _answer(refusal(charge.redact(error)))
    except Stop:
        pass
    except Exception:
        # A defect of ours, for whoever asked: nobody sees this process's stderr.
        _answer({"trace": traceback.format_exc()})
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        charge.stop()


def _keep(folder: RunFolder) -> None:
    (folder.private / "ready.json").rename(folder.private / STATE)
    os.write(1, KEPT)
    redirect(folder.log("supervisor"))


def _listen_to_signals() -> int:
    """A file descriptor that gets a byte for every signal; none of them ends the guard by itself."""
    wake, inlet = os.pipe()
    os.set_blocking(inlet, False)
    signal.set_wakeup_fd(inlet, warn_on_full_buffer=False)
    for number in (*_SIGNALS, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    return wake


def _read_line() -> bytes:
    """One line of stdin, byte for byte: nothing may be left in a buffer that `select` does not see."""
    line = bytearray()
    while not line.endswith(b"\n"):
        part = os.read(0, 65_536)
        if not part:
            return b""
        line += part
    return bytes(line)


def _answer(answer: dict[str, object]) -> None:
    """To a harness that may be gone."""
    data = memoryview(json.dumps(answer).encode() + b"\n")
    with suppress(BrokenPipeError):
        while data:
            data = data[os.write(1, data) :]


def _log_to(folder: RunFolder) -> None:
    log = os.open(folder.log("supervisor"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.close(log)


if __name__ == "__main__":
    sys.exit(main(Embedded()))
