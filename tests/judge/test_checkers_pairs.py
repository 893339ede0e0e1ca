"""The checkers of a pair that look at order and time, and how checkers are found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest
from builders import PYTHON, RUST, Lane, Step, candidate, fingerprints, pair, reference

from harness.judge import checkers
from harness.judge.checkers import leg_checkers, pair_checkers
from harness.model.errors import HarnessError
from harness.model.finding import Checker, Finding, Weight
from harness.model.lane import Side
from harness.model.pool import PoolSpec
from harness.model.verdict import Pair, PairVerdict

A, B, C = (Step(name, {"n": name}) for name in "abc")


def of(one: Pair, checker: str) -> list[Finding]:
    """What this checker says of the pair."""
    return [found for found in one.findings if found.checker == checker]


# order


def test_steps_in_another_order() -> None:
    one = pair(reference(A, B, C), candidate(A, C, B))
    (found,) = of(one, Checker.ORDER)
    assert (found.fingerprint, found.step, found.message) == ("steps in another order", "c", "c comes before b")
    assert one.verdict is PairVerdict.DIVERGED


def test_steps_in_the_same_order() -> None:
    assert of(pair(reference(A, B, C), candidate(A, B, C)), Checker.ORDER) == []


def test_another_order_behind_another_value_is_a_consequence() -> None:
    one = pair(reference(A, B, C), candidate(replace(A, data={"n": "x"}), C, B))
    assert [found.consequence for found in of(one, Checker.ORDER)] == [True]


def _forked(side: Side, spec: PoolSpec, order: str) -> Lane:
    """Two branches of two steps, each as far as its turn in `order`."""
    lane = Lane(side, spec)
    lane.begin()
    commands = {name: lane.issue(Step(name)) for name in "ab"}
    for name in order:
        lane.work(Step(name, {}), commands[name])
        lane.run(Step(f"{name}2", {}))
    lane.end("completed")
    return lane


def test_the_order_of_branches_that_run_side_by_side_says_nothing() -> None:
    legs = _forked(Side.REFERENCE, PYTHON, "ab").evidence(), _forked(Side.CANDIDATE, RUST, "ba").evidence()
    assert pair(*legs).verdict is PairVerdict.SAME_PASS


def _with_a_child(side: Side, spec: PoolSpec, *, child_first: bool) -> Lane:
    """A child that nobody waits for, beside the step of its parent that comes next."""
    lane = Lane(side, spec)
    lane.begin()
    lane.begin("child", "suite/child")
    inner, following = Step("inner", {}, execution="child"), Step("next", {})
    for step in (inner, following) if child_first else (following, inner):
        lane.run(step)
    lane.end("completed", "child", "suite/child")
    lane.end("completed")
    return lane


def test_the_order_of_executions_that_run_side_by_side_says_nothing() -> None:
    left, right = (
        _with_a_child(Side.REFERENCE, PYTHON, child_first=True),
        _with_a_child(Side.CANDIDATE, RUST, child_first=False),
    )
    assert pair(left.evidence(), right.evidence()).verdict is PairVerdict.SAME_PASS


# latency


def test_times_are_told_letter_by_letter_and_change_no_verdict() -> None:
    quick = candidate(A, B)
    start = quick.events[0].created_at
    slowed = (replace(row, created_at=start + (row.created_at - start) * 10) for row in quick.events)
    one = pair(reference(A, B), replace(quick, events=tuple(slowed)))
    (found,) = of(one, Checker.LATENCY)
    assert found.weight is Weight.INFO
    assert found.message == "calls took 80 ms on the reference, 800 ms on the candidate"
    assert found.evidence[0] == (
        "a: reference claimed 10, started 20, done 30, completed 40 ms; "
        "candidate claimed 100, started 200, done 300, completed 400 ms"
    )
    assert (one.verdict, fingerprints(one)) == (PairVerdict.SAME_PASS, [])


def test_where_no_call_is_on_both_sides_there_is_no_time_to_compare() -> None:
    assert of(pair(reference(A), candidate(B)), Checker.LATENCY) == []


# how checkers are found


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    """What the installed packages bring; a test may change it."""
    found = list(checkers.entry_points(group=checkers.GROUP))
    monkeypatch.setattr(checkers, "entry_points", lambda group: found)
    for cached in (leg_checkers, pair_checkers):
        cached.cache_clear()
    yield found
    for cached in (leg_checkers, pair_checkers):
        cached.cache_clear()


def test_the_harness_s_own_come_in_a_fixed_order_whatever_is_installed(entries: list[EntryPoint]) -> None:
    entries.reverse()
    own = [checker.value for checker in Checker]
    assert list(leg_checkers()) == [name for name in own if name in leg_checkers()]
    assert {*leg_checkers(), *pair_checkers()} == {*own} - {Checker.ENVELOPE, Checker.NOISE}


def test_a_checker_of_somebody_else_is_one_file_and_comes_last(
    entries: list[EntryPoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("a_package_of_somebody_else")
    said = Finding("cost", "example", "too dear", "too dear", Weight.DIVERGES, Side.CANDIDATE)
    module.check_leg = lambda leg: (said,) if leg.side is Side.CANDIDATE else ()  # type: ignore[attr-defined]
    monkeypatch.setitem(__import__("sys").modules, module.__name__, module)
    entries.insert(0, EntryPoint("cost", module.__name__, checkers.GROUP))
    assert list(leg_checkers())[-1] == "cost"
    assert fingerprints(pair(reference(A), candidate(A))) == ["too dear"]


def test_an_installation_that_lacks_a_checker_says_so(entries: list[EntryPoint]) -> None:
    entries[:] = [entry for entry in entries if entry.name != Checker.CHAIN]
    with pytest.raises(HarnessError, match="does not know the checkers chain"):
        leg_checkers()


def test_a_checker_that_can_not_be_loaded_says_so(entries: list[EntryPoint]) -> None:
    entries.append(EntryPoint("cost", "no_such_package", checkers.GROUP))
    with pytest.raises(HarnessError, match="cost can not be loaded from no_such_package"):
        pair_checkers()
