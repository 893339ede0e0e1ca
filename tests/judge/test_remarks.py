"""What is said of two envelopes of one call: outcome first, then errors, then data, each cause once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.files.rules import load_fingerprints
from harness.judge.envelopes import Comparison, Remark, compare
from harness.judge.normalise import Action, Rule
from harness.judge.paths import RulePath
from harness.model.envelope import CallError, CallKey, Envelope, OutcomeClass
from harness.model.finding import Weight
from harness.model.noise import Kind, Spot

KNOWN = load_fingerprints()
KEY = CallKey("suite/example", "fetch_page", -1, 1)
OK, ERROR, MASKED, NONE = OutcomeClass.OK, OutcomeClass.ERROR, OutcomeClass.MASKED, OutcomeClass.NONE
BOOM = CallError("other", "boom 7")


def envelope(outcome: OutcomeClass = OK, data: Any = None, error: CallError | None = None, **changes: Any) -> Envelope:
    return Envelope(KEY, changes.pop("kind", "python"), outcome, data, error, **changes)


def said(reference: Envelope, candidate: Envelope, *rules: Rule) -> Comparison:
    return compare(reference, candidate, rules, KNOWN)


def only(reference: Envelope, candidate: Envelope, *rules: Rule) -> Remark:
    (remark,) = said(reference, candidate, *rules).remarks
    return remark


# outcomes


@pytest.mark.parametrize(
    ("left", "right", "fingerprint"),
    [
        ((OK, None), (ERROR, BOOM), "boom <n>"),
        ((OK, None), (ERROR, None), "python without an error"),
        ((OK, None), (MASKED, BOOM), "boom <n> (masked as call.done)"),
        ((ERROR, BOOM), (OK, None), "python: no error where the reference says boom <n>"),
        ((MASKED, BOOM), (OK, None), "python: no error where the reference says boom <n>"),
        ((ERROR, BOOM), (MASKED, BOOM), "python: error masked as call.done"),
        ((MASKED, BOOM), (ERROR, BOOM), "python: error not masked as call.done"),
        ((OK, None), (ERROR, CallError("x", "fetch_page broke")), "<step> broke"),
        ((OK, None), (ERROR, CallError("x", "Tool not found: a_b")), "Tool not found: a_b"),
        (
            (ERROR, CallError("x", "Tool not found: a_b")),
            (OK, None),
            "python: no error where the reference says Tool not found: a_b",
        ),
    ],
)
def test_another_outcome_is_named_by_its_error(left: Any, right: Any, fingerprint: str) -> None:
    remark = only(envelope(left[0], error=left[1]), envelope(right[0], error=right[1]))
    assert remark.fingerprint == fingerprint
    assert (remark.weight, remark.outcome, remark.pointer) == (Weight.DIVERGES, True, None)
    assert remark.message == f"python ended {right[0]} where the reference ended {left[0]}"


def test_another_outcome_shows_both_sides() -> None:
    error = CallError("sql", " boom \n", "42P01", 500)
    assert only(envelope(OK), envelope(ERROR, error=error)).evidence == (
        "reference: ok",
        "candidate: error: boom [sql, SQLSTATE 42P01, HTTP 500]",
    )
    assert only(envelope(ERROR, error=CallError("other", "x", None, 0)), envelope(OK)).evidence == (
        "reference: error: x [other, HTTP 0]",
        "candidate: ok",
    )


@pytest.mark.parametrize(("left", "right"), [(NONE, OK), (OK, NONE), (NONE, ERROR), (NONE, NONE)])
def test_an_open_call_is_not_compared(left: OutcomeClass, right: OutcomeClass) -> None:
    assert said(envelope(left), envelope(right)) == Comparison(())


# errors


def test_the_same_error_in_other_words_is_equivalent() -> None:
    left, right = CallError("connection", "refused"), CallError("connection", "no way", None, None)
    assert only(envelope(ERROR, error=left), envelope(ERROR, error=right)) == Remark(
        "python: another text for the error connection",
        "the same error in other words",
        Weight.EQUIVALENT,
        None,
        ("reference: refused [connection]", "candidate: no way [connection]"),
    )


def test_another_error_names_both() -> None:
    left, right = CallError("connection", "refused"), CallError("timeout", "timed out")
    assert only(envelope(ERROR, error=left), envelope(ERROR, error=right)) == Remark(
        "timed out where the reference says refused",
        "python failed with another error",
        Weight.DIVERGES,
        None,
        ("reference: refused [connection]", "candidate: timed out [timeout]"),
        True,
    )


@pytest.mark.parametrize(
    ("left", "right", "fingerprint"),
    [
        ("42P01", None, "db error (no SQLSTATE)"),
        (None, "42P01", "db error where the reference says no table"),
        ("42P01", "42601", "db error where the reference says no table"),
    ],
)
def test_a_lost_sqlstate_is_a_cause_of_its_own(left: str | None, right: str | None, fingerprint: str) -> None:
    errors = CallError("sql", "no table", left), CallError("sql", "db error", right)
    assert only(*(envelope(ERROR, error=error) for error in errors)).fingerprint == fingerprint


def test_equal_or_missing_errors_say_nothing() -> None:
    assert said(envelope(ERROR, error=BOOM), envelope(ERROR, error=BOOM)).remarks == ()
    assert said(envelope(ERROR, error=BOOM), envelope(ERROR)).remarks == ()
    assert said(envelope(ERROR), envelope(ERROR, error=BOOM)).remarks == ()


def test_data_beside_a_hidden_error_is_compared_and_beside_an_open_one_is_not() -> None:
    def sides(outcome: OutcomeClass) -> tuple[Envelope, Envelope]:
        return envelope(outcome, {"v": 1}, BOOM), envelope(outcome, {"v": 2}, BOOM)

    assert [one.fingerprint for one in said(*sides(MASKED)).remarks] == ["python data at /v has another value"]
    assert said(*sides(ERROR)).remarks == ()


# data


@pytest.mark.parametrize(
    ("left", "right", "fingerprint", "where"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "python data at /a/b has another value", "/a/b"),
        ({"a": 1, "b": 2}, {"a": "1", "b": 2}, "python data at /a is string, not integer", "/a"),
        ({"a": [1], "b": 2}, {"a": [1, 2], "b": 2}, "python data at /a has another length", "/a"),
        ({"a": {"x": 1}}, {"a": {"z": 1, "y": 2}}, "python result at /a is {y, z}", "/a"),
        ({"x": 1}, {"z": 1, "y": 2}, "python result is {y, z}", ""),
        ([1], [2], "python data at /* has another value", "/0"),
        (1, 2, "python data has another value", ""),
        (None, {}, "python data is object, not null", ""),
        ({"a": 1, "b": 2}, {"a": 1}, "python data lacks /b", "/b"),
        ({"a": 1}, {"a": 1, "b": 2}, "python data has /b", "/b"),
        ({"a": 1, "c": 2, "b": 2}, {"a": 1, "e": 3, "d": 4}, "python data lacks /b, /c; has /d, /e", "/c"),
    ],
)
def test_each_difference_of_data_has_its_words(left: Any, right: Any, fingerprint: str, where: str) -> None:
    remark = only(envelope(data=left), envelope(data=right))
    assert (remark.fingerprint, remark.pointer, remark.weight) == (fingerprint, where, Weight.DIVERGES)
    assert remark.outcome is False


def test_items_with_one_difference_are_one_remark_with_all_places() -> None:
    left, right = ({"rows": [{"a": n + m} for n in range(3)]} for m in (0, 10))
    assert only(envelope(data=left), envelope(data=right)) == Remark(
        "python data at /rows/*/a has another value",
        "python data differs",
        Weight.DIVERGES,
        "/rows/0/a",
        tuple(f"/rows/{n}/a: reference {n}, candidate {n + 10}" for n in range(3)),
        spots=tuple(Spot("", f"/rows/{n}/a", Kind.VALUE) for n in range(3)),
    )


def test_keys_are_one_remark_before_the_values() -> None:
    found = said(envelope(data={"a": 1, "b": 2, "c": 3}), envelope(data={"a": 5, "d": 4, "c": "3"})).remarks
    assert found == (
        Remark(
            "python data lacks /b; has /d",
            "python data has other keys",
            Weight.DIVERGES,
            "/b",
            ("/b: reference 2, candidate nothing", "/d: reference nothing, candidate 4"),
            spots=(Spot("", "/b", Kind.MISSING), Spot("", "/d", Kind.MISSING)),
        ),
        Remark(
            "python data at /a has another value",
            "python data differs",
            Weight.DIVERGES,
            "/a",
            ("/a: reference 1, candidate 5",),
            spots=(Spot("", "/a", Kind.VALUE),),
        ),
        Remark(
            "python data at /c is string, not integer",
            "python data differs",
            Weight.DIVERGES,
            "/c",
            ('/c: reference 3, candidate "3"',),
            spots=(Spot("", "/c", Kind.TYPE),),
        ),
    )


def test_rules_are_those_of_the_tool_kind_on_both_sides() -> None:
    http, shell = (Rule(RulePath.parse("$.n"), Action.DROP, "x", tool=kind) for kind in ("http", "shell"))
    left, right = (envelope(data={"n": n, "m": 1}, kind="http") for n in (1, 2))
    assert said(left, right, http).remarks == ()
    assert len(said(left, right, shell).remarks) == 1


def test_shapes_are_made_alike_with_the_other_side_in_view() -> None:
    left = envelope(data={"status_code": 200, "url": "http://x", "data": 1}, kind="http")
    right = envelope(data={"status_code": 200, "body": 1}, kind="http")
    assert said(left, right).remarks == said(right, left).remarks == ()
    moved = envelope(data={"status_code": 200, "url": "http://y", "data": 1}, kind="http")
    assert only(left, moved).fingerprint == "http data at /url has another value"


# where one side carries less


def test_a_side_that_carries_less_decides_what_is_compared() -> None:
    rich = envelope(data={"n": 1, "one": {"scalar": 2, "deep": {"x": 1}}, "items": [1]})
    poor = envelope(data={"n": 1, "one": {"scalar": 2}}, lossy=True)
    for left, right in ((poor, rich), (rich, poor)):
        assert said(left, right) == Comparison((), ("/one/deep", "/items"))
    other = envelope(data={"n": 3, "one": {"scalar": 2}}, lossy=True)
    assert only(rich, other).fingerprint == only(other, rich).fingerprint == "python data at /n has another value"


@pytest.mark.parametrize("data", [[1, 2], "text", 7])
def test_a_result_that_is_no_object_is_in_no_python_event(data: Any) -> None:
    for left, right in (
        (envelope(data={}, lossy=True), envelope(data=data)),
        (envelope(data=data), envelope(lossy=True, data={})),
    ):
        assert said(left, right) == Comparison((), ("the whole result",))


def test_row_sets_that_the_poorer_side_has_are_taken_from_the_other_as_they_are() -> None:
    rows = {"row_count": 1, "rows": [{"a": [1]}]}
    poor, rich = envelope(data=rows, kind="postgres", lossy=True), envelope(data=rows, kind="postgres")
    for left, right in ((poor, rich), (rich, poor)):
        assert said(left, right) == Comparison(())
    other = envelope(data={**rows, "rows": [{"a": [2]}]}, kind="postgres")
    assert only(poor, other).pointer == only(other, poor).pointer == "/rows/0/a/0"


def test_two_lossy_sides_are_compared_as_they_are() -> None:
    left, right = (envelope(data={"v": n}, lossy=True) for n in (1, 2))
    assert only(left, right).pointer == "/v"


def test_a_reference_without_anything_against_data_is_another_shape() -> None:
    remark = only(envelope(data={}, lossy=True), envelope(data={"stdout": "x"}))
    assert (remark.fingerprint, remark.pointer) == ("python result is {stdout}", "")
    assert remark.evidence == ('the whole: reference {}, candidate {"stdout": "x"}',)
    assert only(envelope(data={}), envelope(data={"v": 1})).fingerprint == "python data has /v"


# what was not read


@pytest.mark.parametrize("form", [{"sha256": "ab"}, {"meta": {"sha256": "ab"}}, {"meta": None, "sha256": "ab"}])
def test_only_a_digest_makes_two_results_equal_that_were_not_read(form: dict[str, Any]) -> None:
    same, bare = envelope(reference=form), envelope(reference={"ref": "noetl://x"})
    assert said(same, same) == Comparison(())
    for left, right in ((same, bare), (bare, same), (bare, bare), (same, envelope(reference={"sha256": "cd"}))):
        remark = only(left, right)
        assert (remark.weight, remark.fingerprint) == (
            Weight.UNKNOWN,
            "python result is stored outside the event and was not read",
        )
        assert remark.message == remark.fingerprint
    assert only(same, bare).evidence == (
        f"reference: {json.dumps(form)}",
        'candidate: {"ref": "noetl://x"}',
    )
    assert said(same, envelope(data={"v": 1})).remarks
