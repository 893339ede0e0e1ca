"""Comparing values: nothing between equal things, every difference once, at its place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from builders import Step, candidate, fingerprints, pair, reference
from hypothesis import given
from hypothesis import strategies as st

from harness.files.rules import load_fingerprints, load_rules
from harness.judge.compare import differences
from harness.judge.errors import classify, equivalent
from harness.judge.fingerprints import named
from harness.judge.masks import masked
from harness.judge.normalise import PROTECTED, Action, Rule, normalise
from harness.judge.paths import RulePath, pointer
from harness.judge.unwrap import carried
from harness.model.evidence import Evidence, Stored
from harness.model.finding import Weight
from harness.model.noise import Kind
from harness.model.suite import Terminal
from harness.model.verdict import PairVerdict

KNOWN = load_fingerprints()
RULES = load_rules()

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
KEYS = st.text("abc/~", min_size=1, max_size=3)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


@given(VALUES)
def test_equal_things_have_no_difference(value: Any) -> None:
    assert list(differences(value, copy.deepcopy(value))) == []


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _places(child, (*path, key))
    if isinstance(value, list):
        for index, child in enumerate(value):
            yield from _places(child, (*path, index))


def _with(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = _with(value[path[0]], path[1:], new)
    return changed


@given(VALUES, st.data())
def test_one_changed_value_is_one_difference_at_its_pointer(value: Any, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(_places(value))))
    changed = _with(value, path, "longer than any text that is drawn")
    (found,) = differences(value, changed)
    assert found.pointer == pointer(*path)


@given(VALUES, st.data())
def test_one_removed_key_is_one_difference_at_its_pointer(value: Any, data: st.DataObject) -> None:
    keyed = [path for path in _places(value) if path and isinstance(path[-1], str)]
    if not keyed:
        return
    path = data.draw(st.sampled_from(keyed))
    parent = value
    for part in path[:-1]:
        parent = parent[part]
    changed = _with(value, path[:-1], {key: child for key, child in parent.items() if key != path[-1]})
    (missing,) = differences(value, changed)
    (extra,) = differences(changed, value)
    assert (missing.kind, missing.pointer) == (Kind.MISSING, pointer(*path))
    assert (extra.kind, extra.pointer) == (Kind.EXTRA, pointer(*path))


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (True, 1, Kind.TYPE),
        (1, 1.0, Kind.TYPE),
        (None, "", Kind.TYPE),
        ("1", 1, Kind.TYPE),
        (1, 2, Kind.VALUE),
        ([1], [1, 2], Kind.LENGTH),
        ({"a": 1}, {"b": 1}, Kind.SHAPE),
        ({"a": None}, {}, Kind.MISSING),
    ],
)
def test_types_count(one: Any, other: Any, kind: Kind) -> None:
    assert [found.kind for found in differences(one, other)] == [kind]


def test_a_pointer_is_escaped() -> None:
    assert pointer("a/b", "c~d", 0) == "/a~1b/c~0d/0"


# normalising


@given(VALUES)
def test_normalising_twice_changes_nothing_more(value: Any) -> None:
    rules = (*RULES, Rule(RulePath.parse("$..a"), Action.TOLERANCE, "x", tolerance=0.5))
    rules = (*rules, Rule(RulePath.parse("$.b"), Action.UNORDERED, "x"))
    once = normalise(value, "http", rules)
    assert normalise(once, "http", rules) == once


@pytest.mark.parametrize("name", sorted(PROTECTED))
@pytest.mark.parametrize("form", ["$.{}", "$..{}", "$.data.{}", "$.rows[*].{}"])
@pytest.mark.parametrize("action", list(Action))
def test_no_rule_can_name_what_is_protected(name: str, form: str, action: Action) -> None:
    with pytest.raises(ValueError, match="protected"):
        Rule(RulePath.parse(form.format(name)), action, "x", tolerance=1.0 if action is Action.TOLERANCE else 0.0)


@pytest.mark.parametrize("path", ["$", "$.*", "$.rows[*]"])
def test_no_rule_can_name_everything(path: str) -> None:
    with pytest.raises(ValueError, match="protected"):
        Rule(RulePath.parse(path), Action.DROP, "x")


def test_a_tolerance_compares_by_distance_and_only_there() -> None:
    rules = [Rule(RulePath.parse("$.share"), Action.TOLERANCE, "measured", tolerance=0.1)]
    near, far = ({"share": 0.95, "n": 1}, {"share": 1, "n": 1}), ({"share": 0.8}, {"share": 1})
    assert list(differences(*(normalise(one, "python", rules) for one in near))) == []
    assert len(list(differences(*(normalise(one, "python", rules) for one in far)))) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a", "b", True),
        (1, "b", True),
        ("a", None, False),
        ("a", "", False),
        ("a", False, False),
        (True, False, False),
        ("a", {"deep": 1}, False),
        ([1], {"deep": 1}, False),
        ({"x": 1}, {"y": 1}, True),
    ],
)
def test_a_canonical_id_stands_for_values_of_its_own_kind(one: Any, other: Any, same: bool) -> None:
    rules = [Rule(RulePath.parse("$..id"), Action.CANONICAL_ID, "x")]
    left, right = (normalise({"rows": [{"id": value}]}, "python", rules) for value in (one, other))
    assert (list(differences(left, right)) == []) is same


def test_a_rule_of_another_tool_is_not_applied() -> None:
    rules = [Rule(RulePath.parse("$.headers"), Action.DROP, "x", tool="http")]
    assert normalise({"headers": 1}, "python", rules) == {"headers": 1}


def test_the_shipped_rules_leave_every_protected_name() -> None:
    data = dict.fromkeys(PROTECTED, "kept")
    for kind in ("http", "postgres", "python", "playbook", "task_sequence"):
        assert normalise(data, kind, RULES) == data


# what Python events carry


@given(VALUES)
def test_carrying_twice_changes_nothing_more(value: Any) -> None:
    once = carried(value)
    assert value is None or carried(once) == once


def test_lists_and_deep_values_are_neither_equal_nor_different() -> None:
    left = Step("start", {"n": 1, "one": {"scalar": 2}})
    right = Step("start", {"n": 1, "one": {"scalar": 2, "deep": {"x": 1}}, "items": [1, 2]})
    one = pair(reference(left), candidate(right))
    assert one.verdict is PairVerdict.SAME_PASS
    assert one.notes == ("start: lists and nested values are not in Python events: /one/deep, /items",)


def test_a_scalar_that_python_would_have_carried_is_missed() -> None:
    one = pair(reference(Step("start", {"n": 1})), candidate(Step("start", {"n": 1, "m": 2})))
    assert fingerprints(one) == ["python data has /m"]


def test_small_row_sets_are_in_python_events_and_are_compared() -> None:
    rows = {"rows": [{"a": 1}], "columns": ["a"], "row_count": 1}
    other = {**rows, "rows": [{"a": 2}]}
    select = Step("select", rows, kind="postgres")
    assert pair(reference(select), candidate(select)).verdict is PairVerdict.SAME_PASS
    found = pair(reference(select), candidate(Step("select", other, kind="postgres")))
    assert fingerprints(found) == ["postgres data at /rows/*/a has another value"]
    assert [one.pointer for one in found.findings if one.pointer] == ["/rows/0/a"]


def test_row_counts_are_compared_though_the_pools_spell_them_differently() -> None:
    left = Step("insert", {"row_count": 2}, kind="postgres")
    same = pair(reference(left), candidate(Step("insert", {"affected_rows": 2, "row_count": 2}, kind="postgres")))
    assert fingerprints(same) == ["postgres data has /affected_rows"]
    ddl = reference(Step("create", {"row_count": -1}, kind="postgres"))
    created = candidate(Step("create", {"affected_rows": 0}, kind="postgres"))
    assert pair(ddl, created).verdict is PairVerdict.SAME_PASS
    other = Step("insert", {"affected_rows": 3}, kind="postgres")
    assert "postgres data at /row_count has another value" in fingerprints(pair(reference(left), candidate(other)))


def test_a_python_tool_that_captures_stdout_is_one_cause_whatever_was_expected() -> None:
    captured = {"stdout": "", "stderr": ""}
    for expected in ({"v": 1}, {"taken": "big", "n": 2}, {}):
        one = pair(reference(Step("start", expected)), candidate(Step("start", captured)))
        assert fingerprints(one) == ["python result is {stderr, stdout}"]


REF = "noetl://execution/7/result/start/0badcafe"


def elsewhere(evidence: Evidence, *documents: Stored, address: str = "ref", **meta: str) -> Evidence:
    """The same leg with its results outside the events."""
    result = {"status": "COMPLETED", "reference": {address: REF, "meta": meta}}
    events = [replace(one, result=result) if one.event_type == "call.done" else one for one in evidence.events]
    return replace(evidence, events=tuple(events), stored=documents)


def test_results_stored_elsewhere_and_not_read_are_never_called_equal() -> None:
    legs = reference(Step("start", {})), candidate(Step("start", {}))
    assert pair(*(elsewhere(one) for one in legs)).verdict is PairVerdict.INDETERMINATE
    assert pair(*(elsewhere(one, sha256="ab") for one in legs)).verdict is PairVerdict.SAME_PASS
    gone = pair(legs[0], elsewhere(legs[1], Stored(REF, problem="HTTP 404: gone")))
    assert gone.verdict is PairVerdict.INDETERMINATE
    assert fingerprints(gone, "unknown") == ["python result is stored outside the event and was not read"]
    assert "HTTP 404: gone" in gone.findings[0].evidence[0]


OUTCOME = {"status": "success", "data": {"v": 1, "list": [1, 2]}, "duration_ms": 3}


def test_where_a_result_lies_is_no_difference() -> None:
    """Rust stores its whole outcome, Python the tool's own data, under another name for the address."""
    inline = reference(Step("start", {"v": 1})), candidate(Step("start", OUTCOME["data"]))
    stored = (
        elsewhere(inline[0], Stored(REF, OUTCOME["data"]), address="locator"),
        elsewhere(inline[1], Stored(REF, OUTCOME)),
    )
    for left in (inline[0], stored[0]):
        for right in (inline[1], stored[1]):
            assert pair(left, right).verdict is PairVerdict.SAME_PASS


def test_what_differs_in_a_stored_result_is_found_at_its_place() -> None:
    other = {**OUTCOME, "data": {"v": 1, "list": [1, 3]}}
    python = elsewhere(reference(Step("start", {})), Stored(REF, OUTCOME["data"]), address="locator")
    found = pair(python, elsewhere(candidate(Step("start", None)), Stored(REF, other)))
    assert fingerprints(found) == ["python data at /list/* has another value"]
    assert found.findings[0].pointer == "/list/1"


def test_the_rows_of_a_long_postgres_result_lie_alone() -> None:
    """Their number stays in the Python event, their columns are lost."""
    rows = [{"a": number} for number in range(20)]
    rust = candidate(Step("start", {"columns": ["a"], "rows": rows, "row_count": 20}, kind="postgres"))
    python = reference(Step("start", kind="postgres"))

    def stored(found: list[dict[str, int]]) -> Evidence:
        result = {"status": "COMPLETED", "reference": {"ref": REF}, "context": {"row_count": 20}}
        events = [replace(one, result=result) if one.event_type == "call.done" else one for one in python.events]
        return replace(python, events=tuple(events), stored=(Stored(REF, found),))

    assert pair(stored(rows), rust).verdict is PairVerdict.SAME_PASS
    other = pair(stored([*rows[:19], {"a": 7}]), rust)
    assert fingerprints(other) == ["postgres data at /rows/*/a has another value"]
    assert other.findings[0].pointer == "/rows/19/a"


def test_an_error_inside_a_stored_result_is_seen() -> None:
    failed = {"status": "error", "error": "boom", "data": {"v": 1}}
    found = pair(reference(Step("start", {"v": 1})), elsewhere(candidate(Step("start")), Stored(REF, failed)))
    assert fingerprints(found) == ["boom (masked as call.done)"]


def test_what_is_too_long_for_a_python_event_is_not_known_to_be_absent() -> None:
    """The server leaves out the whole context then."""
    long = {"v": 1, "text": 102_400 * "x"}
    one = pair(reference(Step("start", {})), candidate(Step("start", long)))
    assert one.verdict is PairVerdict.SAME_PASS
    assert one.notes == ("start: lists and nested values are not in Python events: the whole result",)
    assert pair(reference(Step("start", {"v": 2})), candidate(Step("start", long))).verdict is PairVerdict.DIVERGED
    rows = {"row_count": 1, "rows": [{"text": 102_400 * "x"}]}
    wide = candidate(Step("start", rows, kind="postgres"))
    assert pair(reference(Step("start", {}, kind="postgres")), wide).verdict is PairVerdict.SAME_PASS
    short = {"v": 1, "text": 102_000 * "x"}
    assert pair(reference(Step("start", {})), candidate(Step("start", short))).verdict is PairVerdict.DIVERGED


def test_the_random_end_of_an_address_says_nothing() -> None:
    legs = [
        make(Step("start", {"at": f"noetl://execution/9/result/big/{end}"}))
        for make, end in ((reference, "0badcafe"), (candidate, "deadbeef"))
    ]
    assert pair(*legs).verdict is PairVerdict.SAME_PASS
    other = candidate(Step("start", {"at": "noetl://execution/9/result/small/0badcafe"}))
    assert pair(legs[0], other).verdict is PairVerdict.DIVERGED


# addresses and ids


def test_addresses_and_ids_of_a_lane_are_replaced_in_strings() -> None:
    def echo(url: str, evidence: Any) -> Any:
        return evidence(Step("start", {"url": f"{url}/x"}), addresses=((url, "<test_server_url>"),))

    assert pair(echo("http://127.0.0.1:1", reference), echo("http://127.0.0.1:2", candidate)).verdict is (
        PairVerdict.SAME_PASS
    )
    other = candidate(Step("start", {"url": "http://127.0.0.1:2/y"}), addresses=(("http://127.0.0.1:2", "<t>"),))
    assert pair(echo("http://127.0.0.1:1", reference), other).verdict is PairVerdict.DIVERGED


# errors


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("gateway", "Tool kind 'gateway' not implemented", "Tool not found: gateway", True),
        (
            "postgres",
            "Postgres auth resolution failed. Ensure `auth` points to a valid postgres credential.",
            "Credential alias 'x' not found in keychain (server returned 404 for /api/credentials/x)",
            True,
        ),
        ("postgres", 'command_0: relation "x" does not exist', "db error: ERROR: no (SQLSTATE 42P01)", True),
        ("postgres", 'command_0: relation "x" does not exist', "db error: ERROR: no (SQLSTATE 42601)", False),
        ("postgres", 'command_0: relation "x" does not exist', "Database error: Execute failed: db error", False),
        ("http", "HTTP 500 response", "Tool returned error HTTP_500", True),
        ("http", "HTTP 500 response", "HTTP 404 response", False),
        ("http", "Request error: All connection attempts failed", "HTTP error: error sending request for url", True),
        ("shell", "one thing 12", "one thing 34", True),
        ("shell", "Command exited with code 1", "Command exited with code 2", False),
        ("shell", "exit code: 1", "exited with status 1", False),
        ("python", "no", "Python script exited with code 1", True),
        ("python", "KeyError: 'a'", "KeyError: 'b'", True),
        ("python", "division by nothing", "no such key", False),
        ("python", "Python script exited with code 1", "Python script exited with code 137", False),
        ("shell", "one thing", "another thing", False),
    ],
)
def test_errors_are_equivalent_by_class(kind: str, one: str, other: str, same: bool) -> None:
    assert equivalent(classify(one, kind), classify(other, kind)) is same


def test_a_masked_text_has_no_names_and_no_numbers() -> None:
    assert masked('command_0: relation "t" does not exist\nLINE 1') == 'command_<n>: relation "..." does not exist'


@pytest.mark.parametrize("text", ["exited with code 137", "HTTP 404 response", "Tool returned HTTP_500", "status 503"])
def test_numbers_that_say_how_something_ended_stay(text: str) -> None:
    assert masked(text) == text


def test_sql_errors_that_hide_their_code_are_one_cause() -> None:
    for text in ('relation "x" does not exist', "division by zero"):
        left = reference(Step("start", kind="postgres", error=text), terminal="failed")
        right = candidate(Step("start", kind="postgres", error="Query failed: db error"), terminal="failed")
        assert fingerprints(pair(left, right, expect=Terminal.FAILED)) == ["Query failed: db error (no SQLSTATE)"]


def test_another_text_for_the_same_error_is_equivalent() -> None:
    left = Step("start", kind="gateway", error="Tool kind 'gateway' not implemented")
    right = Step("start", kind="gateway", error="Tool not found: gateway")
    one = pair(reference(left, terminal="failed"), candidate(right, terminal="failed"), expect=Terminal.FAILED)
    assert one.verdict is PairVerdict.EQUIVALENT_ERROR
    assert one.standing == "expected"
    assert Weight.EQUIVALENT in {found.weight for found in one.findings}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('error=invalid type: string "pg_local", expected struct AuthConfig', "expected struct AuthConfig"),
        ("error=Tool not found: task_sequence", "Tool not found: task_sequence"),
        ("error=Credential alias 'x' not found in keychain (server", "Credential alias '...' not found in keychain"),
        ("looking up credential alias 'x' in keychain", "looking up credential alias '...' in keychain"),
        ("all is well", None),
    ],
)
def test_shipped_fingerprints(text: str, expected: str | None) -> None:
    assert named(text, KNOWN) == expected


def test_a_value_that_is_secret_by_its_name_is_never_shown() -> None:
    left = reference(Step("start", {"db_password": "hunter2", "nested": {"api_key": "hunter2"}}))
    right = candidate(Step("start", {"db_password": "[REDACTED]", "nested": {"api_key": "other"}}))
    found = pair(left, right).findings
    assert {one.pointer for one in found} - {None} == {"/db_password", "/nested/api_key"}
    assert "hunter2" not in repr([one.evidence for one in found])
    whole = pair(reference(Step("start", {"token": "hunter2"})), candidate(Step("start", {"stdout": ""}))).findings
    assert whole
    assert "hunter2" not in repr([one.evidence for one in whole])
