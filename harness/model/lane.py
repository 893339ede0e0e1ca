"""A lane: everything one pool needs to run playbooks without touching another pool's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.pool import PoolSpec


class Side(StrEnum):
    """Which of the two pools a lane or a leg belongs to."""

    REFERENCE = "reference"
    CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class LogSource:
    """A file into which one process of the lane writes. `worker_id` is None for the control plane."""

    path: str
    pool_id: str | None
    worker_id: str | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """Where to reach a lane. `pool` is under test; `python_pool` takes what routes to the `python` segment.

    `dsn` is the platform database (schema `noetl`), `tenant_dsn` the one that playbooks write to. `monitor_url` is the
    NATS monitor, `account` the NATS account that holds the lane's stream. DSN and NATS URL hold passwords: neither is
    ever printed.
    """

    side: Side
    pool: PoolSpec
    python_pool: PoolSpec
    server_url: str
    dsn: str
    tenant_dsn: str
    nats_url: str
    monitor_url: str
    account: str
    test_server_url: str
    logs: tuple[LogSource, ...]
    owns_database: bool = True
    stream: str = "NOETL_COMMANDS"

    def __repr__(self) -> str:
        return f"Lane({self.side}, {self.pool.id}, {self.server_url})"
