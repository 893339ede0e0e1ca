"""Looking back: a cause over stored runs, and old evidence by another yardstick."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import TODAY, Step, candidate, reference
from recorded import MANIFEST, YARDSTICK, record

from harness.history.backtest import backtest
from harness.history.causes import explain, history, triage
from harness.history.index import stored_runs
from harness.history.stored import run_folders
from harness.judge.run import judge
from harness.model.errors import Exit, HarnessError
from harness.model.evidence import Evidence
from harness.model.expectation import Expectation
from harness.recording.read import open_recording
from harness.report.json import keep

VALUE = "python data at /v has another value"
KNOWN = Expectation("example", VALUE, "rust", "", "known", "spec", "me", TODAY + timedelta(days=9), "e.yaml")


def stored(runs: Path, run_id: str, value: int) -> Path:
    """A stored run in which the candidate says `value` and the reference 1."""
    legs: list[Evidence] = [reference(Step("start", {"v": 1})), candidate(Step("start", {"v": value}))]
    folder = record(runs, *legs, manifest=replace(MANIFEST, run_id=run_id))
    keep(judge(open_recording(folder).request()), folder)
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Four runs: the cause is not there, shows twice, and is gone."""
    for run_id, value in (("1", 1), ("2", 2), ("3", 2), ("4", 1)):
        stored(tmp_path, run_id, value)
    return tmp_path


def test_a_cause_has_a_first_run_and_a_last(runs: Path) -> None:
    found = history(VALUE, stored_runs(runs))
    assert found is not None
    assert [one.run_id for one in found.sightings] == ["2", "3"]
    assert (found.runs, found.absent_since) == (4, "4")


def test_a_cause_that_shows_in_the_newest_run_is_not_gone(runs: Path) -> None:
    stored(runs, "5", 2)
    found = history(VALUE, stored_runs(runs))
    assert found is not None
    assert found.absent_since is None


def test_a_cause_that_never_showed_has_no_history(runs: Path) -> None:
    assert history("what", stored_runs(runs)) is None


def test_a_part_of_a_fingerprint_is_enough(runs: Path) -> None:
    found = explain("at /v has", stored_runs(runs), replace(YARDSTICK, expectations=(KNOWN,)))
    assert (found.fingerprint, found.expectations) == (VALUE, (KNOWN,))


def test_what_nobody_has_is_an_error_and_so_is_what_several_have(runs: Path) -> None:
    with pytest.raises(HarnessError, match="no stored run and no expectation has 'nonsense'"):
        explain("nonsense", stored_runs(runs), YARDSTICK)
    other = replace(KNOWN, fingerprint="python data at /w has another value")
    with pytest.raises(HarnessError, match="is in 2 fingerprints"):
        explain("another value", stored_runs(runs), replace(YARDSTICK, expectations=(other,)))


def test_triage_knows_what_is_new(runs: Path) -> None:
    run = judge(open_recording(runs / "2").request())
    (new,) = triage(run, [])
    (old,) = triage(run, stored_runs(runs))
    assert (new.past, new.cause.fingerprint, new.pair.case.id) == (None, VALUE, "example")
    assert old.past is not None


def test_another_yardstick_changes_just_what_it_speaks_of(runs: Path) -> None:
    known = replace(YARDSTICK, expectations=(KNOWN,))
    changed = backtest(runs / "2", known, None)
    assert (changed.exit_before, changed.exit_now) == (Exit.DIVERGED, Exit.OK)
    (turn,) = changed.turns
    assert (turn.before, turn.now) == ("diverged, unexpected", "diverged, expected")
    assert turn.because == (f"- {VALUE}",)
    assert not backtest(runs / "2", YARDSTICK, None).changed
    (stale,) = backtest(runs / "1", known, None).turns
    assert stale.now.startswith("same_pass, ")
    assert stale.now != stale.before


def test_the_newest_runs_come_last_and_none_is_an_error(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert [folder.name for folder in run_folders(runs, 2)] == ["3", "4"]
    with pytest.raises(HarnessError, match="no run is stored"):
        run_folders(tmp_path_factory.mktemp("empty"))


def test_a_run_that_left_no_verdict_is_passed_over(runs: Path) -> None:
    (runs / "3" / "verdict.json").unlink()
    assert [run.run_id for run in stored_runs(runs)] == ["1", "2", "4"]
