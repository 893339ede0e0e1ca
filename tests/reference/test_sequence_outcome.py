"""The outcome envelope, error dicts and error classes (spec: noetl-python 2.4, 2.5)."""

from __future__ import annotations

from typing import Any

import pytest

from harness.reference.task_sequence.classify import classify, is_missing_reference
from harness.reference.task_sequence.outcome import error_of, error_outcome, ok_outcome, view
from harness.reference.task_sequence.script import answer_sequence

META = {"attempt": 2, "duration_ms": 7}
ERROR = {"kind": "tool_error", "retryable": False, "code": None, "status_code": None}


@pytest.mark.parametrize(
    ("kind", "result", "more"),
    [
        ("shell", {"v": 1}, {}),
        ("python", None, {"py": {}}),
        ("postgres", [], {"pg": {}}),
        ("http", {"status_code": 201, "headers": {"a": "b"}}, {"http": {"status": 201, "headers": {"a": "b"}}}),
        ("http", {"status": "200"}, {"http": {"status": 200, "headers": {}}}),
        ("http", {"status": "success"}, {"http": {"status": "success", "headers": {}}}),
        ("http", {"status_code": 0, "status": "HTTP_204"}, {"http": {"status": 204, "headers": {}}}),
        ("http", "text", {"http": {"status": None, "headers": {}}}),
        (None, 1, {}),
    ],
)
def test_ok_outcome(kind: Any, result: Any, more: dict[str, Any]) -> None:
    assert ok_outcome(kind, result, **META) == {"status": "ok", "meta": META, "data": result, **more}


@pytest.mark.parametrize(
    ("kind", "error", "more"),
    [
        ("shell", {}, {}),
        ("python", {}, {"py": {"exception": None, "traceback": None}}),
        ("postgres", {"code": "PG_UNKNOWN"}, {"pg": {"code": "PG_UNKNOWN", "sqlstate": None}}),
        ("http", {"status_code": 500, "code": "X"}, {"http": {"status": 500, "headers": {}}}),
        ("http", {"status_code": None, "code": "HTTP_404"}, {"http": {"status": 404, "headers": {}}}),
        ("http", {"code": "CONN_REFUSED"}, {"http": {"status": "CONN_REFUSED", "headers": {}}}),
        ("http", {"code": ""}, {"http": {"status": None, "headers": {}}}),
    ],
)
def test_error_outcome(kind: Any, error: dict[str, Any], more: dict[str, Any]) -> None:
    assert error_outcome(kind, error, **META) == {"status": "error", "meta": META, "error": error, **more}


def test_what_a_template_sees() -> None:
    assert view(None) == {}
    assert view(ok_outcome("python", 1, **META)) == {
        "status": "ok",
        "data": 1,
        "ref": None,
        "error": None,
        "py": {},
        "meta": META,
    }
    assert view(error_outcome("shell", ERROR, **META)) == {
        "status": "error",
        "data": None,
        "ref": None,
        "error": ERROR,
        "meta": META,
    }


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({}, {"message": "Tool returned error status"}),
        ({"error": "boom"}, {"message": "boom"}),
        ({"error": {"deep": 1}, "message": "not this"}, {"message": {"deep": 1}}),
        ({"error": "", "message": "this"}, {"message": "this"}),
        ({"error": "", "message": None}, {"message": None}),
        ({"status_code": 500}, {"status_code": 500, "code": "HTTP_500", "retryable": True}),
        ({"status_code": 429}, {"status_code": 429, "code": "HTTP_429", "retryable": True}),
        ({"status_code": "404"}, {"status_code": 404, "code": "HTTP_404"}),
        ({"status_code": "gone"}, {}),
        ({"status_code": 500.0}, {}),
        ({"data": {"status_code": 503}}, {"status_code": 503, "code": "HTTP_503", "retryable": True}),
        ({"data": {"status": "429"}}, {"status_code": 429, "code": "HTTP_429", "retryable": True}),
        ({"data": {"status_code": 0, "status": 500}}, {"status_code": 500, "code": "HTTP_500", "retryable": True}),
        ({"status_code": 500, "retryable": False}, {"status_code": 500, "code": "HTTP_500"}),
        ({"retryable": "no"}, {"retryable": True}),
        ({"status_code": 404, "code": "MINE"}, {"status_code": 404, "code": "MINE"}),
        ({"error_kind": "auth"}, {"kind": "auth"}),
    ],
)
def test_error_of_a_result(result: dict[str, Any], expected: dict[str, Any]) -> None:
    assert error_of({"status": "error", **result}, "before") == {
        **ERROR,
        "message": "Tool returned error status",
        **expected,
    }


@pytest.mark.parametrize(
    "text",
    [
        "Reference not found",
        "result_ref missing",
        "noetl://a/b does not exist",
        "artifact: KeyError",
        "data_reference FileNotFoundError",
        "the _ref: no message found",
        {"reference": "missing"},
    ],
)
def test_a_missing_reference_is_recognised(text: Any) -> None:
    assert is_missing_reference(text)


@pytest.mark.parametrize(
    "text",
    [
        "refresh token missing",
        "preference not found",
        "my_reference missing",
        "artifacts missing",
        "reference stale",
        "",
        None,
    ],
)
def test_other_texts_are_no_missing_reference(text: Any) -> None:
    assert not is_missing_reference(text)


def test_recovery_from_a_missing_reference_in_a_result() -> None:
    missing = {
        "kind": "missing_reference",
        "retryable": True,
        "code": "REFERENCE_NOT_AVAILABLE",
        "status_code": 404,
        "message": "reference not found",
    }
    result = {"status": "error", "error": "reference not found", "status_code": 404, "error_kind": "mine"}

    assert error_of(result, "fetch") == {**missing, "recovery": {"do": "jump", "to": "fetch"}}
    assert error_of(result, None) == missing


def test_recovery_from_a_missing_reference_in_an_exception() -> None:
    missing = {
        "kind": "unknown",
        "retryable": True,
        "code": "REFERENCE_NOT_AVAILABLE",
        "message": "reference missing",
        "source": "python",
    }

    assert classify(ValueError("reference missing"), "python", "fetch") == {
        **missing,
        "details": {"recovery": {"do": "jump", "to": "fetch"}},
    }
    assert classify(ValueError("reference missing"), "python", None) == missing


class JSONDecodeError(Exception):
    """Only its name counts."""


class Refused(Exception):
    pgcode = "23505"


@pytest.mark.parametrize(
    ("tool_kind", "error", "kind", "retryable", "code"),
    [
        ("http", OSError("Connection refused"), "connection", True, "CONN_REFUSED"),
        ("http", OSError("read timeout"), "timeout", True, "CONN_TIMEOUT"),
        ("http", OSError("DNS failure"), "connection", True, "DNS_ERROR"),
        ("http", OSError("cannot resolve host"), "connection", True, "DNS_ERROR"),
        ("http", ValueError("boom"), "connection", True, "CONN_ERROR"),
        ("postgres", Exception("deadlock detected"), "db_deadlock", True, "PG_UNKNOWN"),
        ("postgres", Exception("duplicate key"), "db_constraint", False, "PG_UNKNOWN"),
        ("postgres", Exception("connection lost"), "db_connection", True, "PG_UNKNOWN"),
        ("postgres", Exception("statement timeout"), "db_timeout", True, "PG_UNKNOWN"),
        ("postgres", Exception("syntax"), "unknown", False, "PG_UNKNOWN"),
        ("python", ValueError("boom"), "schema", False, "PY_ValueError"),
        ("python", KeyError("k"), "schema", False, "PY_KeyError"),
        ("python", TimeoutError(), "unknown", False, "PY_TimeoutError"),
        ("python", TimeoutError("a timeout"), "timeout", True, "PY_TIMEOUT"),
        ("python", ValueError("bad json"), "parse", False, "PY_ValueError"),
        ("python", JSONDecodeError("x"), "parse", False, "PY_JSONDecodeError"),
        ("gcs", Exception("quota"), "storage_quota", False, "STORAGE_QUOTA"),
        ("s3", Exception("forbidden"), "storage_access", False, "STORAGE_ACCESS"),
        ("s3", Exception("timeout"), "timeout", True, "STORAGE_TIMEOUT"),
        ("gcs", Exception("connection"), "connection", True, "STORAGE_CONN"),
        ("gcs", Exception("boom"), "unknown", True, "STORAGE_ERROR"),
        ("shell", ValueError("timeout"), "unknown", False, "UNKNOWN"),
    ],
)
def test_exceptions_by_tool_kind(tool_kind: str, error: Exception, kind: str, retryable: bool, code: str) -> None:
    expected = {"kind": kind, "retryable": retryable, "code": code, "message": str(error), "source": tool_kind}
    if tool_kind == "python":
        expected["exception_type"] = type(error).__name__

    assert classify(error, tool_kind, "before") == expected


def test_a_postgres_code_counts_where_there_is_one() -> None:
    assert classify(Refused("no"), "postgres", None) == {
        "kind": "db_constraint",
        "retryable": False,
        "code": "PG_23505",
        "message": "no",
        "source": "postgres",
        "pg_code": "23505",
    }


async def test_a_kind_that_is_no_text_cannot_be_classified() -> None:
    answer = await answer_sequence(
        {
            "tasks": [{"name": "a", "kind": None}],
            "tools": {"a": [{"raise": {"type": "OSError", "message": "boom"}}]},
        }
    )

    assert answer["error"]["type"] == "ValidationError"
    assert answer["error"]["message"].startswith("1 validation error for ErrorInfo\nsource\n")


async def test_an_outcome_that_cannot_be_built_is_an_error_of_the_task() -> None:
    """`²` passes for a digit and is no number."""
    answer = await answer_sequence({"tasks": [{"name": "a", "kind": "http"}], "tools": {"a": [{"status": "²"}]}})

    assert answer["result"]["status"] == "failed"
    assert answer["result"]["results"] == {}
    assert answer["result"]["error"]["code"] == "CONN_ERROR"
