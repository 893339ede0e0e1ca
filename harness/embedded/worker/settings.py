"""What a worker reads from its environment: the names that the real workers read, with their defaults
(spec: noetl-rust 2.5, noetl-python 8)."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.errors import HarnessError
from harness.model.pool import PoolSpec, Runtime


@dataclass(frozen=True, slots=True)
class Consumer:
    """One durable pull consumer. `subject` None is no filter."""

    durable: str
    subject: str | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one worker process is told. `heartbeat` is in seconds, `capacity` in commands at once.

    The NATS URL and password are left out of the repr.
    """

    worker_id: str
    pool_name: str
    server_url: str
    nats_url: str = field(repr=False)
    nats_user: str | None
    nats_password: str | None = field(repr=False)
    stream: str
    subject: str
    consumers: tuple[Consumer, ...]
    capacity: int
    heartbeat: float
    hostname: str
    data_folder: str
    environment: Mapping[str, str] = field(repr=False)


def read_settings(pool: PoolSpec, env: Mapping[str, str]) -> Settings:
    """Raises `HarnessError` for a number that is none."""
    python = pool.runtime is Runtime.PYTHON
    subject = env.get("NATS_SUBJECT") or "noetl.commands"
    return Settings(
        worker_id=env.get("WORKER_ID") or (f"worker-{uuid.uuid4().hex[:8]}" if python else str(uuid.uuid4())),
        pool_name=env.get("WORKER_POOL_NAME") or "default",
        server_url=(env.get("NOETL_SERVER_URL") or "http://localhost:8082").rstrip("/"),
        nats_url=env.get("NATS_URL") or "nats://localhost:4222",
        nats_user=env.get("NATS_USER") or None,
        nats_password=env.get("NATS_PASSWORD") or None,
        stream=env.get("NATS_STREAM") or ("NOETL_COMMANDS" if python else "noetl_commands"),
        subject=subject,
        consumers=_python_consumers(env, subject) if python else _rust_consumers(env, subject),
        capacity=_number(
            env, "NOETL_WORKER_MAX_INFLIGHT_COMMANDS" if python else "WORKER_MAX_CONCURRENT", 8 if python else 4
        ),
        heartbeat=15 if python else _number(env, "WORKER_HEARTBEAT_INTERVAL", 15),
        hostname=env.get("HOSTNAME") or env.get("POD_NAME") or socket.gethostname(),
        data_folder=env.get("NOETL_DATA_DIR") or os.path.join(os.curdir, "data"),
        environment=dict(env),
    )


def _python_consumers(env: Mapping[str, str], subject: str) -> tuple[Consumer, ...]:
    """One durable a segment; `legacy` has no filter and so takes every command (spec: noetl-python 3.2)."""
    base = env.get("NATS_CONSUMER") or "noetl_worker_pool"
    segments = [part.strip() for part in (env.get("NOETL_WORKER_POOL_SEGMENTS") or "legacy,shared,python").split(",")]
    return tuple(
        Consumer(base, None) if segment == "legacy" else Consumer(f"{base}_{segment}", f"{subject}.{segment}.>")
        for segment in segments
        if segment
    )


def _rust_consumers(env: Mapping[str, str], subject: str) -> tuple[Consumer, ...]:
    return (Consumer(env.get("NATS_CONSUMER") or "worker-pool", env.get("NATS_FILTER_SUBJECT") or subject),)


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdigit() or int(text) < 1:
        raise HarnessError(
            f"{name} is {text!r}, which is no number of 1 or more", f"Set {name} to a number, or leave it out."
        )
    return int(text)
