"""A cluster with the workloads of NoETL (spec: noetl-operations 1.2), behind an API in this process."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from api_server import ApiServer, Cluster
from foreign import READER, READER_PASSWORD, Foreign, foreign

from harness.deployments.kubernetes.api import Api, connect
from harness.embedded.accounts import server_account
from harness.embedded.folder import make_folder
from harness.embedded.nats import NatsServer
from harness.embedded.postgres import Postgres
from harness.model.kubernetes import Settings
from harness.reference.routing import DEFAULT_RELEASE, RUST_SERVER

CONTEXT = "kind-noetl"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Restore files of tests stay among themselves."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "noetl-harness" / "restore"


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster()
    for name in ("noetl", "postgres", "nats", "test-server"):
        made.create("Namespace", None, name)
    secret = {"NOETL_PASSWORD": "noetl-pw", "POSTGRES_PASSWORD": "demo-pw"}
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in secret.items()}
    made.create("ConfigMap", "noetl", "noetl-server-config", data={"NOETL_USER": "noetl"})
    made.create("Secret", "noetl", "noetl-secret", data=encoded)
    made.deploy("noetl", "noetl-server", image="localhost/noetl:4.12.0", ports=(8082,))
    made.deploy("noetl", "noetl-worker", replicas=3)
    made.deploy("noetl", "noetl-worker-rust", image="localhost/noetl-worker:dev")
    made.deploy("postgres", "postgres", image="postgres:17.4", ports=(5432,))
    made.deploy("nats", "nats", kind="StatefulSet", image="nats:latest", ports=(4222, 8222))
    made.deploy("test-server", "paginated-api", ports=(5555,))
    made.autoscale("noetl", "noetl-worker-scaler-worker-cpu-01", "noetl-worker")
    made.autoscale("noetl", "noetl-worker-rust-scaler-worker-rust-pool", "noetl-worker-rust")
    return made


@pytest.fixture
async def server(cluster: Cluster) -> AsyncIterator[ApiServer]:
    async with ApiServer(cluster) as running:
        yield running


@pytest.fixture
def settings(server: ApiServer, tmp_path: Path) -> Settings:
    return Settings(kubeconfig=str(server.kubeconfig(tmp_path / "kubeconfig", CONTEXT, "gke-prod")))


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with connect(settings.context, settings.kubeconfig) as connected:
        yield connected


@pytest.fixture(scope="session")
def noetl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    """A control plane on PostgreSQL and NATS of its own, without workers."""
    with _noetl(tmp_path_factory.mktemp("noetl"), DEFAULT_RELEASE) as found:
        yield found


@pytest.fixture
def rust_server(tmp_path: Path) -> Iterator[Foreign]:
    """The same, and it routes as a Rust server does."""
    with _noetl(tmp_path, RUST_SERVER) as found:
        yield found


@contextmanager
def _noetl(logs: Path, routing: str) -> Iterator[Foreign]:
    account = server_account()
    folder = make_folder(account)
    postgres, nats = Postgres(folder, account), NatsServer(folder, ["one"])
    try:
        postgres.begin()
        nats.begin()
        bus = nats.ready()["one"]
        postgres.ready()
        with psycopg.connect(postgres.dsn(), autocommit=True) as database:
            database.execute(f"CREATE ROLE {READER} LOGIN PASSWORD '{READER_PASSWORD}'".encode())
        with foreign(postgres, "one", bus, logs, routing) as found:
            yield found
    finally:
        nats.stop()
        postgres.stop()
        folder.remove()
