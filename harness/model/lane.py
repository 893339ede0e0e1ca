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
    """Where a process of the lane writes its log, or several do. `path` is a file, or with `pattern` a glob over files
    that may come and go. `pool_id` is None for the control plane, `worker_id` where no single worker is known."""

    path: str
    pool_id: str | None
    worker_id: str | None = None
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Inside:
    """Addresses as the workers of a lane and their playbooks reach them."""

    server_url: str
    tenant_dsn: str
    test_server_url: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Where to reach a lane. `pool` is under test; `python_pool` takes what routes to the `python` segment.

    `dsn` is the platform database, whose tables are in `schema`, `tenant_dsn` the one that playbooks write to; both are
    URLs. `monitor_url` is the NATS monitor, `account` the NATS account that holds the lane's stream. DSN and NATS URL
    hold passwords: neither is ever printed. In a database that it does not own the harness only reads.
    `mark` is in every catalog path of a run that shares the NoETL with others; empty where the lane is the run's alone.
    `execution_pool` is the segment that the server is asked to send the lane's commands to, None where it decides.
    `inside` is set where the workers reach the same services by other addresses than the harness does.
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
    owns_database: bool = False
    schema: str = "noetl"
    stream: str = "NOETL_COMMANDS"
    inside: Inside | None = None
    mark: str = ""
    execution_pool: str | None = None

    def __repr__(self) -> str:
        return f"Lane({self.side}, {self.pool.id}, {self.server_url})"
