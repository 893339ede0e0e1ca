"""What a call event says, in either dialect, and where the dialect is not known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from harness.judge.unwrap import Unwrapped, carried, dropped, unwrap
from harness.model.envelope import CallError, OutcomeClass
from harness.model.event import EventRow
from harness.model.evidence import Stored
from harness.model.pool import Dialect
from harness.reference.results import CONTEXT_MAX_BYTES

RUST, PYTHON = Dialect.RUST_5, Dialect.PYTHON_4
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def row(event_type: str = "call.done", column: str = "", error: str | None = None, **result: Any) -> EventRow:
    """An event; `column` is its own status, all else its result."""
    return EventRow(1, 2, event_type, "start", column, NOW, error=error, result=result)


def read(event: EventRow, dialect: Dialect | None, completed: EventRow | None = None, kind: str = "http") -> Unwrapped:
    return unwrap(event, kind, dialect, completed)


def test_a_python_result_is_its_context_without_what_the_server_added() -> None:
    event = row(status="COMPLETED", context={"v": 1, "command_id": 3, "worker_id": "w", "request_id": "r"})
    assert read(event, PYTHON) == Unwrapped(OutcomeClass.OK, {"v": 1}, None, None, True)


def test_a_lone_status_stands_for_a_result_of_which_nothing_was_carried() -> None:
    placeholder = row(status="COMPLETED", context={"status": "COMPLETED"})
    assert read(placeholder, PYTHON).data == {}
    own = row(status="COMPLETED", context={"status": "ok"})
    assert read(own, PYTHON).data == {"status": "ok"}


def test_a_rust_result_lies_under_data() -> None:
    event = row(context={"status": "success", "data": {"v": [1]}, "duration_ms": 3})
    assert read(event, RUST) == Unwrapped(OutcomeClass.OK, {"v": [1]}, None, None, False)


@pytest.mark.parametrize("status", ["success", "error", "timeout"])
@pytest.mark.parametrize("more", [{"data": {"v": 1}}, {"duration_ms": 3}])
def test_where_no_dialect_is_known_the_shape_decides(status: str, more: dict[str, Any]) -> None:
    assert read(row(context={"status": status, **more}), None).lossy is False
    assert read(row(context={"status": "other", **more}), None).lossy is True
    assert read(row(context={"status": status, "v": 1}), None).lossy is True
    assert read(row(context={"status": status, **more}), PYTHON).lossy is True


@pytest.mark.parametrize(("dialect", "lossy"), [(PYTHON, True), (RUST, False)])
def test_an_error_has_its_class_its_text_and_its_status(dialect: Dialect, lossy: bool) -> None:
    reference = {"ref": "noetl://x"}
    event = row("call.error", error="boom", context={"data": {"status_code": 502}}, reference=reference)
    error = CallError("http-status", "boom", None, 502)
    assert read(event, dialect) == Unwrapped(OutcomeClass.ERROR, None, error, reference, lossy)
    named = row("call.error", context={"error": "boom", "status_code": 503, "data": {"status_code": 502}})
    assert read(named, dialect).error == CallError("http-status", "boom", None, 503)
    assert read(row("call.error"), dialect).error == CallError("other", "")


DONE = row(context={"status": "success", "data": {"v": 1}})


def _hidden(status: str) -> list[tuple[EventRow, EventRow | None]]:
    """A `call.done` and the command's last event, with `status` in one of the five places."""
    return [
        (row(context={"status": status, "data": {"v": 1}}), None),
        (row(status=status, context={"data": {"v": 1}}), None),
        (DONE, row("command.completed", status)),
        (DONE, row("command.completed", status=status)),
        (DONE, row("command.completed", context={"status": status})),
    ]


@pytest.mark.parametrize("status", ["error", "ERROR", "timeout", "failed", "FAILED"])
def test_a_rust_done_that_hides_an_error_says_so_in_one_of_five_places(status: str) -> None:
    for event, completed in _hidden(status):
        found = read(event, RUST, completed)
        assert (found.outcome, found.data, found.lossy) == (OutcomeClass.MASKED, {"v": 1}, False)


@pytest.mark.parametrize("status", ["error", "ERROR"])
def test_a_python_done_hides_an_error_in_its_own_result_alone(status: str) -> None:
    outcomes = [read(event, PYTHON, completed).outcome for event, completed in _hidden(status)]
    assert outcomes == [OutcomeClass.MASKED, *[OutcomeClass.OK] * 4]


@pytest.mark.parametrize("status", ["success", "COMPLETED", "ok", ""])
def test_a_done_that_went_well_hides_nothing(status: str) -> None:
    for event, completed in _hidden(status):
        assert read(event, RUST, completed).outcome is OutcomeClass.OK
        assert read(event, PYTHON, completed).outcome is OutcomeClass.OK


@pytest.mark.parametrize(("dialect", "lossy"), [(PYTHON, True), (RUST, False)])
def test_a_hidden_error_keeps_data_error_and_reference(dialect: Dialect, lossy: bool) -> None:
    context = {"status": "error", "error": "Python script exited with code 1", "data": {"status_code": 7}}
    found = read(row(context=context, reference={"ref": "r"}), dialect, kind="python")
    assert found.error == CallError("python", "Python script exited with code 1", None, 7)
    assert (found.reference, found.lossy) == ({"ref": "r"}, lossy)
    other = read(row(context={"status": "error", "error": "x"}), dialect, kind="python")
    assert other.error == CallError("python", "x")
    assert read(row(context={"status": "error", "error": "x"}), dialect, kind="shell").error == CallError("other", "x")


def test_a_reference_is_kept_and_nothing_is_made_of_a_result_that_is_no_object() -> None:
    assert read(row(reference={"ref": "r"}, context={"data": 1}), RUST).reference == {"ref": "r"}
    odd = read(row(reference="r", context=[1]), RUST)
    assert (odd.reference, odd.data) == (None, None)


@pytest.mark.parametrize(
    ("data", "kept", "lost"),
    [
        (None, {"_value": None}, ()),
        ([1], {}, ((),)),
        ("text", {}, ((),)),
        ({}, {}, ()),
        ({"a": 1, "b": None, "c": "x", "d": 1.5, "e": True}, {"a": 1, "b": None, "c": "x", "d": 1.5, "e": True}, ()),
        ({"a": [1], "z": 1}, {"z": 1}, (("a",),)),
        ({"a": {"b": 1, "c": [2], "d": {"e": 3}}}, {"a": {"b": 1}}, (("a", "c"), ("a", "d"))),
        ({"a": {"c": [2]}}, {}, (("a", "c"),)),
        ({"payload": 1, "a": {"rows": 1, "b": 2}}, {"a": {"b": 2}}, (("payload",), ("a", "rows"))),
        ({"command_x": 1, "a": 1}, {"a": 1}, (("command_x",),)),
        ({"worker_id": 1, "command_id": 2, "a": [3]}, {}, (("a",),)),
        ({"context": {"a": 1}, "b": 2}, {"a": 1}, ()),
        ({"context": 1, "b": 2}, {"context": 1, "b": 2}, ()),
        ({"status": "COMPLETED"}, {}, ()),
        ({"status": "FAILED"}, {}, ()),
        ({"status": "ok"}, {"status": "ok"}, ()),
        ({"status": "COMPLETED", "a": 1}, {"status": "COMPLETED", "a": 1}, ()),
        ({"state": "COMPLETED"}, {"state": "COMPLETED"}, ()),
    ],
)
def test_what_a_python_event_carries_and_what_it_leaves_out(data: Any, kept: Any, lost: Any) -> None:
    assert carried(data) == kept
    assert dropped(data) == lost


# results that lie elsewhere


REFERENCE = {"ref": "noetl://x"}


def fetched(
    data: Any, dialect: Dialect | None, kind: str = "http", problem: str | None = None, **result: Any
) -> Unwrapped:
    """What is said of an event that refers to a document, which was read unless there was a problem."""
    event = row(reference=REFERENCE, **result)
    return unwrap(event, kind, dialect, None, {"noetl://x": Stored("noetl://x", data, problem)})


def test_a_document_takes_the_place_of_the_reference_to_it() -> None:
    whole = {"status": "success", "data": {"v": [1]}, "duration_ms": 3}
    assert fetched(whole, RUST) == Unwrapped(OutcomeClass.OK, {"v": [1]}, None, None, False)
    assert fetched(whole, None) == Unwrapped(OutcomeClass.OK, {"v": [1]}, None, None, False)
    assert fetched({"v": [1]}, PYTHON, context={"w": 2}) == Unwrapped(OutcomeClass.OK, {"v": [1]}, None, None, False)
    assert fetched([1, 2], PYTHON) == Unwrapped(OutcomeClass.OK, [1, 2], None, None, False)
    hidden = fetched({"status": "error", "error": "HTTP 500 response"}, RUST)
    assert (hidden.outcome, hidden.error) == (
        OutcomeClass.MASKED,
        CallError("http-status", "HTTP 500 response", None, 500),
    )


def test_the_rows_alone_of_a_long_postgres_result_stand_beside_what_the_event_has() -> None:
    found = fetched([{"a": 1}], PYTHON, "postgres", context={"row_count": 1})
    assert found == Unwrapped(OutcomeClass.OK, {"row_count": 1, "rows": [{"a": 1}]}, None, None, True)
    assert fetched({"rows": []}, PYTHON, "postgres", context={"row_count": 1}).data == {"rows": []}
    assert fetched([{"a": 1}], RUST, "postgres", context={"data": 1}).data is None


@pytest.mark.parametrize(("dialect", "data", "lossy"), [(PYTHON, {"v": 1}, True), (RUST, None, False)])
def test_a_document_that_could_not_be_read_leaves_the_reference_and_says_why(
    dialect: Dialect, data: Any, lossy: bool
) -> None:
    found = fetched({"other": 1}, dialect, problem="404", context={"v": 1})
    assert found == Unwrapped(OutcomeClass.OK, data, None, {**REFERENCE, "problem": "404"}, lossy)


def test_what_another_address_holds_is_not_taken() -> None:
    other = {"noetl://y": Stored("noetl://y", {"v": 2}), "": Stored("", {"v": 3})}
    assert unwrap(row(reference=REFERENCE, context={"v": 1}), "http", PYTHON, None, other).data == {"v": 1}


def _of_size(size: int) -> dict[str, str]:
    return {"a": "x" * (size - len('{"a":""}'))}


@pytest.mark.parametrize(("size", "fits"), [(CONTEXT_MAX_BYTES, True), (CONTEXT_MAX_BYTES + 1, False)])
def test_what_is_too_long_for_an_event_leaves_nothing(size: int, fits: bool) -> None:
    data = _of_size(size)
    assert carried(data) == (data if fits else {})
    assert dropped(data) == (() if fits else ((),))


def test_of_a_row_set_the_whole_is_measured_and_of_all_else_what_is_carried() -> None:
    long = ["x" * CONTEXT_MAX_BYTES]
    assert carried({"row_count": 1, "items": long}) == {"row_count": 1}
    assert carried({"row_count": 1, "rows": long}) == {}
    assert carried({"row_count": 1, "rows": long[0]}) == {"row_count": 1}
