"""When a leg is over, on hand-made histories."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.drive.watch import (
    SETTLE_AFTER_TERMINAL,
    SETTLE_DRAINED,
    SETTLE_OPEN,
    SETTLE_STUCK,
    LegWatch,
    command_given_up,
)
from harness.model.event import EventRow
from harness.model.evidence import LegEnd, LogLine

ROOT = 7
CHILD = 8


class History:
    """Feeds a watch, one event a call, at a time that the test sets."""

    def __init__(self, timeout: float = 30.0) -> None:
        self.watch = LegWatch(ROOT, started=0.0, timeout=timeout)
        self.now = 0.0
        self.given_up: set[int] = set()
        self._ids = iter(range(1, 1000))

    def event(
        self, name: str, command: int | None = None, execution: int = ROOT, node_type: str = "python"
    ) -> EventRow:
        row = EventRow(
            event_id=next(self._ids),
            execution_id=execution,
            event_type=name,
            node_name="start",
            status="",
            created_at=datetime(2026, 11, 23, tzinfo=UTC),
            command_id=command,
            node_type=node_type,
        )
        self.watch.see(row, self.now)
        return row

    def log(self, text: str, command: int) -> None:
        named = command_given_up(LogLine("worker.log", text, level="ERROR", execution_id=ROOT, command_id=command))
        if named is not None:
            self.given_up.add(named)

    def end_after(self, seconds: float, *, stream_empty: bool = True) -> LegEnd | None:
        return self.watch.end(self.now + seconds, stream_empty=stream_empty, given_up=self.given_up)


@pytest.fixture
def history() -> History:
    return History()


@pytest.mark.parametrize("name", ["playbook.completed", "playbook_failed", "execution.cancelled", "playbook_cancelled"])
def test_a_terminal_row_ends_a_leg_once_it_has_settled(history: History, name: str) -> None:
    history.event("command.issued", 1)
    history.event("command.completed", 1)
    history.event(name)
    assert history.end_after(SETTLE_AFTER_TERMINAL / 2) is None
    assert history.end_after(SETTLE_AFTER_TERMINAL) is LegEnd.TERMINAL_EVENT


def test_a_terminal_row_does_not_end_a_leg_while_a_branch_is_at_work(history: History) -> None:
    history.event("command.issued", 1)
    history.event("playbook.failed")
    assert history.end_after(SETTLE_OPEN * 0.9) is None
    assert history.end_after(SETTLE_OPEN) is LegEnd.TERMINAL_EVENT


def test_on_a_slow_lane_an_open_command_behind_a_terminal_row_is_given_longer(history: History) -> None:
    history.event("command.issued", 1)
    history.event("playbook.completed")
    end = history.watch.end(SETTLE_OPEN, stream_empty=True, given_up=set(), pause=SETTLE_OPEN)
    assert (end, history.end_after(SETTLE_OPEN)) == (None, LegEnd.TERMINAL_EVENT)


def test_the_terminal_row_of_a_child_does_not_end_its_parent(history: History) -> None:
    history.event("command.issued", 1, node_type="playbook")
    history.event("playbook.completed", execution=CHILD)
    assert history.end_after(SETTLE_DRAINED) is None


def test_no_open_command_and_no_news_is_drained(history: History) -> None:
    history.event("command.issued", 1)
    history.event("command.completed", 1)
    assert history.end_after(SETTLE_DRAINED * 0.9) is None
    assert history.end_after(SETTLE_DRAINED) is LegEnd.DRAINED


def test_an_execution_without_any_command_is_not_drained(history: History) -> None:
    history.event("playbook.initialized")
    assert history.end_after(SETTLE_DRAINED * 5) is None


def test_a_command_that_its_worker_gave_up_is_stuck(history: History) -> None:
    history.event("command.issued", 1)
    history.event("command.started", 1)
    history.log("Command execution failed execution_id=7 command_id=1 step=start error=boom", 1)
    assert history.end_after(SETTLE_STUCK / 2) is None
    assert history.end_after(SETTLE_STUCK) is LegEnd.STUCK


def test_a_command_may_be_given_up_before_its_leg_is_seen(history: History) -> None:
    history.log("Command execution failed command_id=1", 1)
    history.event("command.issued", 1)
    assert history.end_after(SETTLE_STUCK) is LegEnd.STUCK


def test_given_up_proves_nothing_while_the_stream_still_holds_work(history: History) -> None:
    history.event("command.issued", 1)
    history.log("Command execution failed command_id=1", 1)
    assert history.end_after(SETTLE_STUCK, stream_empty=False) is None


def test_an_error_inside_a_retried_task_is_not_given_up(history: History) -> None:
    history.event("command.issued", 1)
    history.log("PYTHON.EXECUTE_PYTHON_TASK: Exception - not yet", 1)
    assert history.end_after(SETTLE_STUCK * 10) is None


def test_a_parent_that_waits_for_a_stuck_child_is_stuck_with_it(history: History) -> None:
    history.event("command.issued", 1, node_type="playbook")
    history.event("command.issued", 2, execution=CHILD)
    history.log("Command execution failed command_id=2", 2)
    assert history.end_after(SETTLE_STUCK) is LegEnd.STUCK


def test_a_stuck_command_waits_for_its_busy_sibling(history: History) -> None:
    history.event("command.issued", 1)
    history.event("command.issued", 2)
    history.log("Command execution failed command_id=2", 2)
    assert history.end_after(SETTLE_STUCK) is None


def test_nothing_else_ends_a_leg_but_its_time(history: History) -> None:
    history.event("command.issued", 1)
    assert history.end_after(29.9) is None
    assert history.end_after(30.0) is LegEnd.TIMEOUT


def test_bookkeeping_is_no_news(history: History) -> None:
    history.event("command.issued", 1)
    history.event("command.completed", 1)
    history.now = 0.9
    history.event("batch.completed")
    history.event("command.heartbeat", 1)
    assert history.end_after(SETTLE_DRAINED - 0.9) is LegEnd.DRAINED


def test_an_event_read_twice_counts_once(history: History) -> None:
    row = history.event("command.issued", 1)
    history.event("command.completed", 1)
    history.watch.see(row, 0.0)
    assert history.watch.issued == 1
    assert not history.watch.open_commands


def test_a_child_that_goes_on_after_its_parent_is_waited_for(history: History) -> None:
    history.event("playbook.initialized", execution=CHILD)
    history.event("playbook.completed")
    assert history.end_after(SETTLE_AFTER_TERMINAL) is None
    assert history.end_after(SETTLE_DRAINED) is LegEnd.TERMINAL_EVENT
    history.event("playbook.completed", execution=CHILD)
    assert history.end_after(SETTLE_AFTER_TERMINAL) is LegEnd.TERMINAL_EVENT


@pytest.mark.parametrize(("level", "command"), [("ERROR", 1), ("INFO", None), ("", None)])
def test_only_an_error_record_gives_a_command_up(level: str, command: int | None) -> None:
    line = LogLine("worker.log", "Command execution failed", level=level, command_id=1)
    assert command_given_up(line) == command


def test_how_long_a_drained_leg_is_watched_follows_what_the_lane_took(history: History) -> None:
    history.event("command.issued", 1)
    history.now = 5.0
    history.event("command.completed", 1)
    assert history.watch.pause == 0.0, "a tool at work is no pause"
    history.now = 5.6
    history.event("command.issued", 2)
    history.event("command.completed", 2)
    assert history.watch.pause == pytest.approx(0.6)
    ask = {"stream_empty": True, "given_up": set[int](), "pause": history.watch.pause}
    assert history.watch.end(history.now + 2.0, **ask) is None
    assert history.watch.end(history.now + 2.5, **ask) is LegEnd.DRAINED
