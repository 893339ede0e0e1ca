"""A NoETL that the harness has not set up: processes of ours, started by command line as a stranger would."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import psycopg
import yaml

from harness.embedded.control_plane import server
from harness.embedded.databases import Databases
from harness.embedded.nats import Bus
from harness.embedded.postgres import Postgres
from harness.embedded.processes import free_port

READER, READER_PASSWORD = "reader", "s3cr3t-of-the-reader"
"""A role that may do nothing but read the platform database."""

_SCHEMA = Path(server.__file__).with_name("schema.sql").read_bytes()
_CONTROL_PLANE = Path(__file__).with_name("control_plane.py")
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Foreign:
    """One NoETL without workers. `owner_dsn` is the control plane's own role, which the harness is never told."""

    address: str
    owner_dsn: str
    tenant_dsn: str
    bus: Bus
    log: Path

    @property
    def reader_dsn(self) -> str:
        """The platform database for a role that may only read."""
        parts = urlsplit(self.owner_dsn)
        return parts._replace(netloc=f"{READER}:{READER_PASSWORD}@{parts.hostname}:{parts.port}").geturl()

    def end_what_runs(self) -> None:
        """Executions that other tests have left RUNNING are leftovers to no test after this."""
        with psycopg.connect(self.owner_dsn, autocommit=True) as database:
            database.execute("UPDATE noetl.execution SET status = 'CANCELLED' WHERE status = 'RUNNING'")

    def stack(self) -> dict[str, Any]:
        """The entry of a file for `--target processes:FILE`."""
        return {
            "server_url": f"http://{self.address}",
            "postgres_dsn": self.reader_dsn,
            "tenant_dsn": self.tenant_dsn,
            "nats_url": self.bus.url,
            "monitor_url": self.bus.monitor_url,
            "account": self.bus.account,
            "logs": [{"file": str(self.log)}],
        }

    def python(self, *segments: str, role: str = "tested") -> dict[str, Any]:
        """A Python worker that consumes these segments."""
        told = {"NATS_CONSUMER": "noetl_worker_pool", "NOETL_WORKER_POOL_SEGMENTS": ",".join(segments)}
        return self._worker("python@4.12.0", told, segments) | {"role": role}

    def rust(self, segment: str, release: str = "rust@5.15.1") -> dict[str, Any]:
        """A Rust worker that consumes one segment."""
        told = {"NATS_CONSUMER": f"noetl_worker_pool_{segment}", "NATS_FILTER_SUBJECT": f"noetl.commands.{segment}.>"}
        return self._worker(release, told, (segment,))

    def _worker(self, pool: str, told: Mapping[str, str], segments: tuple[str, ...]) -> dict[str, Any]:
        environment = {
            "NOETL_SERVER_URL": f"http://{self.address}",
            "NATS_URL": self.bus.url,
            "NATS_STREAM": self.bus.stream,
            "NO_COLOR": "1",
            **told,
        }
        return {
            "start": [sys.executable, "-P", "-m", "harness.embedded.worker", pool],
            "environment": environment,
            "consumers": [f"noetl_worker_pool_{segment}" for segment in segments],
        }


@contextmanager
def foreign(postgres: Postgres, name: str, bus: Bus, folder: Path, routing: str = "4.12.0") -> Iterator[Foreign]:
    """Databases, and a control plane that serves on them."""
    addresses = Databases(postgres.dsn(), [name]).make(_SCHEMA)[name]
    with psycopg.connect(addresses.platform, autocommit=True) as database:
        database.execute(f"GRANT USAGE ON SCHEMA noetl TO {READER}".encode())
        database.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA noetl TO {READER}".encode())
    found = Foreign(
        f"127.0.0.1:{free_port()}", addresses.platform, addresses.tenant, bus, folder / f"{name}-server.log"
    )
    told = {"PLATFORM_DSN": found.owner_dsn, "NATS_URL": bus.url, "ADDRESS": found.address, "ROUTING": routing}
    with (
        found.log.open("wb") as log,
        subprocess.Popen(
            [sys.executable, str(_CONTROL_PLANE)], stdout=log, stderr=log, env={**os.environ, **told}
        ) as process,
    ):
        try:
            _until_healthy(found.address)
            yield found
        finally:
            process.kill()


def write(path: Path, stacks: Mapping[str, Any], reference: list[Any], candidate: list[Any]) -> Path:
    """A file for `--target processes:FILE`. It holds passwords."""
    content = {**stacks, "pools": {"reference": reference, "candidate": candidate}}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def _until_healthy(address: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"http://{address}/api/health"):
                return
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
