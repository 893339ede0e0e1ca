from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.model.versions import Condition, parse_condition

RELEASES = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
BOUNDS = st.lists(st.tuples(st.sampled_from([">=", "<=", ">", "<", "=="]), RELEASES).map("".join), max_size=3)


@pytest.mark.parametrize(
    ("condition", "version", "holds"),
    [
        ("", "5.10.0", True),
        ("", "dev", True),
        (">=5.10.0", "dev", False),
        (">=5.10.0,<5.15.1", "5.10.0", True),
        (">=5.10.0,<5.15.1", "5.15.0", True),
        (">=5.10.0,<5.15.1", "5.15.1", False),
        (">=5.10.0,<5.15.1", "5.9.0", False),
        ("==5.10", "5.10.0", True),
        (">5.9", "5.10", True),
    ],
)
def test_a_condition_holds_or_not(condition: str, version: str, holds: bool) -> None:
    assert parse_condition(condition).holds(version) is holds


@pytest.mark.parametrize("text", ["5.10.0", "~=5.10", ">=", ">=5.x", ">=2,<1", ">1,<=1"])
def test_what_can_not_be_met_or_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a bound|no release meets"):
        parse_condition(text)


@given(BOUNDS, BOUNDS, RELEASES)
def test_a_release_that_meets_two_conditions_makes_them_overlap(one: list[str], two: list[str], release: str) -> None:
    first, second = parsed(one), parsed(two)
    assume(first.holds(release) and second.holds(release))
    assert first.overlaps(second)
    assert second.overlaps(first)


@given(BOUNDS, BOUNDS, RELEASES)
def test_both_lists_of_bounds_together_hold_where_each_does(one: list[str], two: list[str], release: str) -> None:
    first, second = parsed(one), parsed(two)
    both = first.holds(release) and second.holds(release)
    try:
        joined = parse_condition(",".join([*one, *two]))
    except ValueError:
        assert not both
    else:
        assert joined.holds(release) is both


def parsed(bounds: list[str]) -> Condition:
    try:
        return parse_condition(",".join(bounds))
    except ValueError:
        assume(False)
        raise
