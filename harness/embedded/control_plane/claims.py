"""Who may take a command, and who may take it over (spec: noetl-python 5.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Timing:
    """NoETL's defaults, in seconds. A test makes them shorter."""

    lease: float = 120.0
    heartbeat_stale: float = 30.0
    hard_timeout: float = 1800.0
    publish_recovery: float = 30.0
    sweep: float = 10.0


@dataclass(frozen=True, slots=True)
class Holder:
    """The worker that has a command. `status` and `heartbeat` are from its row in `noetl.runtime`, None without one."""

    worker_id: str
    since: datetime
    running: bool
    status: str | None = None
    heartbeat: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """The command is free; `reclaimed` says why when it was somebody's."""

    reclaimed: str | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """The asking worker has it already and has not started it."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A worker is at work on it; `itself` when that worker is asking."""

    itself: bool


def decide(holder: Holder | None, asking: str, now: datetime, timing: Timing) -> Grant | Same | Busy:
    """Whether `asking` gets a command that `holder` has."""
    if holder is None:
        return Grant()
    age = now - holder.since
    if holder.worker_id == asking:
        if not holder.running:
            return Same()
        overdue = age >= timedelta(seconds=timing.hard_timeout)
        return Grant("same_worker_hard_timeout") if overdue else Busy(itself=True)
    reason = _takeover(holder, now, age, timing)
    return Grant(reason) if reason else Busy(itself=False)


def _takeover(holder: Holder, now: datetime, age: timedelta, timing: Timing) -> str | None:
    if age < timedelta(seconds=timing.lease):
        return None
    if holder.status is None or holder.heartbeat is None:
        return "lease_expired"
    if holder.status != "ready":
        return "worker_inactive"
    if now - holder.heartbeat >= timedelta(seconds=timing.heartbeat_stale):
        return "worker_heartbeat_stale"
    return "healthy_worker_hard_timeout" if age >= timedelta(seconds=timing.hard_timeout) else None
