"""Setting two histories side by side: which call belongs to which, what follows from what, where they part."""

from __future__ import annotations

from typing import Any

import pytest

from harness.judge.align import Place, align, follows, histories
from harness.model.envelope import Call, CallError, CallKey, Envelope, Letter, Outcome, OutcomeClass
from harness.model.suite import Case
from harness.model.verdict import Moment

CASE = Case("x", "suite/example", "x.yaml", "")
DONE = (Letter.ISSUED, Letter.DONE)


def call(step: str, issued: int, ended: int | None, visit: int = 1, **changes: Any) -> Call:
    """A call of the root whose ids are its events."""
    playbook, outcome = changes.pop("playbook", CASE.path), changes.pop("outcome", OutcomeClass.OK)
    error = changes.pop("error", None)
    key = CallKey(playbook, step, changes.pop("iteration", -1), visit)
    values: dict[str, Any] = {"command_id": issued, "execution_id": 1, "tool_kind": "python", "letters": DONE}
    values |= {"claimed_by": (), "envelope": Envelope(key, "python", outcome, error=error)} | changes
    return Call(key, issued_event=issued, ended_event=ended, **values)


def outcome(*calls: Call, terminal: str | None = "completed", inferred: bool = False) -> Outcome:
    return Outcome(calls, terminal, inferred)


def pairs(reference: Outcome, candidate: Outcome) -> list[tuple[str, int, int | None, int | None]]:
    """Step, order, and the command of either side, place by place."""
    return [
        (place.key.step, place.order, *(one.command_id if one else None for one in (place.reference, place.candidate)))
        for place in align(reference, candidate)
    ]


def test_places_come_in_the_reference_s_order_then_the_candidate_s_own() -> None:
    left = outcome(call("a", 1, 2), call("b", 3, 4), call("c", 5, 6))
    right = outcome(call("z", 11, 12), call("b", 13, 14), call("a", 15, 16), call("y", 17, 18))
    assert pairs(left, right) == [
        ("a", 0, 1, 15),
        ("b", 1, 3, 13),
        ("c", 2, 5, None),
        ("z", 3, None, 11),
        ("y", 4, None, 17),
    ]


def test_visits_and_iterations_are_kept_apart() -> None:
    left = outcome(call("a", 1, 2), call("a", 3, 4, 2), call("a", 5, 6, iteration=0))
    right = outcome(call("a", 11, 12, iteration=0), call("a", 13, 14, 2))
    assert pairs(left, right) == [("a", 0, 1, None), ("a", 1, 3, 13), ("a", 2, 5, 11)]


def _fork(*given: str, base: int = 0, forked: bool = True) -> Outcome:
    """Two branches that are open at once, then a step that was given this, visit by visit."""
    branches = (call("l", base + 1, base + (9 if forked else 2)), call("r", base + 3, base + 8))
    joins = [call("j", base + 10 + 2 * n, base + 11 + 2 * n, n + 1, issued_with=one) for n, one in enumerate(given)]
    return outcome(*branches, *joins)


@pytest.mark.parametrize("forked", [(True, True), (True, False), (False, True)])
def test_visits_of_branches_are_matched_by_what_they_were_given(forked: tuple[bool, bool]) -> None:
    left, right = _fork("a", "b", forked=forked[0]), _fork("b", "a", base=100, forked=forked[1])
    assert pairs(left, right)[2:] == [("j", 2, 10, 112), ("j", 3, 12, 110)]


def test_without_branches_the_number_of_the_visit_counts() -> None:
    left, right = _fork("a", "b", forked=False), _fork("b", "a", base=100, forked=False)
    assert pairs(left, right)[2:] == [("j", 2, 10, 110), ("j", 3, 12, 112)]


def test_what_was_given_otherwise_takes_the_first_free_visit() -> None:
    assert pairs(_fork("a", "b"), _fork("c", "a", base=100))[2:] == [("j", 2, 10, 112), ("j", 3, 12, 110)]
    assert pairs(_fork("a", "b"), _fork("a", "b", "c", base=100))[2:] == [
        ("j", 2, 10, 110),
        ("j", 3, 12, 112),
        ("j", 4, None, 114),
    ]
    assert pairs(_fork("", ""), _fork("", "", base=100))[2:] == [("j", 2, 10, 110), ("j", 3, 12, 112)]


def test_what_only_the_candidate_has_comes_in_its_order_of_issue() -> None:
    left = outcome(call("l", 1, 9), call("r", 3, 8))
    right = outcome(call("l", 101, 109), call("r", 103, 108), call("p", 112, 113), call("q", 110, 111))
    assert [step for step, *_ in pairs(left, right)] == ["l", "r", "q", "p"]


def test_a_visit_that_only_the_candidate_made_keeps_the_lowest_number() -> None:
    assert [place.key.visit for place in align(_fork(), _fork("c", "d", base=100))][2:] == [1, 2]


def test_an_open_call_is_a_branch_of_all_that_comes_later() -> None:
    left = outcome(call("l", 1, None), call("j", 3, 4, issued_with="a"), call("j", 5, 6, 2, issued_with="b"))
    right = outcome(call("l", 11, None), call("j", 13, 14, issued_with="b"), call("j", 15, 16, 2, issued_with="a"))
    assert pairs(left, right) == [("l", 0, 1, 11), ("j", 1, 3, 15), ("j", 2, 5, 13)]


def test_calls_of_two_executions_are_no_branches_of_each_other() -> None:
    def of(base: int, *given: str) -> Outcome:
        parent = call("p", base + 1, base + 90, execution_id=1)
        joins = [
            call("j", base + 10 + n, base + 10 + n, n + 1, issued_with=one, execution_id=2)
            for n, one in enumerate(given)
        ]
        return outcome(parent, *joins)

    assert pairs(of(0, "a", "b"), of(100, "b", "a"))[1:] == [("j", 1, 10, 110), ("j", 2, 11, 111)]


# what follows from what


def place(order: int, reference: Call | None, candidate: Call | None = None) -> Place:
    one = reference or candidate
    assert one is not None
    return Place(one.key, order, reference, candidate)


FIRST, SECOND, BESIDE = call("a", 1, 5), call("b", 6, 7), call("c", 4, 8)


def test_a_call_follows_what_had_ended_before_it_was_issued() -> None:
    assert follows(place(1, SECOND), place(0, FIRST))
    assert not follows(place(0, FIRST), place(1, SECOND))
    assert not follows(place(1, BESIDE), place(0, FIRST))
    assert not follows(place(0, FIRST), place(0, FIRST))
    assert not follows(place(1, call("b", 5, 7)), place(0, FIRST))


def test_the_candidate_s_history_decides_where_the_reference_has_only_one() -> None:
    assert follows(place(0, None, SECOND), place(1, None, FIRST))
    assert follows(place(0, BESIDE, SECOND), place(1, None, FIRST))
    assert not follows(place(1, None, BESIDE), Place(FIRST.key, 0, SECOND, FIRST))


def test_the_order_of_issue_decides_where_nothing_else_does() -> None:
    open_call = call("a", 1, None)
    assert follows(place(1, SECOND), place(0, open_call))
    assert not follows(place(0, SECOND), place(1, open_call))
    assert follows(place(1, SECOND), place(0, None, FIRST))
    assert not follows(place(0, SECOND), place(0, None, FIRST))


def parent(issued: int, ended: int | None, **changes: Any) -> Call:
    return call("p", issued, ended, tool_kind=changes.pop("tool_kind", "playbook"), **changes)


def inner(issued: int, **changes: Any) -> Call:
    values: dict[str, Any] = {"execution_id": 2, "playbook": "suite/child"} | changes
    return call("i", issued, issued + 1, **values)


@pytest.mark.parametrize(
    ("outer", "within", "contained"),
    [
        (parent(1, 9), inner(5), True),
        (parent(1, None), inner(5), True),
        (parent(1, 9, tool_kind="python"), inner(5), False),
        (parent(1, 9), inner(5, execution_id=1), False),
        (parent(1, 9), inner(5, playbook=CASE.path), False),
        (parent(5, 9), inner(5), False),
        (parent(1, 9), inner(9), False),
        (parent(1, 9), inner(12), False),
    ],
)
def test_a_parent_follows_what_happened_inside_its_child(outer: Call, within: Call, contained: bool) -> None:
    assert follows(place(0, outer), place(1, within)) is contained
    if contained:
        assert not follows(place(1, within), place(0, outer))


# histories


def moments(left: Outcome, right: Outcome, *other_data: CallKey) -> tuple[Moment, ...]:
    return histories(CASE, align(left, right), left, right, frozenset(other_data))


def test_equal_histories_part_nowhere() -> None:
    left = outcome(call("a", 1, 2))
    assert moments(left, left) == (
        Moment("a  command.issued", "a  command.issued", False),
        Moment("a  call.done ok", "a  call.done ok", False),
        Moment("playbook.completed", "playbook.completed", False),
    )


def test_other_data_parts_at_the_end_of_its_call() -> None:
    left = outcome(call("a", 1, 2))
    rows = moments(left, left, left.calls[0].key)
    assert [row.parts for row in rows] == [False, True, False]
    assert rows[1] == Moment("a  call.done ok", "a  call.done ok, other data", True)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"outcome": OutcomeClass.MASKED, "error": CallError("sql", "x")}, "a  call.done with an error inside"),
        ({"outcome": OutcomeClass.NONE}, "a  call.done"),
        (
            {"letters": (Letter.ISSUED, Letter.ERROR), "outcome": OutcomeClass.ERROR, "error": CallError("sql", "x")},
            "a  call.error sql",
        ),
        ({"letters": (Letter.ISSUED, Letter.ERROR), "outcome": OutcomeClass.ERROR}, "a  call.error"),
        ({"letters": (Letter.ISSUED, Letter.CANCELLED)}, "a  command.cancelled"),
        ({"letters": (Letter.ISSUED,)}, None),
    ],
)
def test_a_history_says_how_a_call_ended(changes: dict[str, Any], text: str | None) -> None:
    rows = moments(outcome(call("a", 1, 2)), outcome(call("a", 1, 2, **changes)))
    assert rows[1] == Moment("a  call.done ok", text, True)


def test_an_error_inside_says_its_kind_only_at_an_error_event() -> None:
    error = {"outcome": OutcomeClass.MASKED, "error": CallError("sql", "x")}
    one = outcome(call("a", 1, 2, letters=(*DONE, Letter.COMPLETED), **error))
    assert [row.reference for row in moments(one, one)][:3] == [
        "a  command.issued",
        "a  call.done with an error inside",
        "a  command.completed",
    ]


def test_a_call_of_one_side_parts_from_nothing() -> None:
    rows = moments(outcome(call("a", 1, 2)), outcome())
    assert rows[0] == Moment("a  command.issued", None, True)
    assert moments(outcome(), outcome(call("a", 1, 2)))[0] == Moment(None, "a  command.issued", True)


@pytest.mark.parametrize(
    ("left", "right", "last"),
    [
        ({"terminal": "failed"}, {"terminal": "completed"}, Moment("playbook.failed", "playbook.completed", True)),
        (
            {"terminal": None, "inferred": True},
            {"terminal": "completed"},
            Moment("all work done, no terminal event", "playbook.completed", True),
        ),
        ({"terminal": None}, {"terminal": None}, Moment(None, None, False)),
    ],
)
def test_the_last_row_is_how_the_execution_ended(left: Any, right: Any, last: Moment) -> None:
    assert moments(outcome(**left), outcome(**right))[-1] == last
