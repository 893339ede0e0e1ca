"""The common form of a tool's data: the pools' names fall together, values never do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.shapes import common

KEYS = [
    "body",
    "data",
    "url",
    "elapsed",
    "status_code",
    "affected_rows",
    "row_count",
    "status",
    "exit_code",
    "returncode",
]


@pytest.mark.parametrize(
    ("kind", "python", "rust"),
    [
        (
            "http",
            {"status_code": 200, "headers": {}, "url": "http://x", "elapsed": 0.1, "data": {"a": 1}},
            {"status_code": 200, "headers": {}, "body": {"a": 1}},
        ),
        ("http", {"status_code": 200, "data": {"a": 1}}, {"status_code": 200, "data": {"a": 1}, "body": {"a": 1}}),
        (
            "postgres",
            {"rows": [{"a": 1}], "columns": ["a"], "row_count": 1, "status": "success", "statement_count": 1},
            {"rows": [{"a": 1}], "columns": ["a"], "row_count": 1},
        ),
        ("postgres", {"row_count": -1, "status": "success", "message": "done"}, {"affected_rows": 0}),
        (
            "shell",
            {"stdout": "x", "stderr": "", "returncode": 0, "duration_ms": 3},
            {"stdout": "x", "stderr": "", "exit_code": 0},
        ),
    ],
)
def test_the_shapes_on_record_fall_together(kind: str, python: dict[str, Any], rust: dict[str, Any]) -> None:
    assert common(kind, python, rust) == common(kind, rust, python)


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("http", {"status_code": 200, "data": {"a": 1}}, {"status_code": 200, "body": {"a": 2}}),
        ("http", {"status_code": 200}, {"status_code": 201}),
        ("postgres", {"row_count": 2}, {"affected_rows": 3}),
        ("postgres", {"row_count": -1}, {"affected_rows": 1}),
        ("postgres", {"row_count": 1, "status": "success"}, {"row_count": 1, "status": "error"}),
        ("shell", {"returncode": 0}, {"exit_code": 1}),
        ("http", {"status_code": 200, "data": 1, "body": 1}, {"status_code": 200, "data": 1, "body": 2}),
        ("http", {"url": "http://x/a", "body": 1}, {"url": "http://x/b", "body": 1}),
        ("postgres", {"row_count": 1, "message": "one"}, {"row_count": 1, "message": "two"}),
        ("python", {"row_count": -1}, {"row_count": 0}),
    ],
)
def test_other_values_stay_apart(kind: str, left: dict[str, Any], right: dict[str, Any]) -> None:
    assert common(kind, left, right) != common(kind, right, left)


def test_two_values_under_two_names_both_stay() -> None:
    assert common("postgres", {"row_count": 2, "affected_rows": 3}, {}) == {"row_count": 2, "affected_rows": 3}


DATA = st.dictionaries(st.sampled_from(KEYS), st.integers())


@given(st.sampled_from(["http", "postgres", "shell", "python"]), DATA, DATA)
def test_twice_is_once(kind: str, data: dict[str, int], other: dict[str, int]) -> None:
    once = common(kind, data, other)
    assert common(kind, once, other) == once


def test_what_is_no_object_is_left_alone() -> None:
    assert common("http", ["a"], {}) == ["a"]
