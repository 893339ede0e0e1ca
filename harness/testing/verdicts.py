"""The verdicts of a run that goes on, read from its recording as it grows."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.judge.checks import checks_of
from harness.judge.run import judge
from harness.model.check import Check
from harness.model.evidence import LegKey
from harness.model.lane import Side
from harness.model.suite import Case
from harness.model.verdict import Pair, RunVerdict
from harness.recording.read import Recording, open_recording
from harness.testing.desk import Desk, Ended

_GLANCE = 0.05
"""Seconds between two looks at whether the recording has grown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One case, judged. `verdict` is that of the run so far."""

    verdict: RunVerdict
    pair: Pair
    checks: tuple[Check, ...]


class Verdicts:
    """Judges each case as soon as its legs are over and nothing that the run still learns could change the answer.

    Every process that asks judges for itself: the judge is pure and the recording one, so the answers are too.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._answers: dict[str, Answer] = {}
        self._size = 0

    def of(self, case_id: str) -> Answer | Ended:
        """Wait for a case; `Ended` where the engine has ended without having judged it."""
        while case_id not in self._answers:
            ended = self._desk.ended()
            self._look()
            if ended is not None:
                return self._answers.get(case_id, ended)
            if case_id not in self._answers:
                time.sleep(_GLANCE)
        return self._answers[case_id]

    def _look(self) -> None:
        folder = self._desk.recording()
        if folder is None:
            return
        size = (folder / "recording.jsonl").stat().st_size
        if size == self._size:
            return
        self._size = size
        recording = open_recording(folder)
        due = [case for case in recording.cases if case.id not in self._answers and _is_over(recording, case)]
        self._answers.update(_settled(recording, due))


def _is_over(recording: Recording, case: Case) -> bool:
    """Whether nothing more will come of the case."""
    return recording.footer is not None or all(LegKey(case.id, side) in recording.legs for side in Side)


def _settled(recording: Recording, cases: list[Case]) -> Iterator[tuple[str, Answer]]:
    """How long a leg may be quiet is only known at the end of the run, and grows until then. What is the same by the
    shortest such time and by an endless one is settled before."""
    request = replace(recording.request(), cases=cases)
    verdict = judge(request)
    patient = verdict if recording.footer else judge(replace(request, graces=dict.fromkeys(Side, math.inf)))
    for pair, other in zip(verdict.pairs, patient.pairs, strict=True):
        if pair == other:
            yield pair.case.id, Answer(verdict, pair, checks_of(pair))
