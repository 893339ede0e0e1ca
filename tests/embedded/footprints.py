"""What a deployment leaves or would leave on the machine, and pools for the stand-in workers."""

from __future__ import annotations

import os
from pathlib import Path

from harness.model.pool import Behaviour, Dialect, ErrorStyle, PoolSpec, Predispatch, PythonTool, Redaction, Runtime

STANDINS = Path(__file__).with_name("standins.py")

_BEHAVIOUR = Behaviour(
    tools=frozenset({"noop"}),
    credentials=None,
    predispatch=Predispatch.FAIL,
    python_tool=PythonTool.CAPTURED,
    errors=ErrorStyle.RAISED,
    redaction=Redaction.KEYCHAIN,
)


def make_pool(name: str, runtime: Runtime = Runtime.PYTHON, command: tuple[str, ...] = ()) -> PoolSpec:
    """A pool that the stand-in worker plays by its name, or one with a command."""
    dialect = Dialect.PYTHON_4 if runtime is Runtime.PYTHON else Dialect.RUST_5
    return PoolSpec(name, runtime, "1.0.0", dialect, ".*", None if command else _BEHAVIOUR, command)


def naming(text: str) -> dict[int, str]:
    """Processes whose arguments, environment or working folder name `text`, other than ourselves."""
    found: dict[int, str] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes()
            whole = arguments + (entry / "environ").read_bytes() + os.fsencode(os.readlink(entry / "cwd"))
        except OSError:
            continue
        if text.encode() in whole and int(entry.name) != os.getpid():
            found[int(entry.name)] = arguments.replace(b"\0", b" ").decode()
    return found


def segments(pid: int) -> list[str]:
    """System V shared memory segments that the process `pid` made."""
    rows = Path("/proc/sysvipc/shm").read_text(encoding="utf-8").splitlines()[1:]
    return [row for row in rows if int(row.split()[4]) == pid]


def shared_memory() -> set[str]:
    """Shared memory that no process uses: System V segments without users, and PostgreSQL's files in memory."""
    rows = Path("/proc/sysvipc/shm").read_text(encoding="utf-8").splitlines()[1:]
    idle = {row.split()[1] for row in rows if row.split()[6] == "0"}
    return idle | {str(path) for path in Path("/dev/shm").glob("PostgreSQL.*")}
