"""The score over the stored runs, and which causes came and left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.history.stored import StoredCause, StoredRun
from harness.judge.score import wilson
from harness.model.verdict import Cause, Counts, RunVerdict


@dataclass(frozen=True, slots=True)
class Point:
    """One run: its counts, and the 95 % interval of its parity, both ends 0 to 1."""

    run_id: str
    exit: int
    counts: Counts
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Presence:
    """One cause over the points of a trend: in how many cases of each it showed. `known`: on record when it was last
    seen."""

    fingerprint: str
    known: bool
    cases: tuple[int, ...]

    @property
    def first(self) -> int:
        """The index of the first point that shows the cause."""
        return next(index for index, count in enumerate(self.cases) if count)


@dataclass(frozen=True, slots=True)
class Trend:
    """Runs of the same pools, oldest first; the last one is the run that was asked about."""

    points: tuple[Point, ...]
    causes: tuple[Presence, ...]


def trend(run: RunVerdict, stored: Sequence[StoredRun], most: int = 60) -> Trend:
    """`run` behind the stored runs that can be held beside it, at most `most` in all.

    These compare the same pools with the same routing on at least half as many cases: a run of one playbook says
    nothing of the suite's score.
    """
    before = [one for one in stored if _comparable(one, run)][-(most - 1) :]
    points = (
        *(_point(one.run_id, one.exit, one.counts) for one in before),
        _point(run.run_id, run.exit, run.counts),
    )
    return Trend(points, tuple(_presences(run, before)))


def _comparable(one: StoredRun, run: RunVerdict) -> bool:
    alike = (one.reference, one.candidate, one.routing) == (run.reference, run.candidate, run.routing)
    return alike and one.run_id < run.run_id and 2 * one.counts.total >= run.counts.total


def _point(run_id: str, code: int, counts: Counts) -> Point:
    return Point(run_id, code, counts, *wilson(counts.same, counts.total))


def _presences(run: RunVerdict, before: Sequence[StoredRun]) -> list[Presence]:
    """Those that show now first, then by when they were last seen."""
    runs: list[Sequence[StoredCause | Cause]] = [*(one.causes for one in before), run.causes]
    cases: dict[str, list[int]] = {}
    known: dict[str, bool] = {}
    for number, causes in enumerate(runs):
        for cause in causes:
            cases.setdefault(cause.fingerprint, [0] * len(runs))[number] = len(cause.cases)
            known[cause.fingerprint] = cause.known
    presences = [Presence(name, known[name], tuple(counts)) for name, counts in cases.items()]
    return sorted(presences, key=lambda one: ([not count for count in reversed(one.cases)], -one.cases[-1]))
