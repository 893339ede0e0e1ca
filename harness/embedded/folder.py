"""The run folder of a deployment: all that it writes is inside, and a lock tells whether anybody still lives there."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.embedded.accounts import Account, reachable
from harness.embedded.processes import kill, marked
from harness.model.errors import Exit, HarnessError

_MEMORY = Path("/dev/shm")
_ROOM = 2**30
"""Bytes that must be free in memory: containers often have 64 MB there, which one run fills."""

_YOUNG = 10.0
"""Seconds for which a folder without a lock counts as one that is just being made."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`root` is open to the account that runs PostgreSQL, `private` only to us. `lock` lives as long as any of us."""

    root: Path
    lock: int

    @property
    def private(self) -> Path:
        """Configuration with secrets, logs, and the working folders of services."""
        return self.root / "private"

    @property
    def run_id(self) -> str:
        """Eight hexadecimal digits that name this deployment in databases and streams of a foreign server."""
        return self.root.name.rpartition("-")[2]

    def log(self, name: str) -> Path:
        """Where the process called `name` writes."""
        return self.private / f"{name}.log"

    def remove(self) -> None:
        """Remove everything. A process that is just dying may still write: try again for a moment."""
        _remove(self.root)


def make_folder(account: Account | None) -> RunFolder:
    """A new run folder, locked; those of deployments that nobody could clear away are removed first."""
    base = base_folder(account)
    remove_stale()
    root = base / f"{_prefix()}{secrets.token_hex(4)}"
    root.mkdir(mode=0o711 if account else 0o700)
    (root / "private").mkdir(mode=0o700)
    lock = os.open(root / "private" / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return RunFolder(root, lock)


def base_folder(account: Account | None) -> Path:
    """Where run folders are made: the first of these that we can write to and `account` can reach: TMPDIR where it is
    set, memory where there is plenty (a cluster is made three times as fast there), the temporary folders.
    """
    for folder in _bases():
        roomy = folder != _MEMORY or "TMPDIR" in os.environ or _roomy(folder)
        usable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
        if usable and roomy and (not account or reachable(folder, account)):
            return folder
    raise HarnessError(
        f"None of {', '.join(map(str, _bases()))} can be used by the account that PostgreSQL runs under.",
        "Set TMPDIR to a folder that every account can enter.",
        Exit.ENVIRONMENT,
    )


def run_folders() -> Iterator[Path]:
    """All run folders of this user, alive or not."""
    for base in _bases():
        for folder in base.glob(f"{_prefix()}*"):
            with suppress(FileNotFoundError):
                if folder.lstat().st_uid == os.getuid():
                    yield folder


def alive(root: Path) -> bool:
    """Whether a process of the deployment in `root` lives."""
    try:
        lock = os.open(root / "private" / "lock", os.O_RDONLY)
    except OSError:
        return _age(root) < _YOUNG
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def remove_stale() -> None:
    """Clear away deployments whose guard and supervisor were both killed."""
    for root in list(run_folders()):
        if not alive(root):
            for pid in list(marked(root)):
                kill(pid, signal.SIGKILL)
            _remove(root)


def _bases() -> list[Path]:
    asked = os.environ.get("TMPDIR")
    return [Path(asked).resolve()] if asked else [_MEMORY, Path(tempfile.gettempdir()), Path("/var/tmp")]


def _roomy(folder: Path) -> bool:
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize >= _ROOM and not found.f_flag & os.ST_NOEXEC


def _age(root: Path) -> float:
    try:
        return time.time() - root.stat().st_mtime
    except FileNotFoundError:
        return _YOUNG


def _prefix() -> str:
    return f"noetl-harness-{os.getuid()}-"


def _remove(root: Path) -> None:
    for pause in (0.01, 0.05, 0.1, 0.3, 0.0):
        shutil.rmtree(root, ignore_errors=True)
        if not root.exists():
            return
        time.sleep(pause)
