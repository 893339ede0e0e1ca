"""When is a leg over? Pure: events go in with the time at which they were seen, an answer comes out.

The API's status flaps and `noetl.execution` can stay RUNNING for ever (spec: noetl-live 1.2, 1.3), so neither is asked.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

from harness.model.event import BOOKKEEPING, EventRow
from harness.model.evidence import LegEnd, LogLine

TERMINAL_EVENTS = frozenset(
    f"{scope}{mark}{word}"
    for scope, words in (
        ("playbook", ("completed", "failed", "cancelled")),
        ("execution", ("cancelled",)),
    )
    for word in words
    for mark in (".", "_")
)
"""Both spellings (spec: noetl-rust 6)."""

_CLOSING = frozenset({"command.completed", "command.failed", "command.cancelled"})

_GIVEN_UP = "Command execution failed"
"""What a Rust worker logs when it is done with a command that it did not finish (spec: noetl-rust 2.6). Errors of a
task inside a sequence also name the command, but a retry may follow them, so they prove nothing."""

SETTLE_AFTER_TERMINAL = 0.05
"""Seconds. What follows a terminal row is bookkeeping, milliseconds behind it (recordings: at most 12 ms)."""

SETTLE_DRAINED = 1.0
"""Seconds without an event after which an execution with no open command counts as drained (spec: noetl-live 1.3)."""

SETTLE_OPEN = 5.0
"""Seconds that a command which is open behind a terminal event is given. A Rust worker reports the call and the
command's end one after the other, and the first ends the execution; on a busy machine more than 1 s lay in between."""

_PAUSES = 4.0
"""How many times the longest pause that was measured on a lane its drained executions are given, and open commands
behind a terminal event."""

SETTLE_STUCK = 0.5
"""Seconds without an event after which an open command is stuck if a worker's log says that it gave it up."""


def command_given_up(line: LogLine) -> int | None:
    """The command of which this record says that its worker will not finish it, if it says so of one."""
    return line.command_id if _GIVEN_UP in line.text and line.level == "ERROR" else None


@dataclass(slots=True)
class LegWatch:
    """What has been seen of one root execution and its descendants. Times are seconds on one monotonic clock."""

    root: int
    started: float
    timeout: float
    open_commands: dict[int, EventRow] = field(default_factory=dict)
    executions: set[int] = field(default_factory=set)
    finished: set[int] = field(default_factory=set)
    issued: int = 0
    highest: int = 0
    last_news: float = 0.0
    pause: float = 0.0
    """The longest silence without an open command after which the execution still moved."""

    seen: set[tuple[int, int]] = field(default_factory=set)
    """Execution and event id of every event."""

    def __post_init__(self) -> None:
        self.last_news = self.started

    def see(self, event: EventRow, now: float) -> None:
        """Take in one event; one that was seen before changes nothing."""
        key = (event.execution_id, event.event_id)
        if key in self.seen:
            return
        self.seen.add(key)
        self.highest = max(self.highest, event.event_id)
        if event.event_type.startswith(BOOKKEEPING):
            return
        if self.issued and not self.open_commands:
            self.pause = max(self.pause, now - self.last_news)
        self.last_news = now
        self.executions.add(event.execution_id)
        if event.event_type in TERMINAL_EVENTS:
            self.finished.add(event.execution_id)
        elif event.command_id is not None and event.event_type == "command.issued":
            self.issued += 1
            self.open_commands[event.command_id] = event
        elif event.command_id is not None and event.event_type in _CLOSING:
            self.open_commands.pop(event.command_id, None)

    def end(self, now: float, *, stream_empty: bool, given_up: Set[int], pause: float = 0.0) -> LegEnd | None:
        """Why the leg is over, or None while it is not. `now` is when the database was asked: what it has got since
        then is not known. `pause` is the longest of the lane's legs, which says how slow its control plane is.

        `stream_empty`: nothing waits to be delivered to a worker. `given_up`: commands of the lane that are known from
        `command_given_up`; a worker may give one up before the leg's first event was read.
        """
        quiet = now - self.last_news
        slowest = pause * _PAUSES
        if not self.open_commands:
            if self.root in self.finished and quiet >= self._settle():
                return LegEnd.TERMINAL_EVENT
            if self.root not in self.finished and self.issued and quiet >= max(SETTLE_DRAINED, slowest):
                return LegEnd.DRAINED
        elif self.root in self.finished and quiet >= max(SETTLE_OPEN, slowest):
            return LegEnd.TERMINAL_EVENT
        elif quiet >= SETTLE_STUCK and stream_empty and self._nobody_works(given_up):
            return LegEnd.STUCK
        if now - self.started >= self.timeout:
            return LegEnd.TIMEOUT
        return None

    def _settle(self) -> float:
        """A child that has not ended may still go on, and its parent need not wait for it."""
        return SETTLE_AFTER_TERMINAL if self.executions <= self.finished else SETTLE_DRAINED

    def _nobody_works(self, given_up: Set[int]) -> bool:
        """Every open command was given up, or only waits for a child (`kind: playbook`) beside one that was."""
        abandoned = given_up & self.open_commands.keys()
        rest = (event for command, event in self.open_commands.items() if command not in abandoned)
        return bool(abandoned) and all(event.node_type == "playbook" for event in rest)
