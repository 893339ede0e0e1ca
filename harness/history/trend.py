"""The score over the stored runs, which causes came and left, which cases are flaky, and how long they take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from harness.history.stored import StoredPair, StoredRun
from harness.judge.score import wilson
from harness.model.errors import HarnessError
from harness.model.lane import Side
from harness.model.verdict import Counts, LegVerdict


@dataclass(frozen=True, slots=True)
class Point:
    """One run: its counts, and the 95 % interval of its parity, both ends 0 to 1. `came` and `left` are the causes that
    the run before did not have or that it had alone; the first point has none."""

    run_id: str
    exit: int
    counts: Counts
    low: float
    high: float
    came: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


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

    @property
    def last(self) -> int:
        """The index of the last point that shows it."""
        return max(index for index, count in enumerate(self.cases) if count)


@dataclass(frozen=True, slots=True)
class Durations:
    """How long the legs of one case took on one pool, in seconds: the median over the runs, and the newest one."""

    median: float
    newest: float


@dataclass(frozen=True, slots=True)
class CaseTrend:
    """One case over the points. Of `chances`, the times that two runs of the same suite decided it one after the other,
    it got another verdict `flips` times. A side is None where no leg of it came to an end."""

    case_id: str
    flips: int
    chances: int
    reference: Durations | None
    candidate: Durations | None

    @property
    def flake_rate(self) -> float:
        """The share of the chances in which the verdict changed, 0 to 1."""
        return self.flips / self.chances if self.chances else 0.0


@dataclass(frozen=True, slots=True)
class Trend:
    """Runs of the same pools, oldest first; the last one is the run that was asked about. `cases` are those that it
    has, in its order."""

    reference: str
    candidate: str
    routing: str
    points: tuple[Point, ...]
    causes: tuple[Presence, ...]
    cases: tuple[CaseTrend, ...]

    @property
    def flaky(self) -> tuple[CaseTrend, ...]:
        """The cases whose verdict changed from one run to the next, the worst first."""
        return tuple(sorted((case for case in self.cases if case.flips), key=lambda case: -case.flake_rate))


def trend(run: StoredRun, stored: Sequence[StoredRun], most: int = 60) -> Trend:
    """`run` behind the stored runs that can be held beside it, at most `most` in all.

    These compare the same pools with the same routing on about as many cases, no fewer than half and no more than twice
    as many: a run of one playbook says nothing of the suite's score.
    """
    before = [one for one in stored if one.run_id < run.run_id and _comparable(one, run)]
    runs = [*before[max(0, len(before) + 1 - most) :], run]
    return Trend(
        run.reference,
        run.candidate,
        run.routing,
        points=tuple(_points(runs)),
        causes=tuple(_presences(runs)),
        cases=tuple(_cases(runs)),
    )


def newest(stored: Sequence[StoredRun], run_id: str | None = None) -> StoredRun:
    """The run of that name; without one, the newest that is not just a look at a few cases: it has at least half as
    many as the largest of them. Raises `HarnessError` where there is none."""
    largest = max((one.counts.total for one in stored), default=0)
    for one in reversed(stored):
        if one.run_id == run_id or (run_id is None and 2 * one.counts.total >= largest):
            return one
    if run_id is None:
        raise HarnessError("none of the stored runs came to its end", "Run the suite first, and let it end.")
    raise HarnessError(f"no run {run_id!r} is stored that came to its end", "`ls reports/runs` shows the runs.")


def usual_seconds(stored: Iterable[StoredRun], reference: str, candidate: str, cases: AbstractSet[str]) -> float | None:
    """How long such a run took before, in seconds: the median of the runs of the same pools on the same cases. None
    where there was none."""
    times = [
        one.seconds
        for one in stored
        if (one.reference, one.candidate) == (reference, candidate) and {pair.case_id for pair in one.pairs} == cases
    ]
    return median(times) if times else None


def _comparable(one: StoredRun, run: StoredRun) -> bool:
    alike = (one.reference, one.candidate, one.routing) == (run.reference, run.candidate, run.routing)
    few, many = sorted((one.counts.total, run.counts.total))
    return alike and 2 * few >= many


def _points(runs: Sequence[StoredRun]) -> Iterator[Point]:
    before = None
    for one in runs:
        names = {cause.fingerprint for cause in one.causes}
        came = () if before is None else tuple(sorted(names - before))
        left = () if before is None else tuple(sorted(before - names))
        yield Point(one.run_id, one.exit, one.counts, *wilson(one.counts.same, one.counts.total), came, left)
        before = names


def _presences(runs: Sequence[StoredRun]) -> list[Presence]:
    """Those that show now first, then by when they were last seen."""
    cases: dict[str, list[int]] = {}
    known: dict[str, bool] = {}
    for number, run in enumerate(runs):
        for cause in run.causes:
            cases.setdefault(cause.fingerprint, [0] * len(runs))[number] = len(cause.cases)
            known[cause.fingerprint] = cause.known
    presences = [Presence(name, known[name], tuple(counts)) for name, counts in cases.items()]
    return sorted(presences, key=lambda one: ([not count for count in reversed(one.cases)], -one.cases[-1]))


def _cases(runs: Sequence[StoredRun]) -> Iterator[CaseTrend]:
    seen: dict[str, list[tuple[str, StoredPair]]] = {pair.case_id: [] for pair in runs[-1].pairs}
    for run in runs:
        for pair in run.pairs:
            if pair.case_id in seen:
                seen[pair.case_id].append((run.suite_digest, pair))
    for case_id, ones in seen.items():
        decided = [(digest, pair.verdict) for digest, pair in ones if pair.decided]
        chances = [(one, other) for (suite, one), (later, other) in pairwise(decided) if suite == later]
        flips = sum(one != other for one, other in chances)
        pairs = [pair for _, pair in ones]
        yield CaseTrend(case_id, flips, len(chances), *(_durations(pairs, side) for side in Side))


def _durations(pairs: Sequence[StoredPair], side: Side) -> Durations | None:
    """Of the legs that came to an end: how long somebody waited for another says nothing of it."""
    if side is Side.REFERENCE:
        legs = [(pair.reference, pair.reference_seconds) for pair in pairs]
    else:
        legs = [(pair.candidate, pair.candidate_seconds) for pair in pairs]
    times = [seconds for verdict, seconds in legs if verdict in (LegVerdict.COMPLETED, LegVerdict.FAILED)]
    return Durations(median(times), times[-1]) if times else None
