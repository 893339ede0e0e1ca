"""Processes that can not outlive their parent: the Linux calls that make it so, and the end of a whole tree."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness.model.errors import HarnessError

RUN_MARKER = "NOETL_HARNESS_RUN"
"""Environment variable that names the run folder in every program that a deployment starts."""

_GENTLY = {"initdb": signal.SIGTERM, "postgres": signal.SIGQUIT}
"""Programs that leave shared memory behind when they are killed. Both end within a moment of this signal."""

_COMPLAINT = re.compile(r"\bERROR\b|\bFATAL\b|\bpanicked at\b|^\w*(?:Error|Exception)\b")
"""A line of a log that says why its process ended, as Rust, Python and PostgreSQL write it."""

_PATIENCE = 2.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True)


class Stop(SystemExit):
    """This process was told to end."""


def stop_when_told() -> None:
    """Raise `Stop` wherever SIGTERM finds us, once."""
    signal.signal(signal.SIGTERM, _stop)


def stop_if_told() -> None:
    """Raise `Stop` again. Call it in every loop that waits: the first one is lost where it met code from which nothing
    can be raised, a destructor or a callback of the garbage collector."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:
        raise Stop(0)


def die_with_parent(parent: int, by: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to send `by` to this process when its parent, whose pid is `parent`, ends.

    Call it after the last change of uid, which clears it (prctl(2)). A parent that ended before is noticed here.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none can escape `end_descendants`."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants() -> None:
    """Kill and reap every descendant. Needs `adopt_orphans`; returns when there is none left."""
    while children := list(_children()):
        end(children)


def end(children: Sequence[int]) -> None:
    """End and reap children of ours: at once, but for those that have shared memory to clear away."""
    for pid in children:
        kill(pid, _GENTLY.get(_name(pid), signal.SIGKILL))
    deadline = time.monotonic() + _PATIENCE
    for pid in children:
        while not gone(pid):
            if time.monotonic() > deadline:
                kill(pid, signal.SIGKILL)
            time.sleep(0.001)


def gone(pid: int) -> bool:
    """Whether a child of ours has ended; it is reaped then."""
    try:
        return ended(pid) is not None
    except ChildProcessError:
        return True


def kill(pid: int, by: signal.Signals) -> None:
    """Send a signal to a process that may be gone already."""
    try:
        os.kill(pid, by)
    except ProcessLookupError:
        return


def ended(pid: int) -> int | None:
    """The exit code of a child of ours, negative for a signal; None while it runs."""
    done, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def fork(body: Callable[[], None], *, log: Path) -> int:
    """Run `body` in a child that dies with us, reads nothing and writes to `log`. Returns its pid.

    The caller must be single-threaded. Whatever `body` raises goes to the log and ends the child with 1.
    """
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        die_with_parent(parent)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        redirect(log)
        body()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except HarnessError as error:
        print(error, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - the last frame of a process: nobody is above to hand the exception to
        traceback.print_exc()
    finally:
        os._exit(code)


def redirect(log: Path) -> None:
    """Point stdin at nothing, stdout and stderr at `log`."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(nothing)
    os.close(out)


def listen() -> socket.socket:
    """A socket that listens on a free port of 127.0.0.1."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    listener.setblocking(False)
    return listener


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now, for programs that can not be handed a socket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks since boot: with its pid it names a process for ever. None when gone."""
    fields = _stat(Path(f"/proc/{pid}/stat"))
    return int(fields[19]) if fields else None


def marked(folder: Path) -> Iterator[int]:
    """Processes whose environment says that they belong to the deployment in `folder`."""
    wanted = f"{RUN_MARKER}={folder}".encode()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = entry.read_bytes()
        except OSError:
            continue
        if wanted in environment.split(b"\0"):
            yield int(entry.parent.name)


def tail(log: Path, lines: int = 8) -> str:
    """The last lines of a log, or an empty text where there is none. They are whole: in half a line nobody finds the
    secret that was cut."""
    try:
        with log.open("rb") as file:
            begin = max(0, log.stat().st_size - 16_384)
            file.seek(begin)
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    if begin:
        text = text.partition("\n")[2]
    return "\n".join(text.rstrip().splitlines()[-lines:])


def ending(code: int) -> str:
    """How a process ended: `ended with exit code 1`, `was ended by SIGKILL`."""
    return f"ended with exit code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


def last_complaint(log: Path) -> str:
    """What a log complains of last, to be put behind how its process ended. Empty where it complains of nothing. The
    lines that follow belong to it: the message of a Python worker, the cause of a Rust one."""
    lines = [line.strip() for line in tail(log, 80).splitlines() if line.strip()]
    last = max((number for number, line in enumerate(lines) if _COMPLAINT.search(line)), default=None)
    if last is None:
        return ""
    return f"; the last complaint in its log: {' '.join(lines[last : last + 4])}"


def _stop(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stop(0)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _children() -> Iterator[int]:
    own = os.getpid()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        fields = _stat(entry)
        if fields and int(fields[1]) == own:
            yield int(entry.parent.name)


def _stat(path: Path) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on: the name before them may hold spaces and brackets."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
