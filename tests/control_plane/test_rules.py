"""The pure rules behind the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.embedded.control_plane.claims import Busy, Grant, Holder, Same, Timing, decide
from harness.embedded.control_plane.commands import InvalidCommand, check
from harness.embedded.control_plane.engine.types import IssuedCommand
from harness.embedded.control_plane.ids import Snowflakes
from harness.embedded.control_plane.results import (
    check_payload,
    command_id_of,
    error_text,
    normal_status,
    status_from_name,
    stored_result,
)
from harness.embedded.control_plane.status import Facts, Standing, compact, duration_human, standing

NOW = datetime(2026, 6, 2, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.integers(min_value=-5, max_value=3), max_size=200))
def test_ids_increase_whatever_the_clock_does(steps: list[int]) -> None:
    clock = [1_800_000_000_000]

    def now() -> int:
        clock[0] += steps.pop() if steps else 0
        return clock[0]

    ids = Snowflakes(now)
    made = [ids.next() for _ in range(250)]
    assert made == sorted(set(made))


def test_an_id_says_when_it_was_made() -> None:
    assert Snowflakes(lambda: 1_704_067_201_000).next() == (1000 << 23) | (1 << 18)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("call.done", "COMPLETED"),
        ("call.error", "FAILED"),
        ("step.exit", "COMPLETED"),
        ("command.failed", "FAILED"),
        ("command.started", "RUNNING"),
        ("step.enter", "RUNNING"),
    ],
)
def test_a_status_follows_from_the_name(name: str, status: str) -> None:
    assert status_from_name(name) == status


@pytest.mark.parametrize(
    ("value", "status"),
    [("success", "COMPLETED"), ("ok", "COMPLETED"), ("error", "FAILED"), ("timeout", "TIMEOUT"), (None, "UNKNOWN")],
)
def test_a_result_status_is_normalised(value: str | None, status: str) -> None:
    assert normal_status(value) == status


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ({"_internal_data": 1}, "payload includes forbidden inline output keys: _internal_data"),
        ({"result": []}, "payload.result must be an object"),
        ({"result": {"rows": [], "data": 1}}, "payload.result includes unsupported keys: data, rows"),
        ({"result": {"reference": 1}}, "payload.result.reference must be an object"),
        ({"result": {"context": []}}, "payload.result.context must be an object"),
        ({"result": {"context": {"a": [{"_internal_data": 1}]}}}, "includes forbidden inline data keys"),
    ],
)
def test_a_payload_with_data_in_it_is_refused(payload: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace(".", r"\.")):
        check_payload(payload)


def test_a_proper_payload_passes() -> None:
    check_payload({"result": {"status": "ok", "reference": {}, "context": {"a": 1}, "command_id": 1}, "response": []})
    check_payload({})


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"error": " boom "}, "boom"),
        ({"error": {"message": "m", "kind": "k"}}, "m"),
        ({"error": {"kind": "k"}}, '{"kind": "k"}'),
        ({"result": {"error": "inner"}}, "inner"),
        ({"error": "x" * 3000}, "x" * 2000),
        ({"error": ""}, None),
        ({}, None),
    ],
)
def test_the_error_column(payload: dict[str, Any], text: str | None) -> None:
    assert error_text(payload) == text


@pytest.mark.parametrize(
    ("payload", "meta", "found"),
    [
        ({"command_id": 5}, None, 5),
        ({"command_id": "5"}, None, 5),
        ({"command_id": "1:start:x"}, {"command_id": 6}, 6),
        ({"result": {"context": {"command_id": "7"}}}, None, 7),
        ({"context": {"command_id": 8}}, {}, 8),
        ({}, None, None),
    ],
)
def test_where_a_command_id_may_be(payload: dict[str, Any], meta: dict[str, Any] | None, found: int | None) -> None:
    assert command_id_of(payload, meta) == found


def test_a_small_row_set_survives_and_a_big_one_does_not() -> None:
    def stored(count: int) -> Any:
        response = {"status": "success", "rows": [{"v": 1}] * count}
        result = {"status": "COMPLETED", "context": {"status": "success"}}
        return stored_result({"response": response, "result": result, "command_id": 3}, "COMPLETED")

    assert stored(16)["context"]["rows"] == [{"v": 1}] * 16
    assert stored(16)["context"]["row_count"] == 16
    assert "rows" not in stored_result({"result": {"status": "ok", "context": {"a": 1}}}, "COMPLETED")["context"]
    big = stored_result({"response": {"rows": ["x" * 70_000]}, "result": {"context": {"a": 1}}}, "COMPLETED")
    assert big == {"status": "COMPLETED", "context": {"rows": ["x" * 70_000]}}


def test_an_oversized_context_is_left_out() -> None:
    payload = {"result": {"status": "error", "context": {"text": "x" * 200_000}}, "command_id": 3}
    assert stored_result(payload, "COMPLETED") == {"status": "FAILED", "context": {"command_id": 3}}


@given(st.dictionaries(st.sampled_from(["result", "response", "context", "reference", "command_id", "error"]), JSON))
def test_what_is_stored_always_has_the_shape_that_the_database_wants(payload: dict[str, Any]) -> None:
    stored = stored_result(payload, "COMPLETED")
    assert set(stored) <= {"status", "reference", "context"}
    assert isinstance(stored["status"], str)
    assert all(isinstance(stored[key], dict) for key in ("reference", "context") if key in stored)


def held(seconds: float, running: bool = False, status: str | None = "ready", beat: float | None = 1) -> Holder:
    heartbeat = None if beat is None else NOW - timedelta(seconds=beat)
    return Holder("a", NOW - timedelta(seconds=seconds), running, status, heartbeat)


@pytest.mark.parametrize(
    ("holder", "asking", "answer"),
    [
        (None, "b", Grant()),
        (held(1), "a", Same()),
        (held(1, running=True), "a", Busy(itself=True)),
        (held(1800, running=True), "a", Grant("same_worker_hard_timeout")),
        (held(119, status="offline", beat=900), "b", Busy(itself=False)),
        (held(120), "b", Busy(itself=False)),
        (held(120, status="offline"), "b", Grant("worker_inactive")),
        (held(120, beat=30), "b", Grant("worker_heartbeat_stale")),
        (held(120, status=None, beat=None), "b", Grant("lease_expired")),
        (held(1800), "b", Grant("healthy_worker_hard_timeout")),
    ],
)
def test_who_gets_a_command(holder: Holder | None, asking: str, answer: object) -> None:
    assert decide(holder, asking, NOW, Timing()) == answer


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts("playbook.completed", idle=True, failed=False), Standing("COMPLETED")),
        (Facts("workflow.failed", idle=False, failed=False), Standing("FAILED")),
        (Facts("execution.cancelled", idle=False, failed=True), Standing("CANCELLED")),
        (Facts(None, idle=False, failed=True), Standing("RUNNING")),
        (Facts(None, idle=True, failed=False), Standing("COMPLETED", inferred=True)),
        (Facts(None, idle=True, failed=True), Standing("FAILED", inferred=True)),
    ],
)
def test_how_an_execution_stands(facts: Facts, expected: Standing) -> None:
    assert standing(facts) == expected


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0s"), (61, "1m 1s"), (3600, "1h"), (90_061, "1d 1h 1m 1s"), (-1, "0s")]
)
def test_a_duration_in_words(seconds: float, text: str) -> None:
    assert duration_human(seconds) == text


def test_variables_are_cut_only_when_they_are_huge() -> None:
    small = {"a": {"b": [1, 2, 3, 4, 5, 6, 7]}}
    assert compact(small) == small
    huge = compact({"a": ["x" * 1_000_000] * 12})["a"]
    assert (huge["_truncated"], len(huge["_preview"])) == (True, 6)
    assert huge["_preview"][-1] == "... 7 more"


def command(kind: str, **config: Any) -> IssuedCommand:
    return IssuedCommand("s", kind, {"tool_config": config, "input": {}}, {})


def test_a_postgres_command_needs_auth_and_nothing_beside_it() -> None:
    with pytest.raises(InvalidCommand, match="is missing auth in command context"):
        check(command("postgres"))
    with pytest.raises(InvalidCommand, match="forbidden direct connection fields: db_host, db_port"):
        check(command("postgres", auth="pg", db_port=1, db_host="h"))
    check(command("postgres", auth="pg"))
    check(command("python", db_host="h"))
