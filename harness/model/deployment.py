"""What a person asks of a deployment, and what its processes are told."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.model.pool import PoolSpec


@dataclass(frozen=True, slots=True)
class DeploymentRequest:
    """Two pools to compare, wherever they run. `python_pool` takes on both lanes what routes to `python` by the kind
    map of release `routing`, which is the control plane's."""

    reference: PoolSpec
    candidate: PoolSpec
    python_pool: PoolSpec
    routing: str = "4.12.0"

    def real(self) -> DeploymentRequest:
        """The same pools as real workers that others have started, whatever our own would play."""
        pools = (self.reference, self.candidate, self.python_pool)
        reference, candidate, python = (replace(pool, behaviour=None, command=(), because=()) for pool in pools)
        return replace(self, reference=reference, candidate=candidate, python_pool=python)

    def __repr__(self) -> str:
        return f"DeploymentRequest({self.reference.id}, {self.candidate.id}, routing={self.routing})"


@dataclass(frozen=True, slots=True)
class EmbeddedRequest:
    """What the embedded deployment is asked for. `postgres_dsn` and `nats_url` replace our own servers when given:
    databases and streams are then made inside them and removed at the end."""

    pools: DeploymentRequest
    postgres_dsn: str | None = None
    nats_url: str | None = None

    def __repr__(self) -> str:
        return f"EmbeddedRequest({self.pools!r})"


@dataclass(frozen=True, slots=True)
class ControlPlaneConfig:
    """What one control plane process is told. `base_url` is the address that it announces to workers."""

    dsn: str
    nats_url: str
    base_url: str
    routing: str
    stream: str = "NOETL_COMMANDS"
    subject: str = "noetl.commands"

    def __repr__(self) -> str:
        return f"ControlPlaneConfig({self.base_url}, routing={self.routing})"
