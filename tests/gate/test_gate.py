"""The gate by case and by rule, its receipt, and how a baseline is changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from builders import RUST, TODAY, Step, candidate, reference, stranded
from recorded import MANIFEST, record

from harness.files.baselines import load_baseline, load_gate_rules, save_baseline
from harness.gate.accept import offer
from harness.gate.receipt import pass_gate, verify
from harness.judge.gate import changes, gate
from harness.judge.run import judge
from harness.model.errors import Exit, HarnessError
from harness.model.evidence import Evidence
from harness.model.gate import Answer, Baseline, Category, GateRules, GateVerdict
from harness.model.verdict import RunVerdict
from harness.recording.read import open_recording

SAME = {"same": 1, "other": 1}
RULES = GateRules(lower_bound=0.0, coverage=1.0, indeterminate=0, zombies=0, forbidden=())
YAML = "lower_bound: 0.0\ncoverage: 1.0\nindeterminate: 0\nzombies: 0\n"


def legs(case_id: str, value: int) -> list[Evidence]:
    """A case in which the candidate says `value` and the reference 1."""
    pair = reference(Step("start", {"v": 1})), candidate(Step("start", {"v": value}))
    return [replace(leg, case_id=case_id) for leg in pair]


def run(tmp_path: Path, name: str = "1", **values: int) -> Path:
    """A stored run of these cases."""
    evidence = [leg for case_id, value in values.items() for leg in legs(case_id, value)]
    return record(tmp_path, *evidence, manifest=replace(MANIFEST, run_id=name))


def verdict_of(folder: Path) -> RunVerdict:
    return judge(open_recording(folder).request())


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """A baseline in which two cases are the same on both pools, with rules beside it."""
    path = tmp_path / "baseline.json"
    offer(run(tmp_path, "0", same=1, other=1), path, list(Category)).accept("first", date(2026, 11, 25))
    path.with_name("gate.yaml").write_text(YAML)
    return path


def answers(verdict: GateVerdict, *answer: Answer) -> set[str]:
    return {one.rule for one in verdict.results if one.answer in answer}


def held(run_verdict: RunVerdict, path: Path, rules: GateRules = RULES) -> GateVerdict:
    return gate(run_verdict, load_baseline(path), rules)


def test_the_same_run_again_passes(tmp_path: Path, baseline: Path) -> None:
    verdict = held(verdict_of(run(tmp_path, **SAME)), baseline)
    assert answers(verdict, Answer.FAIL, Answer.UNKNOWN) == set()
    assert (verdict.changes, verdict.exit) == ((), Exit.OK)


@pytest.mark.parametrize(
    ("values", "category", "code"),
    [
        ({"same": 1, "other": 2}, Category.UPDATE, Exit.DIVERGED),
        ({"same": 1}, Category.TRIM, Exit.DIVERGED),
        ({"same": 1, "other": 1, "new": 1}, Category.CREATE, Exit.OK),
    ],
)
def test_a_case_that_changed_is_named(
    tmp_path: Path, baseline: Path, values: dict[str, int], category: Category, code: Exit
) -> None:
    verdict = held(verdict_of(run(tmp_path, **values)), baseline)
    (change,) = verdict.changes
    assert (change.category, change.case_id in ("other", "new")) == (category, True)
    assert verdict.exit is code


def test_a_case_that_is_better_passes_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    offer(run(tmp_path, "0", same=1, other=2), path, list(Category)).accept("as it is", TODAY)
    verdict = held(verdict_of(run(tmp_path, **SAME)), path)
    assert [(one.case_id, one.category) for one in verdict.changes] == [("other", Category.FIX)]
    assert verdict.exit is Exit.OK


def test_another_difference_in_the_same_case_is_no_fix(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    offer(run(tmp_path, "0", other=2), path, list(Category)).accept("as it is", TODAY)
    text = candidate(Step("start", {"v": "text"}))
    changed = record(tmp_path, *(replace(leg, case_id="other") for leg in (reference(Step("start", {"v": 1})), text)))
    assert [one.category for one in changes(load_baseline(path), verdict_of(changed))] == [Category.UPDATE]


BROKEN: Sequence[tuple[str, GateRules, Answer]] = (
    ("lower bound of parity", replace(RULES, lower_bound=0.99), Answer.FAIL),
    ("forbidden fingerprints", replace(RULES, forbidden=("python data at /v has another value",)), Answer.FAIL),
)


@pytest.mark.parametrize(("rule", "rules", "answer"), BROKEN, ids=[one[0] for one in BROKEN])
def test_a_rule_fires_and_the_others_do_not_hide_it(
    tmp_path: Path, baseline: Path, rule: str, rules: GateRules, answer: Answer
) -> None:
    verdict = held(verdict_of(run(tmp_path, same=1, other=2)), baseline, rules)
    assert rule in answers(verdict, answer)
    assert rule not in answers(held(verdict_of(run(tmp_path, "2", **SAME)), baseline), answer)


def test_a_zombie_fails_the_gate(tmp_path: Path, baseline: Path) -> None:
    hung = stranded("start", 'invalid type: string "x", expected struct AuthConfig', spec=RUST)
    folder = record(tmp_path, *(replace(leg, case_id="same") for leg in (reference(Step("start", {"v": 1})), hung)))
    assert "zombies" in answers(held(verdict_of(folder), baseline), Answer.FAIL)


def test_what_was_not_decided_is_not_known(tmp_path: Path, baseline: Path) -> None:
    whole = verdict_of(run(tmp_path, **SAME))
    counts = replace(whole.counts, decided=1, indeterminate=1)
    verdict = held(replace(whole, counts=counts), baseline)
    assert answers(verdict, Answer.UNKNOWN) == {"coverage", "indeterminate"}
    assert verdict.exit is Exit.INDETERMINATE


def test_a_control_that_was_misjudged_outweighs_all(tmp_path: Path, baseline: Path) -> None:
    whole = verdict_of(run(tmp_path, same=1, other=2))
    controls = replace(whole.controls, right=whole.controls.right - 1)
    verdict = held(replace(whole, controls=controls, exit=Exit.INVALID), baseline)
    assert "controls" in answers(verdict, Answer.FAIL)
    assert verdict.exit is Exit.INVALID


def test_a_receipt_holds_until_a_part_changes(tmp_path: Path, baseline: Path) -> None:
    folder = run(tmp_path, **SAME)
    assert pass_gate(folder, baseline, baseline.with_name("gate.yaml")).exit is Exit.OK
    baseline.unlink()
    verdict, departures = verify(folder)
    assert (verdict.exit, departures) == (Exit.OK, ())


@pytest.mark.parametrize("part", ["gate/baseline.json", "gate/gate.yaml", "manifest.json", "evidence", "receipt"])
def test_a_receipt_does_not_hold_when_a_part_was_changed(tmp_path: Path, baseline: Path, part: str) -> None:
    folder = run(tmp_path, **SAME)
    pass_gate(folder, baseline, baseline.with_name("gate.yaml"))
    match part:
        case "evidence":
            file = folder / "cases" / "001-same" / "candidate-1.json"
            file.write_bytes(file.read_bytes().replace(b'"v":1', b'"v":3'))
        case "receipt":
            file = folder / "gate" / "receipt.json"
            file.write_text(json.dumps({**json.loads(file.read_text()), "verdict": "0" * 64}))
        case _:
            (folder / part).write_bytes((folder / part).read_bytes() + b"\n")
    try:
        _, departures = verify(folder)
    except HarnessError as error:
        departures = (error.what,)
    assert departures


def test_there_is_no_receipt_before_the_gate(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="there is no receipt"):
        verify(run(tmp_path, **SAME))


def test_only_the_named_categories_are_accepted(tmp_path: Path, baseline: Path) -> None:
    folder = run(tmp_path, same=2, new=1)
    offer(folder, baseline, [Category.CREATE]).accept("a new case", TODAY)
    now = load_baseline(baseline)
    assert set(now.cases) == {"same", "other", "new"}
    assert now.cases["same"].agrees
    assert [(one.categories, one.cases, one.reason) for one in now.accepted][1:] == [
        ((Category.CREATE,), 1, "a new case")
    ]
    offer(folder, baseline, [Category.UPDATE, Category.TRIM]).accept("as it is", TODAY)
    now = load_baseline(baseline)
    assert set(now.cases) == {"same", "new"}
    assert not now.cases["same"].agrees


def test_nothing_is_accepted_of_a_run_that_is_not_whole(tmp_path: Path, baseline: Path) -> None:
    folder = run(tmp_path, **SAME)
    path = folder / "recording.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(HarnessError, match="is not whole"):
        offer(folder, baseline, list(Category))


def test_a_baseline_of_other_pools_is_refused(tmp_path: Path, baseline: Path) -> None:
    other = replace(load_baseline(baseline), candidate="rust@9.9.9")
    save_baseline(baseline, other)
    with pytest.raises(HarnessError, match=r"rust@9\.9\.9"):
        pass_gate(run(tmp_path, **SAME), baseline, baseline.with_name("gate.yaml"))


def test_a_baseline_is_read_as_it_was_written(baseline: Path) -> None:
    kept = load_baseline(baseline)
    text = baseline.read_text()
    save_baseline(baseline, kept)
    assert baseline.read_text() == text
    assert isinstance(kept, Baseline)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema": "what"}', "{"])
def test_what_is_no_baseline_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(HarnessError, match=r"b\.json") as caught:
        load_baseline(path)
    assert caught.value.exit is Exit.USAGE


def test_wrong_rules_are_told_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text("lower_bound: 2\ncoverage: 1.0\nindeterminate: 0\n")
    with pytest.raises(HarnessError, match=r"gate\.yaml:1:1") as caught:
        load_gate_rules(path)
    assert "zombies: this field is required" in str(caught.value)
