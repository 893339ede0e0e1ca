"""Rates of flaky differences over stored runs, and what a recording keeps of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import PYTHON, TODAY, Step, candidate, reference
from recorded import MANIFEST, record

from harness.history.flaky import past
from harness.judge.run import judge
from harness.judge.yardstick import Yardstick
from harness.model.evidence import Evidence
from harness.model.expectation import Expectation, Flaky, Past
from harness.model.noise import Kind, NoiseEntry, Spot
from harness.recording.facts import FACT, YardstickFact
from harness.recording.read import open_recording
from harness.report.json import keep

VALUE = "python data at /v has another value"
FLAKY = Expectation("example", VALUE, "rust", "", "random", "spec", "me", TODAY, "e.yaml", flaky=Flaky(0.2, 0.8, 5))


def stored(runs: Path, run_id: str, *legs: Evidence) -> None:
    folder = record(runs, *legs, manifest=replace(MANIFEST, run_id=run_id))
    keep(judge(open_recording(folder).request()), folder)


def legs(value: int, **changes: bool) -> tuple[Evidence, Evidence]:
    return reference(Step("start", {"v": 1})), candidate(Step("start", {"v": value}), **changes)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Six runs: the difference shows in the first, the third and the last; the fifth decided nothing."""
    for run_id, value in (("1", 2), ("2", 1), ("3", 2), ("4", 1), ("6", 2)):
        stored(tmp_path, run_id, *legs(value))
    stored(tmp_path, "5", *legs(1, complete=False))
    return tmp_path


def test_the_newest_runs_that_decided_the_case_are_looked_at(runs: Path) -> None:
    assert past([FLAKY], runs) == (Past("example", VALUE, 2, 4),)
    longer = replace(FLAKY, flaky=Flaky(0.2, 0.8, 100))
    assert past([longer], runs) == (Past("example", VALUE, 3, 5),)


@pytest.mark.parametrize("changes", [{"case_id": "other"}, {"runtime": "python"}, {"versions": ">=5.11.0"}])
def test_runs_that_the_entry_is_not_for_do_not_count(runs: Path, changes: dict[str, str]) -> None:
    (found,) = past([replace(FLAKY, **changes)], runs)  # type: ignore[arg-type]
    assert (found.shown, found.runs) == (0, 0)


def test_a_run_in_which_the_case_was_noise_shows_it(runs: Path) -> None:
    again = replace(reference(Step("start", {"v": 3})), turn=2)
    stored(runs, "7", *legs(2), again)
    assert past([FLAKY], runs) == (Past("example", VALUE, 3, 4),)
    assert past([replace(FLAKY, flaky=Flaky(0.2, 0.8, 3))], runs) == (Past("example", VALUE, 2, 2),)


def test_nothing_is_read_where_nothing_is_flaky(tmp_path: Path) -> None:
    assert past([replace(FLAKY, flaky=None)], tmp_path / "none") == ()
    assert past([FLAKY], tmp_path / "none") == (Past("example", VALUE, 0, 0),)


def test_a_verdict_that_can_not_be_read_is_passed_over(runs: Path) -> None:
    (runs / "6" / "verdict.json").write_text("{")
    assert past([FLAKY], runs) == (Past("example", VALUE, 2, 4),)


def test_a_recording_keeps_noise_and_rates_and_judges_by_them(tmp_path: Path) -> None:
    spot = Spot("start", "/v", Kind.VALUE)
    entry = NoiseEntry("example", PYTHON.id, spot, 1, 2, TODAY, TODAY, TODAY + timedelta(days=9))
    yardstick = Yardstick((FLAKY,), (), (), TODAY, (entry,), (Past("example", VALUE, 1, 3),))
    fact = YardstickFact(yardstick)
    assert FACT.validate_json(FACT.dump_json(fact)) == fact
    (pair,) = judge(open_recording(record(tmp_path, *legs(2))).request(yardstick)).pairs
    assert [(one.entry, one.differs) for one in pair.noise] == [(entry, True)]
    assert [(one.shown, one.runs) for one in pair.rates] == [(2, 4)]
