"""What a person says about the cluster: which one, where NoETL's parts are in it, and how pools are pinned."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.pool import Runtime


class Pin(StrEnum):
    """How it is seen to that only the pool under test takes a command.

    `exclusive`: the deployment of the other pool has no pods meanwhile. `segments`: as that, but while the Rust pool is
    under test the Python pool stays and takes only what routes to `python`. `execution_pool`: nothing is changed; a
    Rust server is asked to send each execution to the segment of its pool. `observe`: nothing is changed; provenance
    shows who claimed what.
    """

    EXCLUSIVE = "exclusive"
    SEGMENTS = "segments"
    EXECUTION_POOL = "execution_pool"
    OBSERVE = "observe"


@dataclass(frozen=True, slots=True)
class Part:
    """Pods with these labels in a namespace, and the port that they listen on."""

    namespace: str
    labels: str
    port: int = 0

    def __str__(self) -> str:
        return f"{self.labels} in namespace {self.namespace}"


@dataclass(frozen=True, slots=True)
class Urls:
    """Addresses that reach a service from here, through NodePorts for one: URLs, and `host:port` for PostgreSQL. What
    is None is reached through a forward."""

    server: str | None = None
    postgres: str | None = None
    nats_monitor: str | None = None
    test_server: str | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """The same services as pods know them: playbooks and credentials get these addresses."""

    server: str = "http://noetl.noetl.svc.cluster.local:8082"
    postgres: str = "postgres.postgres.svc.cluster.local:5432"
    test_server: str = "http://paginated-api.test-server.svc.cluster.local:5555"


@dataclass(frozen=True, slots=True)
class Settings:
    """One cluster. The defaults are the names that NoETL's operators use (spec: noetl-operations 1)."""

    context: str = "kind-noetl"
    kubeconfig: str | None = None
    namespace: str = "noetl"
    pin: Pin = Pin.SEGMENTS
    server: Part = field(default=Part("noetl", "app=noetl-server", 8082))
    postgres: Part = field(default=Part("postgres", "app=postgres", 5432))
    nats: Part = field(default=Part("nats", "app=nats", 8222))
    test_server: Part = field(default=Part("test-server", "app=paginated-api", 5555))
    deployments: tuple[tuple[str, str], ...] = (
        (Runtime.PYTHON, "noetl-worker"),
        (Runtime.RUST, "noetl-worker-rust"),
    )
    """The deployment of a pool, by the pool's id or by its runtime."""
    execution_pools: tuple[tuple[str, str], ...] = ()
    """The segment that a pool's workers consume and no other pool's, by the pool's id or by its runtime."""
    urls: Urls = Urls()
    inside: Services = Services()
    config: str = "noetl-server-config"
    """The ConfigMap that says user, database, schema and stream."""
    secret: str = "noetl-secret"
    """The Secret with NOETL_PASSWORD and POSTGRES_PASSWORD."""
    tenant_database: str = "demo_noetl"
    tenant_user: str = "demo"
    nats_account: str = "NOETL"
    """The account that has the command stream; empty takes any that has it."""
    server_image: str | None = None
    """A part of the image that the server must run, its tag or its digest; None takes any."""

    @property
    def changes(self) -> bool:
        """Whether pinning changes anything in the cluster."""
        return self.pin in (Pin.EXCLUSIVE, Pin.SEGMENTS)

    def deployment_of(self, pool_id: str, runtime: Runtime) -> str | None:
        """The deployment whose pods are the workers of this pool."""
        return _entry(self.deployments, pool_id, runtime)

    def execution_pool_of(self, pool_id: str, runtime: Runtime) -> str | None:
        """The segment that is this pool's alone."""
        return _entry(self.execution_pools, pool_id, runtime)

    def part(self, deployment: str) -> Part:
        """The pods of a deployment of workers: its label `app` is its name (spec: noetl-operations 6.1)."""
        return Part(self.namespace, f"app={deployment}")

    @property
    def workers(self) -> frozenset[str]:
        """Every deployment of workers."""
        return frozenset(name for _, name in self.deployments)


def _entry(entries: tuple[tuple[str, str], ...], pool_id: str, runtime: Runtime) -> str | None:
    """A pool's own entry goes before that of its runtime."""
    known = dict(entries)
    return known.get(pool_id) or known.get(runtime)
