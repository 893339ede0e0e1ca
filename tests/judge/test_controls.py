"""The controls are judged right, and whatever part of the judge is broken, one of them shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from builders import Step, candidate, reference, verdict

from harness.files.rules import load_rules
from harness.judge import run
from harness.judge.checkers import leg_checkers, pair_checkers
from harness.judge.checkers.base import LegContext
from harness.judge.compare import Difference, Kind, differences, json_type
from harness.judge.controls import controls
from harness.judge.controls.draw import Control
from harness.judge.envelopes import Comparison
from harness.judge.errors import equivalent
from harness.judge.hangs import Signal
from harness.judge.normalise import Action, Rule
from harness.judge.paths import RulePath
from harness.model.envelope import CallError
from harness.model.errors import Exit
from harness.model.finding import Checker, Finding, Weight
from harness.model.verdict import Controls, LegVerdict, Pair, PairVerdict, RunVerdict

RULES = load_rules()
GOOD = Step("start", {"v": 1})
Patch = pytest.MonkeyPatch


def judged(run_id: str = "run", rules: Sequence[Rule] = RULES) -> RunVerdict:
    """A run of one pair that passes, by the project's own rules and fingerprints."""
    return verdict(reference(GOOD), candidate(GOOD), rules=rules, run_id=run_id)


def missed(got: RunVerdict) -> set[str]:
    """The names of the controls that were misjudged."""
    return {one.name for one in got.controls.misjudged}


# the controls themselves


@pytest.mark.parametrize("run_id", [f"20261125T0800{number:02d}-3f2a91" for number in range(20)])
def test_all_are_judged_right_in_every_run(run_id: str) -> None:
    got = judged(run_id)
    assert (got.controls, got.exit) == (Controls(len(controls(run_id)), len(controls(run_id))), Exit.OK)


def test_there_are_as_many_as_the_issue_asks_for_and_each_has_its_own_name() -> None:
    names = [one.name for one in controls("run")]
    assert len(names) == len(set(names)) >= 16


def test_every_checker_says_something_of_some_control() -> None:
    assert {checker for one in controls("run") for checker, _ in one.said} == set(Checker)


def test_every_verdict_that_rests_on_evidence_is_the_right_one_somewhere() -> None:
    elsewhere = {PairVerdict.UNSUPPORTED, PairVerdict.SKIPPED}
    assert {one.verdict for one in controls("run")} == set(PairVerdict) - elsewhere


def test_names_and_values_are_those_of_the_run() -> None:
    assert controls("one") == controls("one")
    data = [
        {str(event.result) for control in controls(run_id) for leg in control.legs for event in leg.events}
        for run_id in ("one", "two")
    ]
    assert data[0] & data[1] == {"{}"}


def test_they_are_judged_by_what_judges_the_pairs(monkeypatch: Patch) -> None:
    seen: list[str] = []
    judge_pair = run.judge_pair

    def counted(request: Any, left: Any, right: Any) -> Any:
        seen.append(left.case.id)
        return judge_pair(request, left, right)

    monkeypatch.setattr(run, "judge_pair", counted)
    judged()
    assert seen == ["example", *(f"control: {one.name}" for one in controls("run"))]


def test_they_are_no_part_of_the_run_s_own_figures() -> None:
    got = judged()
    assert (got.counts.total, len(got.pairs), got.causes) == (1, 1, ())
    assert sum(claim.count for claim in got.claims) == 2


# when one is misjudged


def test_a_misjudged_control_outweighs_every_other_answer(monkeypatch: Patch) -> None:
    monkeypatch.delitem(leg_checkers(), Checker.DIALECT)
    diverged = verdict(reference(GOOD), candidate(Step("start", {"v": 2})))
    (wrong,) = diverged.controls.misjudged
    assert (diverged.exit, diverged.controls.right) == (Exit.INVALID, diverged.controls.total - 1)
    assert (wrong.name, wrong.got) == ("unknown event", "same_pass")
    assert wrong.expected.startswith("indeterminate; dialect: unknown event: call.")
    assert verdict(reference(GOOD)).exit is Exit.INVALID


def _control(name: str) -> Control:
    return next(one for one in controls("run") if one.name == name)


def _pair_of(control: Control) -> Any:
    return verdict(*control.legs).pairs[0]


def test_a_control_wants_its_verdict_and_its_findings_and_no_others() -> None:
    control = replace(_control("value"), said=frozenset())
    base = _pair_of(_control("both fail"))
    right = replace(base, verdict=control.verdict, findings=())
    extra = Finding(Checker.LOG, "x", "something else", "", Weight.INFO)
    assert control.misjudged(right) is None
    assert control.misjudged(replace(right, findings=(replace(extra, consequence=True),))) is None
    assert control.misjudged(replace(right, findings=(replace(extra, checker=Checker.LATENCY),))) is None
    for wrong in (replace(right, findings=(extra,)), replace(right, verdict=PairVerdict.SAME_PASS)):
        assert control.misjudged(wrong) is not None
    assert _control("value").misjudged(right) is not None


# teeth: the judge is broken one part at a time


BY_CHECKER = {
    Checker.PROVENANCE: {"wrong claimant"},
    Checker.LIFECYCLE: {"missing event"},
    Checker.DUPLICATES: {"executed twice", "iteration issued twice"},
    Checker.TERMINAL: {"two terminal events", "missing terminal"},
    Checker.CHAIN: {"broken chain"},
    Checker.ZOMBIE: {"stranded start"},
    Checker.LOG: {"log fingerprint"},
    Checker.SECRETS: {"secret in an event", "secret in a log record"},
    Checker.ORDER: {"order of steps"},
    Checker.EFFECTS: {"order of rows", "side effect row", "missing row", "call made twice"},
    Checker.LATENCY: {"both pass"},
    Checker.DIALECT: {"unknown event"},
}


@pytest.mark.parametrize("checker", [*leg_checkers(), *pair_checkers()])
def test_a_checker_that_is_gone(checker: str, monkeypatch: Patch) -> None:
    for group in (leg_checkers(), pair_checkers()):
        monkeypatch.delitem(group, checker, raising=False)
    assert missed(judged()) == BY_CHECKER[Checker(checker)]


@pytest.mark.parametrize("checker", [*leg_checkers(), *pair_checkers()])
def test_a_checker_that_says_nothing_but_that_it_is_not_sure(checker: str, monkeypatch: Patch) -> None:
    def raises(_: object) -> tuple[Finding, ...]:
        raise KeyError("oops")

    for group in (leg_checkers(), pair_checkers()):
        if checker in group:
            monkeypatch.setitem(group, checker, raises)
    assert "both pass" in missed(judged())


BY_KIND = {
    Kind.MISSING: {"missing key", "null lost"},
    Kind.EXTRA: {"extra key"},
    Kind.TYPE: {"number as text", "number as fraction", "truth as number", "null instead of a value"},
    Kind.VALUE: {
        "value",
        "noise",
        "parity by chance",
        "an unstable reference",
        "a divergence beside noise",
        "nested value",
        "order of items",
        "protected status",
    },
    Kind.LENGTH: {"length"},
    Kind.SHAPE: {"other shape"},
}


@pytest.mark.parametrize("kind", list(Kind))
def test_a_comparison_that_is_gone(kind: Kind, monkeypatch: Patch) -> None:
    def without(*values: Any) -> Iterator[Difference]:
        return (one for one in differences(*values) if one.kind is not kind)

    monkeypatch.setattr("harness.judge.envelopes.differences", without)
    assert missed(judged()) == BY_KIND[kind]


@pytest.mark.parametrize(
    ("alike", "control"),
    [
        ({"integer", "number"}, "number as fraction"),
        ({"integer", "boolean"}, "truth as number"),
    ],
)
def test_types_that_are_loose(alike: set[str], control: str, monkeypatch: Patch) -> None:
    monkeypatch.setattr(
        "harness.judge.compare.json_type", lambda value: "alike" if json_type(value) in alike else json_type(value)
    )
    assert missed(judged()) == {control}


def test_null_that_is_taken_for_nothing(monkeypatch: Patch) -> None:
    def lenient(*values: Any) -> Iterator[Difference]:
        return (one for one in differences(*values) if one.reference is not None)

    monkeypatch.setattr("harness.judge.envelopes.differences", lenient)
    assert missed(judged()) == {"null lost"}


def test_texts_that_are_compared_without_their_ends(monkeypatch: Patch) -> None:
    def lenient(*values: Any) -> Iterator[Difference]:
        return (one for one in differences(*values) if str(one.candidate).strip(".") != one.reference)

    monkeypatch.setattr("harness.judge.envelopes.differences", lenient)
    assert "nested value" in missed(judged())


@pytest.mark.parametrize("action", [Action.DROP, Action.CANONICAL_ID])
def test_a_rule_that_hides_what_is_protected(action: Action, monkeypatch: Patch) -> None:
    monkeypatch.setattr("harness.judge.normalise.PROTECTED", frozenset())
    rule = Rule(RulePath.parse("$..status_code"), action, "no reason")
    assert missed(judged(rules=(*RULES, rule))) == {"protected status"}


@pytest.mark.parametrize(
    ("attribute", "control"), [("kind", "error class"), ("sqlstate", "SQLSTATE"), ("http_status", "HTTP status")]
)
def test_an_attribute_of_an_error_that_is_not_looked_at(attribute: str, control: str, monkeypatch: Patch) -> None:
    def lenient(left: CallError, right: CallError) -> bool:
        return equivalent(replace(left, **{attribute: getattr(right, attribute)}), right)

    monkeypatch.setattr("harness.judge.envelopes.equivalent", lenient)
    assert missed(judged()) == {control}


def _nothing(*_: Any) -> tuple[()]:
    return ()


@pytest.mark.parametrize(
    ("part", "broken", "control"),
    [
        ("envelopes.equivalent", lambda *_: False, "same SQLSTATE in other words"),
        ("errors.masked", lambda _: "an error", "text of an error"),
        ("errors._sqlstate", lambda _: None, "same SQLSTATE in other words"),
        ("errors._http_status", lambda _: None, "same HTTP status in other words"),
        ("errors._EXIT_CODE", re.compile("(no such text)"), "exit code"),
        ("departures.compare", lambda *_: Comparison(()), "value"),
        ("departures._children", _nothing, "child ends otherwise"),
        ("departures._no_terminal_event", lambda *_: None, "missing terminal"),
        ("departures._ending", lambda *_: None, "terminal event"),
        ("run._broken_reference", _nothing, "broken reference"),
        ("run.leg_verdict", lambda *_: LegVerdict.COMPLETED, "passes on one side"),
        ("run.pair_verdict", lambda *_: PairVerdict.SAME_PASS, "value"),
        ("run.pair_verdict", lambda *_: PairVerdict.DIVERGED, "both fail"),
        ("unwrap._failed_inside", lambda *_: False, "masked error"),
        ("envelopes.common", lambda kind, data, other: data, "both pass"),
        ("envelopes.carried", lambda data: data, "both pass"),
        ("align._has_branches", lambda _: False, "parallel work in another order"),
        ("project.is_known", lambda _: True, "unknown event"),
        ("tokens.Tokens.text", lambda _, text: text, "both pass"),
        ("checkers.provenance.intended", lambda leg, _: leg.crew.pools, "wrong claimant"),
        ("checkers.effects._ORDERED", re.compile("(no such text)"), "order of rows"),
        ("checkers.effects._ORDERED", re.compile("SELECT"), "rows in any order"),
        ("checkers.effects.differences", _nothing, "side effect row"),
        ("checkers.effects._one_sided", _nothing, "missing row"),
        ("hangs._PROOFS", ({Signal.QUIET},), "slow step"),
        ("checkers.order._one_at_a_time", lambda _: True, "parallel work in another order"),
    ],
)
def test_a_part_that_is_broken(part: str, broken: object, control: str, monkeypatch: Patch) -> None:
    monkeypatch.setattr(f"harness.judge.{part}", broken)
    got = judged()
    assert control in missed(got)
    assert got.exit is Exit.INVALID


def test_known_texts_that_are_lost() -> None:
    got = verdict(reference(GOOD), candidate(GOOD), fingerprints=())
    assert (missed(got), got.exit) == ({"log fingerprint"}, Exit.INVALID)


def test_logs_that_are_not_tied_to_executions(monkeypatch: Patch) -> None:
    def careless(leg: LegContext) -> tuple[Finding, ...]:
        log = tuple(replace(line, execution_id=leg.evidence.execution_id) for line in leg.evidence.log)
        return leg_checkers_log(replace(leg, evidence=replace(leg.evidence, log=log)))

    leg_checkers_log = leg_checkers()[Checker.LOG]
    monkeypatch.setitem(leg_checkers(), Checker.LOG, careless)
    assert missed(judged()) == {"log of another execution"}


def test_evidence_that_is_taken_for_whole(monkeypatch: Patch) -> None:
    judge_pair = run.judge_pair

    def careless(request: Any, *legs: LegContext) -> Pair:
        return judge_pair(request, *(replace(leg, evidence=replace(leg.evidence, complete=True)) for leg in legs))

    monkeypatch.setattr(run, "judge_pair", careless)
    assert missed(judged()) == {"incomplete evidence"}


def test_a_reference_that_is_never_held_against_itself(monkeypatch: Patch) -> None:
    monkeypatch.setattr("harness.judge.run.noise.against_itself", lambda *_: ())
    assert missed(judged()) == {"noise", "parity by chance", "an unstable reference"}


def test_a_mask_that_covers_what_is_protected(monkeypatch: Patch) -> None:
    monkeypatch.setattr("harness.judge.noise_mask.Mask.covers", lambda *_: True)
    assert {"value", "protected status", "a divergence beside noise"} <= missed(judged())


def test_a_second_leg_that_is_taken_as_it_comes(monkeypatch: Patch) -> None:
    monkeypatch.setattr("harness.judge.run.noise.is_whole", lambda *_: True)
    assert "a second leg that is not whole" in missed(judged())
