"""Pods that really run NoETL: our own control plane, workers and test server, behind the API of the tests."""

from __future__ import annotations

import asyncio
import base64
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from api_server import Cluster, Container, Running
from api_server.cluster import Nothing
from foreign import READER, READER_PASSWORD, Foreign

from harness.embedded.processes import free_port
from harness.files.project import project_root

TEST_SERVER = project_root() / "fixtures" / "servers" / "test_server.py"


class Commands:
    """A program whose container runs these commands, with what the pod's own environment says over theirs."""

    def __init__(self, *commands: tuple[Sequence[str], Mapping[str, str]], ports: Mapping[int, int] | None = None):
        self._commands = commands
        self._ports = dict(ports or {})

    def start(self, pod: str, environment: Mapping[str, str], container: Container) -> Running:
        return _Processes([(line, {**own, **environment}) for line, own in self._commands], self._ports, container)


class _Processes:
    def __init__(
        self, commands: list[tuple[Sequence[str], Mapping[str, str]]], ports: dict[int, int], container: Container
    ) -> None:
        self.ports = ports
        self._container = container
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._folder = tempfile.TemporaryDirectory(prefix="pod-", ignore_cleanup_errors=True)
        self._processes = [
            subprocess.Popen(
                line,
                cwd=self._folder.name,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for line, environment in commands
        ]
        self._readers = [threading.Thread(target=self._read, args=(one,)) for one in self._processes]
        for reader in self._readers:
            reader.start()

    def stop(self) -> None:
        """Kill, and say what was still to be said."""
        for process in self._processes:
            process.kill()
            process.wait()
        for reader in self._readers:
            reader.join()
        self._say()
        self._folder.cleanup()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                self._said.put(line.rstrip("\n"))
                self._loop.call_soon_threadsafe(self._say)

    def _say(self) -> None:
        while not self._said.empty():
            self._container.say(self._said.get())


def deploy_noetl(
    cluster: Cluster,
    noetl: Foreign,
    python: tuple[str, ...] = ("shared", "python", "system"),
    rust: tuple[str, ...] = ("shared", "system"),
) -> None:
    """A Python and a Rust pool on a control plane that runs, with the segments that they consume, and what else belongs
    to it. A Rust worker consumes one segment, so its pod runs two."""
    for name in ("noetl", "postgres", "nats", "test-server"):
        cluster.create("Namespace", None, name)
    platform, tenant = urlsplit(noetl.owner_dsn), urlsplit(noetl.tenant_dsn)
    secret = {"NOETL_PASSWORD": READER_PASSWORD, "POSTGRES_PASSWORD": unquote(tenant.password or "")}
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in secret.items()}
    config = {"NOETL_USER": READER, "NOETL_POSTGRES_DB": platform.path.strip("/"), "NATS_STREAM": noetl.bus.stream}
    config["NOETL_COMMAND_ROUTING_ENABLED"] = "true"
    cluster.create("ConfigMap", "noetl", "noetl-server-config", data=config)
    cluster.create("Secret", "noetl", "noetl-secret", data=encoded)
    server, monitor = int(noetl.address.rpartition(":")[2]), urlsplit(noetl.bus.monitor_url).port or 0
    follow = ["tail", "-n", "+1", "-f", str(noetl.log)]
    cluster.deploy(
        "noetl", "noetl-server", Commands((follow, {}), ports={8082: server}), image="localhost/noetl:4.12.0"
    )
    cluster.deploy("postgres", "postgres", Nothing({5432: platform.port or 0}))
    cluster.deploy("nats", "nats", Nothing({8222: monitor}), kind="StatefulSet")
    port = free_port()
    test_server = Commands(([sys.executable, str(TEST_SERVER), str(port)], {}), ports={5555: port})
    cluster.deploy("test-server", "paginated-api", test_server)
    cluster.deploy("noetl", "noetl-worker", Commands(_command(noetl.python(*python))))
    cluster.deploy("noetl", "noetl-worker-rust", Commands(*(_command(noetl.rust(segment)) for segment in rust)))
    cluster.autoscale("noetl", "noetl-worker-scaler-worker-cpu-01", "noetl-worker")
    cluster.autoscale("noetl", "noetl-worker-rust-scaler-worker-rust-pool", "noetl-worker-rust")


def target_file(path: Path, kubeconfig: Path, cluster: Cluster, noetl: Foreign, **fields: Any) -> Path:
    """A file for `--target kubernetes:FILE`: pods of this machine reach each other at its own address."""
    (test_server,) = cluster.pods("paginated-api")
    port = cluster.port("test-server", test_server, 5555)
    tenant = urlsplit(noetl.tenant_dsn)
    content = {
        "kubeconfig": str(kubeconfig),
        "pin": "segments",
        "nats_account": noetl.bus.account,
        "tenant_user": unquote(tenant.username or ""),
        "tenant_database": tenant.path.strip("/"),
        "inside": {
            "server": f"http://{noetl.address}",
            "postgres": f"{tenant.hostname}:{tenant.port}",
            "test_server": f"http://127.0.0.1:{port}",
        },
        **fields,
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def _command(worker: Mapping[str, Any]) -> tuple[Sequence[str], Mapping[str, str]]:
    return worker["start"], worker["environment"]
