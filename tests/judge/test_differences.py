"""Each way in which one place can differ, and every single change of real envelopes, told once and at its pointer."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.files.rules import load_rules
from harness.judge.compare import ABSENT, Difference, Kind, differences, json_type, shown
from harness.judge.normalise import PROTECTED, Action, Approximate, Rule, normalise, normalise_both
from harness.judge.paths import RulePath, pointer
from harness.judge.unlike import unlike

Steps = tuple[str | int, ...]

ENVELOPES = json.loads((Path(__file__).parent / "envelopes.json").read_text())
"""Results of real calls: the call events of NoETL 4.12.0's recorded executions, one of each form."""

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
KEYS = st.text("abc/~", min_size=1, max_size=3)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
REAL = st.sampled_from(ENVELOPES)


# one difference of each kind


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, "1", Difference(Kind.TYPE, (), 1, "1")),
        ({"a": 1}, {"a": 2}, Difference(Kind.VALUE, ("a",), 1, 2)),
        ({"a": [1, None]}, {"a": [1, False]}, Difference(Kind.TYPE, ("a", 1), None, False)),
        ({"a": 1, "b": 2}, {"a": 1}, Difference(Kind.MISSING, ("b",), 2, ABSENT)),
        ({"a": 1}, {"a": 1, "b": None}, Difference(Kind.EXTRA, ("b",), ABSENT, None)),
        ({"x": [1]}, {"x": [1, 2]}, Difference(Kind.LENGTH, ("x",), [1], [1, 2])),
        ({"x": {"a": 1}}, {"x": {"b": 1}}, Difference(Kind.SHAPE, ("x",), {"a": 1}, {"b": 1})),
        ({}, {"b": 1}, Difference(Kind.EXTRA, ("b",), ABSENT, 1)),
        ({"b": 1}, {}, Difference(Kind.MISSING, ("b",), 1, ABSENT)),
        ({"x": Approximate(1, 0.5)}, {"x": Approximate(2, 0.5)}, Difference(Kind.VALUE, ("x",), 1, 2)),
        ((1, 2), [1, 3], Difference(Kind.VALUE, (1,), 2, 3)),
    ],
)
def test_a_difference_says_where_and_what(one: Any, other: Any, expected: Difference) -> None:
    assert list(differences(one, other)) == [expected]


def test_differences_come_outermost_first_in_the_order_of_the_reference() -> None:
    left = {"b": 1, "gone": 2, "a": {"x": 1, "y": 2}}
    right = {"new": 0, "a": {"y": 3, "x": 4}, "b": 5}
    assert [one.pointer for one in differences(left, right, ("at",))] == [
        "/at/b",
        "/at/gone",
        "/at/a/x",
        "/at/a/y",
        "/at/new",
    ]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "boolean"),
        (1, "integer"),
        (1.0, "number"),
        ("", "string"),
        ({}, "object"),
        ([], "list"),
        ((), "list"),
        (Approximate(1, 1), "approximate number"),
        (ABSENT, "_Absent"),
    ],
)
def test_types_have_json_s_names(value: Any, name: str) -> None:
    assert json_type(value) == name


def test_a_place_is_the_same_for_every_item_of_a_list() -> None:
    one = Difference(Kind.VALUE, ("rows", 3, "a/b"), 1, 2)
    assert (one.pointer, one.place) == ("/rows/3/a~1b", "/rows/*/a~1b")


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (Difference(Kind.VALUE, ("a",), 1, "ä"), '/a: reference 1, candidate "ä"'),
        (
            Difference(Kind.EXTRA, (), ABSENT, {"b": 1, "a": 2}),
            'the whole: reference nothing, candidate {"a": 2, "b": 1}',
        ),
        (Difference(Kind.VALUE, ("api_key", "x"), 1, 2), "/api_key/x: differs (a secret by its name, not shown)"),
    ],
)
def test_a_difference_in_words(one: Difference, text: str) -> None:
    assert str(one) == text


def test_a_value_is_shown_on_one_line_and_cut() -> None:
    assert shown("x" * 198) == f'"{"x" * 198}"'
    assert shown("x" * 199) == f'"{"x" * 199}...'
    assert shown({1}) == '"{1}"'
    assert shown({"password": "hunter2"}).count("hunter2") == 0


# single changes


def _places(value: Any, path: Steps = ()) -> Iterator[Steps]:
    yield path
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _places(child, (*path, key))
    if isinstance(value, list):
        for index, child in enumerate(value):
            yield from _places(child, (*path, index))


def _at(value: Any, path: Steps) -> Any:
    for part in path:
        value = value[part]
    return value


def _another(value: Any) -> Any:
    """Another value of the same type, or of another type where that type has no other."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return -value if value else 0.5
        case str():
            return f"{value}."
        case _:
            return "another"


CHANGES: dict[str, tuple[Kind | None, Callable[[Any], bool], Callable[[Any], Any]]] = {
    "value": (Kind.VALUE, lambda value: isinstance(value, str | int | float), _another),
    "type": (
        Kind.TYPE,
        lambda value: value is not None and not isinstance(value, str),
        lambda value: json.dumps(value),
    ),
    "null": (Kind.TYPE, lambda value: value is not None, lambda value: None),
    "null lost": (Kind.TYPE, lambda value: value is None, lambda value: ""),
    "number form": (Kind.TYPE, lambda value: type(value) is int and abs(value) < 2**53, float),
    "key added": (Kind.EXTRA, lambda value: isinstance(value, dict), lambda value: {**value, "one more": None}),
    "list longer": (Kind.LENGTH, lambda value: isinstance(value, list), lambda value: [*value, None]),
    "list shorter": (Kind.LENGTH, lambda value: isinstance(value, list) and value != [], lambda value: value[:-1]),
    "other keys": (
        Kind.SHAPE,
        lambda value: isinstance(value, dict) and value != {},
        lambda value: {f"{key} too": child for key, child in value.items()},
    ),
}
"""Name to the kind of difference that it is, the values that it can be done to, and what it makes of one."""

MIRRORED = {Kind.MISSING: Kind.EXTRA, Kind.EXTRA: Kind.MISSING}


def _check_single_change(value: Any, path: Steps, name: str) -> None:
    kind, _, change = CHANGES[name]
    changed = copy.deepcopy(value)
    if path:
        _at(changed, path[:-1])[path[-1]] = change(_at(value, path))
    else:
        changed = change(value)
    where = (*path, "one more") if name == "key added" else path
    for left, right, expected in ((value, changed, kind), (changed, value, MIRRORED.get(kind, kind))):
        (found,) = differences(left, right)
        assert (found.kind, found.path, found.pointer) == (expected, where, pointer(*where))


@pytest.mark.parametrize("name", list(CHANGES))
@given(VALUES, st.data())
def test_a_single_change_is_told_once_at_its_pointer(name: str, value: Any, data: st.DataObject) -> None:
    fitting = [path for path in _places(value) if CHANGES[name][1](_at(value, path))]
    assume(fitting)
    _check_single_change(value, data.draw(st.sampled_from(fitting)), name)


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "null lost"])
def test_every_single_change_of_a_real_envelope_is_told_once(name: str) -> None:
    done = 0
    for envelope in ENVELOPES:
        for path in _places(envelope):
            if CHANGES[name][1](_at(envelope, path)):
                _check_single_change(envelope, path, name)
                done += 1
    assert done > 0


def _without(value: Any, path: Steps) -> Any:
    changed = copy.deepcopy(value)
    del _at(changed, path[:-1])[path[-1]]
    return changed


def test_every_key_of_a_real_envelope_is_missed_once() -> None:
    for envelope in ENVELOPES:
        for path in _places(envelope):
            if not path or not isinstance(path[-1], str):
                continue
            less = _without(envelope, path)
            (missing,) = differences(envelope, less)
            (extra,) = differences(less, envelope)
            assert (missing.kind, missing.pointer) == (Kind.MISSING, pointer(*path))
            assert (extra.kind, extra.pointer) == (Kind.EXTRA, pointer(*path))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_another_order_is_told_at_the_places_that_moved(items: list[int], random: Any) -> None:
    moved = list(items)
    random.shuffle(moved)
    found = [one.path for one in differences({"x": items}, {"x": moved})]
    assert found == [("x", index) for index in range(len(items)) if items[index] != moved[index]]


@given(VALUES | REAL, VALUES | REAL)
def test_both_directions_tell_the_same_places(one: Any, other: Any) -> None:
    there = {(found.path, found.kind) for found in differences(one, other)}
    back = {(found.path, MIRRORED.get(found.kind, found.kind)) for found in differences(other, one)}
    assert there == back


@given(VALUES | REAL)
def test_an_equal_copy_has_no_difference(value: Any) -> None:
    assert list(differences(value, copy.deepcopy(value))) == []
    assert list(differences(value, json.loads(json.dumps(value)))) == []


# what no rule hides

HIDING = [
    Rule(RulePath.parse(path), action, "x", tolerance=9.0 if action is Action.TOLERANCE else 0.0)
    for path in ("$.a", "$..b", "$.rows[*].d", "$..data", "$.top")
    for action in Action
]
"""Every action on places beside, and above, what is protected."""


@pytest.mark.parametrize("name", sorted(PROTECTED))
@pytest.mark.parametrize(("one", "other"), [("a", "b"), (1, 2), (None, "a"), (True, False), (200, 500), ([1], [2])])
def test_no_rule_hides_what_is_protected(name: str, one: Any, other: Any) -> None:
    for wrap in (
        lambda inner: inner,
        lambda inner: {"x": {"y": inner}},
        lambda inner: {"rows": [{"d": 1}, {"d": 2, **inner}]},
        lambda inner: {"rows": [{"d": [inner]}]},
        lambda inner: {"top": {"any": [1, {"deep": inner}]}},
        lambda inner: {"data": [[1, inner], 2]},
    ):
        left, right = (normalise(wrap({name: value, "b": 1}), "http", HIDING) for value in (one, other))
        assert name in {part for found in differences(left, right) for part in found.path}
        assert normalise(left, "http", HIDING) == left


def test_a_place_without_anything_protected_is_gone() -> None:
    assert normalise({"top": {"any": [1, {"deep": 2}]}, "data": [1], "x": 1}, "http", HIDING) == {"x": 1}


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (7, "<id>"),
        ("x", "<id>"),
        (1.5, "<id>"),
        (None, None),
        ("", ""),
        (True, True),
        ({"any": 1}, "<object>"),
        ([1, 2], "<list>"),
        ({"any": 1, "state": "on"}, {"state": "on"}),
        ([{"any": 1}, {"code": 7, "n": 1}], [{}, {"code": 7}]),
    ],
)
def test_what_stands_for_an_id(value: Any, form: Any) -> None:
    rule = Rule(RulePath.parse("$.id"), Action.CANONICAL_ID, "x")
    assert normalise({"id": value}, "http", [rule]) == {"id": form}


@pytest.mark.parametrize(
    ("value", "sorted_value"),
    [([2, 1], [1, 2]), ((2, 1), [1, 2]), ([{"b": 1}, None, "a"], ["a", None, {"b": 1}]), ("ba", "ba")],
)
def test_an_unordered_list_has_one_order(value: Any, sorted_value: Any) -> None:
    rule = Rule(RulePath.parse("$.x"), Action.UNORDERED, "x")
    assert normalise({"x": value}, "http", [rule]) == {"x": sorted_value}


@pytest.mark.parametrize(("one", "other", "near"), [(1, 1.5, True), (1, 1.51, False), (2, 1.5, True), (-1, 1, False)])
def test_a_tolerance_includes_its_end(one: float, other: float, near: bool) -> None:
    assert Approximate(one, 0.5).is_near(Approximate(other, 0.5)) is near


def test_a_refused_rule_names_what_is_protected() -> None:
    with pytest.raises(ValueError, match=r"\$\.status would hide what is protected: code, completed, error, "):
        Rule(RulePath.parse("$.status"), Action.DROP, "x")


# what is the same on both sides is left out before the rules


def _told(left: Any, right: Any) -> list[str]:
    return [f"{found.kind} {found}" for found in differences(left, right)]


@given(VALUES | REAL, VALUES | REAL)
def test_leaving_out_what_is_the_same_changes_no_difference(one: Any, other: Any) -> None:
    assert _told(*unlike(one, other, PROTECTED)) == _told(one, other)
    assert unlike(one, copy.deepcopy(one), frozenset()) == (None, None)


@given(REAL, st.data(), st.sampled_from([*CHANGES, "missing"]))
def test_rules_say_the_same_of_what_is_left(value: Any, data: st.DataObject, name: str) -> None:
    if name == "missing":
        path = data.draw(st.sampled_from([path for path in _places(value) if path and isinstance(path[-1], str)]))
        changed = _without(value, path)
    else:
        fitting = [path for path in _places(value) if path and CHANGES[name][1](_at(value, path))]
        assume(fitting)
        path = data.draw(st.sampled_from(fitting))
        changed = copy.deepcopy(value)
        _at(changed, path[:-1])[path[-1]] = CHANGES[name][2](_at(value, path))
    unordered = Rule(RulePath.parse("$..rows"), Action.UNORDERED, "x")
    beside = [Rule(RulePath.parse(path), Action.DROP, "x") for path in ("$.context", "$..s", "$..metrics", "$..url")]
    for rules in (load_rules(), [*load_rules(), unordered], beside):
        left, right = (normalise(one, "http", rules) for one in (value, changed))
        assert _told(*normalise_both(value, changed, "http", rules)) == _told(left, right)


@pytest.mark.parametrize(
    ("one", "other", "left", "right"),
    [
        ({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "c": 4}, {"c": 3, "b": None}, {"c": 4, "b": None}),
        ({"a": 1, "b": 2}, {"a": 1}, {"b": 2, "a": None}, {"a": None}),
        ({"a": 1}, {"b": 2, "a": 1}, {"a": None}, {"b": 2, "a": None}),
        ({"status": 1, "a": 2}, {"status": 1, "a": 2}, {"status": 1, "a": None}, {"status": 1, "a": None}),
        ([1, 2, 3], [1, 4, 3], [None, 2, None], [None, 4, None]),
        ([1, 2], [1], [1, 2], [1]),
        ([{"a": 1}], [{"a": 1}], None, None),
        (1, True, 1, True),
        (1, 1.0, 1, 1.0),
        ("a", "a", None, None),
        ({}, {}, None, None),
        ({}, [], {}, []),
    ],
)
def test_what_is_left_of_two_values(one: Any, other: Any, left: Any, right: Any) -> None:
    assert unlike(one, other, PROTECTED) == (left, right)
