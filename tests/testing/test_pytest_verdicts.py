"""Verdicts of a run that goes on."""

from __future__ import annotations

from pathlib import Path

from builders import PATH, PYTHON, Lane, Step, candidate, reference
from recorded import begun

from harness.model.check import CheckName, CheckState
from harness.model.evidence import Evidence, LegEnd
from harness.model.lane import Side
from harness.model.suite import Case
from harness.recording.write import Recorder
from harness.testing.desk import Desk, Ended
from harness.testing.verdicts import Answer, Verdicts

TOLD = Ended("told to end", told=True)


def quiet(case_id: str) -> list[Evidence]:
    """A reference that says nothing for 50 s: whether it hangs depends on how quiet others were that ended."""
    lane = Lane(Side.REFERENCE, PYTHON)
    lane.begin()
    lane.run(Step("start", stop="command.started"))
    left = lane.evidence(case_id, end=LegEnd.TIMEOUT, quiet_seconds=50.0)
    return [left, candidate(Step("start", {"a": 1}), case_id=case_id)]


def alike(case_id: str) -> list[Evidence]:
    return [one(Step("start", {"a": 1}), case_id=case_id) for one in (reference, candidate)]


def recording(tmp_path: Path, *legs: Evidence) -> tuple[Recorder, Desk]:
    names = dict.fromkeys(leg.case_id for leg in legs)
    recorder = begun(tmp_path / "runs", [Case(name, PATH, "x.yaml", "", expect=None) for name in names])
    for leg in legs:
        recorder.leg(leg)
    desk = Desk(tmp_path)
    desk.begin(recorder.folder)
    return recorder, desk


def state(answer: Answer | Ended, name: CheckName) -> CheckState:
    assert isinstance(answer, Answer)
    return next(check.state for check in answer.checks if check.name is name)


def test_a_case_has_its_answer_as_soon_as_both_legs_are_over(tmp_path: Path) -> None:
    left, right = alike("late")
    recorder, desk = recording(tmp_path, *alike("early"), left)
    desk.end(TOLD)
    verdicts = Verdicts(desk)
    assert state(verdicts.of("early"), CheckName.PARITY) is CheckState.PASSED
    assert verdicts.of("late") == TOLD
    recorder.leg(right)
    assert state(verdicts.of("late"), CheckName.PARITY) is CheckState.PASSED
    recorder.abandon()


def test_what_the_rest_of_the_run_may_change_waits_for_its_end(tmp_path: Path) -> None:
    recorder, desk = recording(tmp_path, *quiet("quiet"))
    desk.end(TOLD)
    verdicts = Verdicts(desk)
    assert verdicts.of("quiet") == TOLD
    recorder.close(60.0)
    assert state(verdicts.of("quiet"), CheckName.ZOMBIE) is CheckState.FAILED


def test_a_run_that_ended_before_its_recording_began_has_no_answers(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.end(Ended("no PostgreSQL"))
    assert Verdicts(desk).of("any") == Ended("no PostgreSQL")


def test_a_case_that_was_not_run_is_not_known(tmp_path: Path) -> None:
    left, _ = alike("lost")
    recorder, desk = recording(tmp_path, left)
    recorder.close(1.0)
    answer = Verdicts(desk).of("lost")
    assert isinstance(answer, Answer)
    assert {check.state for check in answer.checks} == {CheckState.UNDECIDED}
