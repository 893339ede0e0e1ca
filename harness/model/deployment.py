"""What a person asks of a deployment, and what its processes are told."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.pool import PoolSpec


@dataclass(frozen=True, slots=True)
class DeploymentRequest:
    """Two pools to compare and how their lanes are built.

    `routing` is the release whose kind map the control plane uses. `postgres_dsn` and `nats_url` replace our own
    servers when given: databases and streams are then made inside them and removed at the end.
    """

    reference: PoolSpec
    candidate: PoolSpec
    python_pool: PoolSpec
    routing: str = "4.12.0"
    postgres_dsn: str | None = None
    nats_url: str | None = None

    def __repr__(self) -> str:
        return f"DeploymentRequest({self.reference.id}, {self.candidate.id}, routing={self.routing})"


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
