"""What the probes collected for a leg. Drive makes it, judge reads it; neither knows the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from harness.model.event import CommandRow, EventRow
from harness.model.json import JsonObject
from harness.model.lane import Side
from harness.model.pool import Runtime


class LegEnd(StrEnum):
    """Why the drive stopped watching a leg. It says nothing of whether that was right."""

    TERMINAL_EVENT = "terminal_event"
    DRAINED = "drained"
    STUCK = "stuck"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    LOST = "lost"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One record of a worker's or server's log, ANSI codes removed, several physical lines joined by a newline."""

    source: str
    text: str
    pool_id: str | None = None
    worker_id: str | None = None
    level: str = ""
    execution_id: int | None = None
    command_id: int | None = None


@dataclass(frozen=True, slots=True)
class Consumer:
    """Counters of one JetStream consumer, as the NATS monitor gives them."""

    name: str
    filter_subject: str | None
    delivered: int
    ack_floor: int
    pending: int
    ack_pending: int
    redelivered: int
    waiting: int


@dataclass(frozen=True, slots=True)
class StreamState:
    """The command stream of a lane at one moment. `last_at` is when the newest message came, where that is known."""

    messages: int
    last_seq: int
    consumers: tuple[Consumer, ...]
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker as `noetl.runtime` knows it."""

    worker_id: str
    runtime: Runtime | None
    pool_name: str
    status: str
    alive: bool | None = None
    """Whether its process is known to live; None where the harness can not see processes."""


class EffectKind(StrEnum):
    """Where a side effect of a leg is to be seen."""

    TABLE = "table"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Effect:
    """What an execution left outside the event log.

    `rows` are what a query of the case finds in the tenant database, with `name` as the query's text in the suite, or
    the calls that the lane's test server recorded, in order of arrival. `problem` says why that is not all there is,
    or why nothing could be read: then no more than `rows` is known. `absent` marks a query for a table that is not
    there, which is an answer where the other side has it.
    """

    kind: EffectKind
    execution_id: int
    name: str = ""
    rows: tuple[JsonObject, ...] = ()
    problem: str | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A result that an event only refers to, as its store has it. `ref` is the event's own reference text; `data` is
    the document, or nothing where `problem` says why it could not be read."""

    ref: str
    data: Any = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class LegKey:
    """Which leg. `turn` counts from 1; only the reference has a second one, which shows what is noise."""

    case_id: str
    side: Side
    turn: int = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known of one leg: one case on one lane, once.

    `events` and `commands` hold the execution and all its descendants, in `event_id` order. `execution_id` is None
    when the server refused the playbook; then `refusal` holds its answer. `addresses` are texts that only this lane
    has (URLs, database names) with the token that stands for them on every lane. `log` holds the records inside the
    leg's window that name one of its executions or commands. `row_status` is `noetl.execution.status`. `seconds` is
    from execute to end, `quiet_seconds` the time since the last event when the watch ended.
    `complete` is False when a probe failed: then nothing may be called equal.
    """

    case_id: str
    side: Side
    pool_id: str
    end: LegEnd
    execution_id: int | None
    seconds: float
    events: tuple[EventRow, ...] = ()
    commands: tuple[CommandRow, ...] = ()
    row_status: str | None = None
    api_status: JsonObject = field(default_factory=dict)
    log: tuple[LogLine, ...] = ()
    workers: tuple[WorkerRow, ...] = ()
    stream: StreamState | None = None
    quiet_seconds: float = 0.0
    addresses: tuple[tuple[str, str], ...] = ()
    refusal: str | None = None
    complete: bool = True
    problem: str | None = None
    turn: int = 1
    effects: tuple[Effect, ...] = ()
    stored: tuple[Stored, ...] = ()

    @property
    def key(self) -> LegKey:
        """Which leg this is of."""
        return LegKey(self.case_id, self.side, self.turn)


@dataclass(frozen=True, slots=True)
class LaneEvidence:
    """What belongs to a lane as a whole: the stream's counters before the first and after the last leg."""

    side: Side
    pool_id: str
    emulated: bool
    before: StreamState
    after: StreamState
