"""Projection of rows as a real NoETL 4.12.0 wrote them (recordings), cut to what matters, and of the Rust pool's."""

from __future__ import annotations

from typing import Any

import pytest
from builders import PATH, PYTHON, PYTHON_WORKER, RUST, RUST_WORKER, Lane, Step

from harness.judge.crew import Crew
from harness.judge.project import project
from harness.model.envelope import Letter, Outcome, OutcomeClass
from harness.model.event import EventRow
from harness.model.evidence import Evidence, LegEnd
from harness.model.lane import Side

ROOT = 766616368006300498
COMMAND = 766616368073409365
ALL = (Letter.ISSUED, Letter.CLAIMED, Letter.STARTED, Letter.DONE, Letter.COMPLETED)


def rows(result: dict[str, Any], *, node: str = "start", kind: str = "python", last: str = "call.done") -> list[Any]:
    """One command as it is stored: `command.claimed` and `step.enter` have no command_id column."""
    worker = {"worker_id": PYTHON_WORKER}
    meta = {"command_id": COMMAND, "worker_id": PYTHON_WORKER}
    issued_meta = {"step": node, "tool_kind": kind, "command_id": COMMAND}
    stored: list[dict[str, Any]] = [
        {"event_type": "playbook.initialized", "node_name": PATH, "status": "initialized"},
        {"event_type": "command.issued", "node_type": kind, "command_id": COMMAND, "meta": issued_meta},
        {"event_type": "command.claimed", "meta": meta, "result": {"status": "RUNNING"}, **worker},
        {"event_type": "batch.accepted", "node_name": "events.batch", **worker},
        {"event_type": "command.started", "command_id": COMMAND, "meta": meta, **worker},
        {"event_type": "step.enter", "meta": {"worker_id": PYTHON_WORKER}, **worker},
        {"event_type": last, "command_id": COMMAND, "result": result, "error": result.get("error"), **worker},
        {"event_type": "step.exit", "command_id": COMMAND, "result": result, **worker},
        {"event_type": "command.completed", "command_id": COMMAND, "result": result, **worker},
        {"event_type": "playbook.completed", "node_name": PATH, "status": "completed"},
    ]
    base = {"execution_id": ROOT, "node_name": node, "status": "", "created_at": "2026-11-23 17:29:52.591060"}
    return [EventRow.from_row({**base, "event_id": ROOT + 1 + at, **row}) for at, row in enumerate(stored)]


def outcome(events: list[EventRow], **changes: Any) -> Outcome:
    """The projection of these rows, as a leg on the Python pool."""
    evidence = Evidence("x", Side.REFERENCE, PYTHON.id, LegEnd.TERMINAL_EVENT, ROOT, 1.0, tuple(events), **changes)
    return project(evidence, Crew.of(evidence, PYTHON, PYTHON))


def test_one_command_of_a_real_history() -> None:
    got = outcome(rows({"status": "COMPLETED", "context": {"v": 1, "command_id": COMMAND}}))
    (call,) = got.calls
    assert call.letters == ALL
    assert call.claimed_by == (PYTHON_WORKER,)
    assert (call.envelope.outcome, call.envelope.data, call.envelope.lossy) == (OutcomeClass.OK, {"v": 1}, True)
    assert (got.terminal, got.inferred, got.unknown_events) == ("completed", False, ())


def test_the_suffix_of_a_sequence_is_folded_onto_its_step() -> None:
    (call,) = outcome(rows({"status": "COMPLETED"}, node="start:task_sequence", kind="task_sequence")).calls
    assert (call.key.step, call.tool_kind) == ("start", "task_sequence")


@pytest.mark.parametrize(
    ("context", "data"),
    [
        ({"status": "COMPLETED", "command_id": COMMAND}, {}),
        ({"status": "ok", "command_id": COMMAND}, {"status": "ok"}),
        (
            {"rows": [{"v": "x", "id": 1}], "status": "success", "columns": ["id", "v"], "row_count": 1},
            {"rows": [{"v": "x", "id": 1}], "status": "success", "columns": ["id", "v"], "row_count": 1},
        ),
        ({"d": 4, "command_id": COMMAND, "loop_event_id": "loop_1_2"}, {"d": 4}),
        ({"execution_id": str(ROOT), "worker_id": PYTHON_WORKER}, {"execution_id": "<id>"}),
    ],
)
def test_what_a_python_event_carries(context: dict[str, Any], data: dict[str, Any]) -> None:
    assert outcome(rows({"status": "COMPLETED", "context": context})).calls[0].envelope.data == data


def test_an_error_of_the_python_pool() -> None:
    context = {"id": "676b1336", "error": "kaboom", "status": "error", "command_id": COMMAND}
    (call,) = outcome(rows({"status": "FAILED", "context": context}, last="call.error")).calls
    assert call.envelope.outcome is OutcomeClass.ERROR
    assert call.envelope.error is not None
    assert (call.envelope.error.kind, call.envelope.error.message) == ("python", "kaboom")


def test_an_error_event_without_a_command_is_the_open_command_s() -> None:
    events = rows({"status": "COMPLETED"})
    at = next(index for index, one in enumerate(events) if one.event_type == "call.done")
    lost = EventRow.from_row(
        {
            "event_id": events[at].event_id,
            "execution_id": ROOT,
            "event_type": "call.error",
            "node_name": "start",
            "created_at": "2026-11-23 17:29:52",
            "error": "late",
        }
    )
    (call,) = outcome([*events[:at], lost]).calls
    assert call.letters == (Letter.ISSUED, Letter.CLAIMED, Letter.STARTED, Letter.ERROR)


def test_an_event_that_belongs_to_no_command_is_unknown() -> None:
    events = rows({"status": "COMPLETED"})
    stray = EventRow.from_row(
        {
            "event_id": ROOT + 50,
            "execution_id": ROOT,
            "event_type": "call.error",
            "node_name": "elsewhere",
            "created_at": "2026-11-23 17:29:52",
        }
    )
    assert outcome([*events, stray]).unknown_events == ("call.error without a command",)


def _rust(step: Step) -> Outcome:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(step)
    lane.end("completed")
    evidence = lane.evidence()
    return project(evidence, Crew.of(evidence, RUST, PYTHON))


def test_rust_data_is_unwrapped_whole() -> None:
    (call,) = _rust(Step("start", {"rows": [[1]], "deep": {"x": {"y": 1}}})).calls
    assert call.claimed_by == (RUST_WORKER,)
    assert (call.envelope.data, call.envelope.lossy) == ({"rows": [[1]], "deep": {"x": {"y": 1}}}, False)


def test_an_error_inside_a_call_done_is_masked() -> None:
    (call,) = _rust(Step("get", {"status_code": 500}, kind="http", masked="HTTP 500 response")).calls
    assert call.envelope.outcome is OutcomeClass.MASKED
    assert call.envelope.error is not None
    assert (call.envelope.error.kind, call.envelope.error.http_status) == ("http-status", 500)


def test_a_sequence_on_the_rust_lane_speaks_the_python_dialect() -> None:
    (call,) = _rust(Step("seq", {"status": "ok", "n": 1}, kind="task_sequence")).calls
    assert (call.envelope.data, call.envelope.lossy) == ({"status": "ok", "n": 1}, True)


def test_a_step_that_is_visited_again_is_another_call() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    for value in (1, 2):
        lane.run(Step("again", {"v": value}))
    evidence = lane.evidence()
    calls = project(evidence, Crew.of(evidence, RUST, PYTHON)).calls
    assert [(call.key.visit, call.envelope.data) for call in calls] == [(1, {"v": 1}), (2, {"v": 2})]
