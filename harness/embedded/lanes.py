"""Which worker processes a lane has, and what each is told. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.embedded.nats import Bus
from harness.embedded.processes import RUN_MARKER
from harness.model.deployment import DeploymentRequest
from harness.model.lane import Side
from harness.model.pool import PoolSpec, Runtime

CONSUMER = "noetl_worker_pool"
"""Durable names start with it; a segment's name follows (spec: noetl-python 3.2)."""

_OURS_TO_SET = ("NOETL_", "NATS_", "WORKER_", "RUST_LOG")
"""Prefixes of variables that a worker must not inherit from the person's shell."""


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """One worker process. `worker_id` is what it is told to call itself, `announced` whether it will do so: the real
    Python worker makes up its own (spec: noetl-python 8)."""

    name: str
    pool: PoolSpec
    worker_id: str
    segments: tuple[str, ...]

    @property
    def announced(self) -> bool:
        return self.pool.emulated or self.pool.runtime is Runtime.RUST

    @property
    def durables(self) -> tuple[str, ...]:
        """Consumers that exist once this worker is ready."""
        return tuple(f"{CONSUMER}_{segment}" for segment in self.segments)

    @property
    def waits(self) -> bool:
        """Whether an idle worker shows as waiting at its consumer. A real Rust worker asks without waiting and takes
        what came before it (spec: noetl-rust 2.1), so for it an existing consumer is enough."""
        return self.pool.emulated or self.pool.runtime is Runtime.PYTHON


def worker_plans(request: DeploymentRequest, side: Side) -> tuple[WorkerPlan, ...]:
    """The workers of a lane. The pool under test takes `shared` and `system`; what routes to `python` belongs to a
    Python pool: to the one under test, else to the request's. A Rust worker consumes one segment, a Python worker any
    number, so Rust has a process per segment."""
    pool = request.reference if side is Side.REFERENCE else request.candidate
    layout: list[tuple[PoolSpec, tuple[str, ...]]]
    match pool.runtime:
        case Runtime.PYTHON:
            layout = [(pool, ("shared", "python", "system"))]
        case Runtime.RUST:
            layout = [(pool, ("shared",)), (pool, ("system",)), (request.python_pool, ("python",))]
    return tuple(
        WorkerPlan(f"{side}-{one.runtime}-{segments[0]}", one, _worker_id(one.runtime), segments)
        for one, segments in layout
    )


def environment(
    plan: WorkerPlan, bus: Bus, server_url: str, metrics_port: int, folder: Path, inherited: Mapping[str, str]
) -> dict[str, str]:
    """The variables that NoETL's workers read (spec: noetl-rust 2.5, noetl-python 8), over those of the shell.

    `folder` is for what a worker leaves when it is killed, such as the script of a python step."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(_OURS_TO_SET)}
    told = {
        "NOETL_SERVER_URL": server_url,
        "NATS_URL": bus.url,
        "NATS_STREAM": bus.stream,
        "NATS_SUBJECT": bus.subject,
        "WORKER_ID": plan.worker_id,
        "WORKER_POOL_NAME": plan.pool.id,
        "WORKER_METRICS_BIND": f"127.0.0.1:{metrics_port}",
        "NO_COLOR": "1",
        "TZ": "UTC",
        "TMPDIR": str(folder),
        RUN_MARKER: inherited[RUN_MARKER],
    }
    if bus.user:
        told |= {"NATS_USER": bus.user, "NATS_PASSWORD": bus.password}
    match plan.pool.runtime:
        case Runtime.PYTHON:
            told |= {"NATS_CONSUMER": CONSUMER, "NOETL_WORKER_POOL_SEGMENTS": ",".join(plan.segments)}
        case Runtime.RUST:
            (segment,) = plan.segments
            told |= {"NATS_CONSUMER": f"{CONSUMER}_{segment}", "NATS_FILTER_SUBJECT": f"{bus.subject}.{segment}.>"}
    return kept | told


def _worker_id(runtime: Runtime) -> str:
    match runtime:
        case Runtime.PYTHON:
            return f"worker-{uuid.uuid4().hex[:8]}"
        case Runtime.RUST:
            return str(uuid.uuid4())
