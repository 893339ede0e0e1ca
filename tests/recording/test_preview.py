"""Causes of a run that still goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from builders import Step, candidate, reference
from recorded import begun

from harness.drive.events import LegEnded, RecordingBegun
from harness.model.evidence import Evidence, LegEnd
from harness.model.suite import Case
from harness.model.verdict import Cause
from harness.preview import Preview, previewing
from harness.recording.write import Recorder

VALUE = "python data at /v has another value"
CASES = [Case(name, "suite/example", "x.yaml", "") for name in ("a", "b")]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = begun(tmp_path, CASES)
    yield recorder
    recorder.abandon()


def names(causes: tuple[Cause, ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.fingerprint, one.cases) for one in causes]


def legs(case_id: str, value: int) -> tuple[Evidence, Evidence]:
    return reference(Step("start", {"v": 1}), case_id=case_id), candidate(Step("start", {"v": value}), case_id=case_id)


def test_a_case_is_judged_when_both_legs_are_there(recorder: Recorder) -> None:
    preview = Preview(recorder.folder)
    first, second = legs("a", 2)
    recorder.leg(second)
    assert preview.judged_with(second.key) == ()
    recorder.leg(first)
    assert names(preview.judged_with(first.key)) == [(VALUE, ("a",))]


def test_causes_add_up_and_equal_legs_add_none(recorder: Recorder) -> None:
    preview = Preview(recorder.folder)
    for one in (*legs("a", 1), *legs("b", 2)):
        recorder.leg(one)
    assert preview.judged_with(legs("a", 1)[0].key) == ()
    assert names(preview.judged_with(legs("b", 2)[0].key)) == [(VALUE, ("b",))]


def test_a_half_written_line_is_left_for_later(recorder: Recorder) -> None:
    preview = Preview(recorder.folder)
    first, second = legs("a", 2)
    recorder.leg(first)
    recorder.leg(second)
    file = recorder.folder / "recording.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    assert preview.judged_with(first.key) == ()
    file.write_bytes(whole)
    assert names(preview.judged_with(first.key)) == [(VALUE, ("a",))]


def test_a_listener_tells_while_the_run_goes_on(recorder: Recorder) -> None:
    told: list[tuple[Cause, ...]] = []
    with previewing(told.append) as listener:
        listener(RecordingBegun(str(recorder.folder)))
        for one in legs("a", 2):
            recorder.leg(one)
            listener(LegEnded(one.key, LegEnd.TERMINAL_EVENT, 1.0))
    assert all(names(one) in ([], [(VALUE, ("a",))]) for one in told)


def test_a_defect_in_it_is_not_swallowed(recorder: Recorder) -> None:
    told = Event()

    def broken(causes: tuple[Cause, ...]) -> None:
        told.set()
        raise ZeroDivisionError

    def run() -> None:
        with previewing(broken) as listener:
            listener(RecordingBegun(str(recorder.folder)))
            one, _ = legs("a", 2)
            recorder.leg(one)
            listener(LegEnded(one.key, LegEnd.TERMINAL_EVENT, 1.0))
            told.wait()

    with pytest.raises(ZeroDivisionError):
        run()
