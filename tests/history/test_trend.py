"""The trend over stored runs: the score, causes that come and leave, flaky cases, times."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.history.stored import StoredCause, StoredPair, StoredRun
from harness.history.trend import Durations, newest, trend, usual_seconds
from harness.judge.score import wilson
from harness.model.errors import HarnessError
from harness.model.verdict import Counts, LegVerdict, PairVerdict

PASS, DIVERGED, NOISE = PairVerdict.SAME_PASS, PairVerdict.DIVERGED, PairVerdict.NOISE


def pair(
    verdict: PairVerdict = PASS, case_id: str = "a", seconds: float = 1.0, end: LegVerdict = LegVerdict.COMPLETED
) -> StoredPair:
    return StoredPair(case_id, verdict, end, LegVerdict.COMPLETED, seconds, 2 * seconds)


def run(
    run_id: str,
    *pairs: StoredPair,
    causes: Sequence[str] = (),
    candidate: str = "rust@1",
    suite: str = "s",
    total: int = 10,
    seconds: float = 0.0,
) -> StoredRun:
    found = tuple(StoredCause(name, ("a",), False, False, None) for name in causes)
    counts = Counts(total, total, 0, 0, total - 1, 0)
    return StoredRun(run_id, "python@1", candidate, "4.12.0", 0, found, counts, suite, seconds, pairs)


def test_each_run_has_its_score_with_the_interval_and_the_causes_that_came_and_left() -> None:
    runs = [run("1", causes=["x"]), run("2", causes=["x", "y"]), run("3", causes=["y"])]
    points = trend(runs[2], runs).points
    assert [(one.run_id, one.came, one.left) for one in points] == [("1", (), ()), ("2", ("y",), ()), ("3", (), ("x",))]
    assert (points[0].low, points[0].high) == wilson(9, 10)


def test_a_cause_has_its_first_and_last_run() -> None:
    runs = [run("1"), run("2", causes=["x"]), run("3", causes=["x"]), run("4")]
    (cause,) = trend(runs[3], runs).causes
    assert (cause.cases, cause.first, cause.last) == ((0, 1, 1, 0), 1, 2)


def test_only_like_runs_before_it_are_held_beside_a_run() -> None:
    others = [
        run("1", candidate="rust@2"),
        run("2", total=4),
        run("3", total=21),
        run("4", total=5),
        run("5", total=20),
        run("7"),
    ]
    assert [one.run_id for one in trend(run("6"), others).points] == ["4", "5", "6"]
    assert [one.run_id for one in trend(run("6"), others, 2).points] == ["5", "6"]
    assert [one.run_id for one in trend(run("6"), others, 1).points] == ["6"]


def test_a_case_is_as_flaky_as_its_verdict_changes() -> None:
    verdicts = [PASS, DIVERGED, PASS, PASS]
    runs = [run(str(number), pair(one)) for number, one in enumerate(verdicts)]
    (case,) = trend(runs[-1], runs).cases
    assert (case.flips, case.chances, case.flake_rate) == (2, 3, 2 / 3)


def test_what_was_not_decided_and_what_another_suite_did_is_no_flake() -> None:
    runs = [run("1", pair(PASS)), run("2", pair(NOISE)), run("3", pair(PASS)), run("4", pair(DIVERGED), suite="t")]
    (case,) = trend(runs[-1], runs).cases
    assert (case.flips, case.chances) == (0, 1)


def test_the_first_run_of_a_case_has_no_rate() -> None:
    one = run("1", pair())
    assert trend(one, [one]).cases[0].flake_rate == 0.0


def test_a_case_has_the_median_and_the_newest_time_of_each_pool() -> None:
    runs = [run(str(number), pair(seconds=seconds)) for number, seconds in enumerate((3.0, 1.0, 2.0))]
    (case,) = trend(runs[-1], runs).cases
    assert (case.reference, case.candidate) == (Durations(2.0, 2.0), Durations(4.0, 4.0))


def test_a_leg_that_hung_has_no_time() -> None:
    one = run("1", pair(end=LegVerdict.ZOMBIE))
    (case,) = trend(one, [one]).cases
    assert (case.reference, case.candidate) == (None, Durations(2.0, 2.0))


def test_the_newest_run_is_not_a_look_at_one_case() -> None:
    runs = [run("1", total=200), run("2", total=120), run("3", total=1)]
    assert newest(runs).run_id == "2"
    assert newest(runs, "3").run_id == "3"
    with pytest.raises(HarnessError, match="no run 'x' is stored"):
        newest(runs, "x")
    with pytest.raises(HarnessError, match="none of the stored runs"):
        newest([])


def test_a_run_is_expected_to_take_what_such_runs_took() -> None:
    runs = [run(str(seconds), pair(), seconds=seconds) for seconds in (9.0, 5.0, 6.0)]
    runs.append(run("more", pair(), pair(case_id="b"), seconds=1.0))
    assert usual_seconds(runs, "python@1", "rust@1", {"a"}) == 6.0
    assert usual_seconds(runs, "python@1", "rust@2", {"a"}) is None
    assert usual_seconds(runs, "python@1", "rust@1", {"b"}) is None
