"""Rule paths and pointers: which places they name, and which they do not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.paths import DROP, RulePath, parts, pointer

DOCUMENT = {
    "a": {"b": {"c": 1, "d": 2}, "*": 3},
    "rows": [{"t": 1, "u": [{"t": 2}]}, {"t": 3}, 4],
    "t": {"t": 5},
}


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("$", [DOCUMENT]),
        ("$.a.b.c", [1]),
        ("$.a.b", [{"c": 1, "d": 2}]),
        ("$.a.x.c", []),
        ("$.b", []),
        ("$.a.*", [{"c": 1, "d": 2}, 3]),
        ("$.a.*.d", [2]),
        ("$.rows[*].t", [1, 3]),
        ("$.rows[*]", [{"t": 1, "u": [{"t": 2}]}, {"t": 3}, 4]),
        ("$.rows.t", []),
        ("$.rows[*].u[*].t", [2]),
        ("$..c", [1]),
        ("$..b.c", [1]),
        ("$..rows[*].t", [1, 3]),
        ("$..d", [2]),
        ("$.t[*]", [5]),
    ],
)
def test_a_path_names_its_places_once_each(path: str, named: list[Any]) -> None:
    seen: list[Any] = []

    def see(value: Any) -> Any:
        seen.append(value)
        return value

    parsed = RulePath.parse(path)
    assert parsed.rewrite(DOCUMENT, see) == DOCUMENT
    assert (seen, parsed.text) == (named, path)


def test_a_deep_path_names_inner_places_first() -> None:
    changed = RulePath.parse("$..t").rewrite(DOCUMENT, lambda value: "x")
    assert changed == {"a": DOCUMENT["a"], "rows": [{"t": "x", "u": [{"t": "x"}]}, {"t": "x"}, 4], "t": "x"}


def test_what_is_dropped_is_gone_from_objects_and_from_lists() -> None:
    assert RulePath.parse("$.rows[*].t").rewrite({"rows": [{"t": 1, "u": 2}, 3]}, lambda value: DROP) == {
        "rows": [{"u": 2}, 3]
    }
    assert RulePath.parse("$[*]").rewrite((1, 2), lambda value: DROP if value == 1 else value) == [2]


def test_a_scalar_has_no_places_inside() -> None:
    for value in (1, "text", None):
        assert RulePath.parse("$.a").rewrite(value, lambda found: DROP) == value


@pytest.mark.parametrize("text", ["", "a", ".a", "$a", "$.", "$.a[", "$.a[0]", "$..", "$..*", "$.a.-b", "$.a b"])
def test_what_is_no_path_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not begin with \$|can not be read from") as refused:
        RulePath.parse(text)
    assert repr(text) in str(refused.value)


def test_a_refusal_says_from_where_on() -> None:
    with pytest.raises(ValueError, match=r"'\$\.a\[0\]' can not be read from '\[0\]' on: use \.key"):
        RulePath.parse("$.a[0]")


@given(st.lists(st.text() | st.integers(0, 99)))
def test_the_parts_of_a_pointer_are_those_that_it_was_made_of(made_of: list[str | int]) -> None:
    assert parts(pointer(*made_of)) == tuple(str(part) for part in made_of)


def test_a_pointer_is_that_of_the_rfc() -> None:
    assert [pointer(*one) for one in ((), ("",), ("a/b",), ("m~n",), ("~1",), ("a", 0))] == [
        "",
        "/",
        "/a~1b",
        "/m~0n",
        "/~01",
        "/a/0",
    ]
