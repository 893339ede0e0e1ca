"""The common form onto which both pools' events are folded before anything is compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.model.json import JsonObject


class Letter(StrEnum):
    """Lifecycle of one command. Pools emit different events; these are common to all."""

    ISSUED = "issued"
    CLAIMED = "claimed"
    STARTED = "started"
    DONE = "done"
    ERROR = "error"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OutcomeClass(StrEnum):
    """How one call ended. `MASKED` is an error inside a `call.done` (spec/noetl-rust.md 3.3)."""

    OK = "ok"
    ERROR = "error"
    MASKED = "masked"
    NONE = "none"


@dataclass(frozen=True, slots=True, order=True)
class CallKey:
    """Which call an envelope belongs to. `playbook` is the path of the execution (children have their own),
    `step` has no `:task_sequence` suffix, `iteration` is the loop index or -1, `visit` counts from 1."""

    playbook: str
    step: str
    iteration: int
    visit: int


@dataclass(frozen=True, slots=True)
class CallError:
    """An error as far as it can be compared. `kind` is NoETL's or the harness's class, `message` raw text."""

    kind: str
    message: str
    sqlstate: str | None = None
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """The outcome of one call. `data` is the tool's own data, unwrapped from either pool's result shape.

    `reference` is there when the data lies outside the event and could not be read.
    `lossy` says that the event carries no lists and nothing deeper than one level (spec/noetl-python.md 7.1): what is
    absent from such data is not known to be absent.
    """

    key: CallKey
    tool_kind: str
    outcome: OutcomeClass
    data: Any = None
    error: CallError | None = None
    reference: JsonObject | None = None
    lossy: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One command of an outcome: who claimed it, through which letters it went, and its envelope.

    `issued_event` and `ended_event` are the event ids of `command.issued` and of `call.done` or `call.error` (None
    while open). `issued_with` is what the tool was given, as canonical JSON free of this lane's texts and ids, or ""
    where the history does not say. `times` has the seconds from the first of the `letters` to each of them, by the
    clock that stamps events; negative where ids and times are in another order. `began` has the seconds from the leg's
    first event to the first of the `letters`.
    """

    key: CallKey
    command_id: int
    execution_id: int
    tool_kind: str
    letters: tuple[Letter, ...]
    claimed_by: tuple[str, ...]
    envelope: Envelope
    issued_event: int = 0
    ended_event: int | None = None
    issued_with: str = ""
    times: tuple[float, ...] = ()
    began: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The pure projection of a leg's evidence. `calls` are in order of issue; `unknown_events` were in no dialect.

    `terminal` is `completed`, `failed`, `cancelled`, or None where no terminal row exists. `seconds` is the time from
    the leg's first event to its last.
    """

    calls: tuple[Call, ...]
    terminal: str | None
    inferred: bool
    unknown_events: tuple[str, ...] = ()
    children: tuple[int, ...] = field(default_factory=tuple)
    seconds: float = 0.0
