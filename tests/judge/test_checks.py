"""A pair under the heads of test reports: no head passes what the pair does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import TODAY, Step, candidate, pair, reference, stranded

from harness.judge.checks import checks_of
from harness.model.check import CheckName, CheckState, gravest
from harness.model.evidence import Evidence
from harness.model.expectation import Expectation
from harness.model.finding import Finding, Weight
from harness.model.verdict import Pair, Standing

VALUE = "python data at /v has another value"
KNOWN = Expectation("example", VALUE, "rust", "", "known", "spec", "me", TODAY + timedelta(days=9), "e.yaml")

SAME: tuple[Evidence, ...] = (reference(Step("start", {"v": 1})), candidate(Step("start", {"v": 1})))
DIFFERS: tuple[Evidence, ...] = (reference(Step("start", {"v": 1})), candidate(Step("start", {"v": 2})))
ZOMBIE: tuple[Evidence, ...] = (reference(Step("fetch", kind="postgres")), stranded("fetch", "what"))
DISORDER: tuple[Evidence, ...] = (
    reference(Step("start", {"v": 1})),
    candidate(Step("start", {"v": 1}, skip=frozenset({"command.started"}))),
)
NOT_RUN: tuple[Evidence, ...] = (reference(Step("start", {"v": 1})),)


def states(one: Pair) -> dict[CheckName, CheckState]:
    return {check.name: check.state for check in checks_of(one)}


def test_there_is_an_answer_to_every_question_in_their_order() -> None:
    assert [check.name for check in checks_of(pair(*SAME))] == list(CheckName)


@pytest.mark.parametrize(
    ("legs", "failed"),
    [
        (SAME, set()),
        (DIFFERS, {CheckName.PARITY}),
        (ZOMBIE, {CheckName.PARITY, CheckName.ZOMBIE}),
        (DISORDER, {CheckName.LIFECYCLE}),
    ],
)
def test_what_fails_is_what_the_findings_speak_of(legs: tuple[Evidence, ...], failed: set[CheckName]) -> None:
    answers = states(pair(*legs))
    assert {name for name, state in answers.items() if state is CheckState.FAILED} == failed
    assert {state for name, state in answers.items() if name not in failed} <= {CheckState.PASSED}


def test_a_difference_on_record_is_known_and_one_that_has_expired_fails() -> None:
    assert states(pair(*DIFFERS, expectations=[KNOWN]))[CheckName.PARITY] is CheckState.KNOWN
    lapsed = replace(KNOWN, expires=TODAY - timedelta(days=1))
    assert states(pair(*DIFFERS, expectations=[lapsed]))[CheckName.PARITY] is CheckState.FAILED


def test_legs_that_end_differently_as_on_record_are_known_to_have_no_parity() -> None:
    hang = replace(KNOWN, fingerprint="started and never finished")
    answers = states(pair(*ZOMBIE, expectations=[hang]))
    assert {name for name, state in answers.items() if state is CheckState.KNOWN} == {
        CheckName.PARITY,
        CheckName.ZOMBIE,
    }


def test_a_pair_that_is_better_than_on_record_fails() -> None:
    better = pair(*SAME, expectations=[KNOWN])
    assert better.standing is Standing.UNEXPECTED_PASS
    assert states(better)[CheckName.PARITY] is CheckState.FAILED


def test_nothing_is_passed_where_nobody_could_decide() -> None:
    assert set(states(pair(*NOT_RUN)).values()) == {CheckState.UNDECIDED}


def test_what_a_checker_could_not_say_is_undecided_beside_a_failure() -> None:
    unknown = Finding("log", "example", "harness: the log checker raised", "", Weight.UNKNOWN)  # type: ignore[arg-type]
    differs = pair(*DIFFERS)
    answers = states(replace(differs, findings=(*differs.findings, unknown)))
    assert (answers[CheckName.PARITY], answers[CheckName.LOG]) == (CheckState.FAILED, CheckState.UNDECIDED)


def test_information_fails_nothing_and_a_checker_that_nobody_knows_speaks_of_parity() -> None:
    other = Finding("brand_new", "example", "odd", "", Weight.INFO)  # type: ignore[arg-type]
    same = pair(*SAME)
    assert set(states(replace(same, findings=(other,))).values()) == {CheckState.PASSED}
    diverges = replace(same, findings=(replace(other, weight=Weight.DIVERGES),), standing=Standing.UNEXPECTED)
    assert states(diverges)[CheckName.PARITY] is CheckState.FAILED


@pytest.mark.parametrize("legs", [SAME, DIFFERS, ZOMBIE, DISORDER, NOT_RUN])
@pytest.mark.parametrize("expectations", [[], [KNOWN]])
def test_a_pair_fails_under_a_head_exactly_where_it_is_not_as_recorded(
    legs: tuple[Evidence, ...], expectations: list[Expectation]
) -> None:
    one = pair(*legs, expectations=expectations)
    fails = one.standing not in (Standing.EXPECTED, Standing.UNDECIDED)
    assert (gravest(checks_of(one)) is CheckState.FAILED) == fails
    assert (gravest(checks_of(one)) is CheckState.UNDECIDED) == (not one.decided)
