"""Distributions and the trend as places on a drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from harness.history.trend import Point, Trend
from harness.judge.latency import Latency, Spread
from harness.report.html import names

_BINS = 44
_WIDTH, _HALF = 440.0, 20.0
_FEWEST = 1e-4
"""Seconds: what is shorter stands at the left end."""


@dataclass(frozen=True, slots=True)
class Column:
    """One bar of a histogram; `height` is a share of the highest one."""

    x: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Half:
    """One side of a row: its histogram, and where its median stands."""

    columns: tuple[Column, ...]
    median: float


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """The reference's distribution stands above the line, the candidate's below it."""

    latency: Latency
    reference: Half
    candidate: Half


@dataclass(frozen=True, slots=True)
class LatencyChart:
    """Rows on one logarithmic axis; `ticks` are its places and texts."""

    rows: tuple[LatencyRow, ...]
    ticks: tuple[tuple[float, str], ...]
    width: float = _WIDTH
    half: float = _HALF


def latency_chart(latencies: Sequence[Latency]) -> LatencyChart:
    """All of them on the same axis, so that rows can be held beside each other."""
    times = [time for one in latencies for side in (one.reference, one.candidate) for time in side.times]
    if not times:
        return LatencyChart((), ())
    low, high = floor(_log(min(times))), ceil(_log(max(times)) + 0.01)
    scale = _WIDTH / max(high - low, 1)
    rows = (LatencyRow(one, *(_half(side, low, scale) for side in (one.reference, one.candidate))) for one in latencies)
    ticks = (((power - low) * scale, names.duration(10.0**power)) for power in range(low, high + 1))
    return LatencyChart(tuple(rows), tuple(ticks))


def _log(seconds: float) -> float:
    return log10(max(seconds, _FEWEST))


def _half(spread: Spread, low: float, scale: float) -> Half:
    wide = _WIDTH / _BINS
    counts = [0] * _BINS
    for time in spread.times:
        counts[min(int((_log(time) - low) * scale / wide), _BINS - 1)] += 1
    most = max(counts)
    columns = (Column(n * wide, wide - 1, count / most) for n, count in enumerate(counts) if count)
    return Half(tuple(columns), (_log(spread.median) - low) * scale)


@dataclass(frozen=True, slots=True)
class Mark:
    """One run: its place, its score and the ends of the interval."""

    point: Point
    x: float
    y: float
    low: float
    high: float


class TrendChart:
    """The score of each run with its interval. The axis begins at a full tenth below the lowest end."""

    width, height, left, top = 1120.0, 220.0, 46.0, 12.0

    def __init__(self, trend: Trend) -> None:
        self.trend = trend
        self.floor = floor(10 * min(point.low for point in trend.points)) / 10

    def marks(self) -> Iterator[Mark]:
        """All runs, oldest first."""
        gap = (self.width - self.left) / len(self.trend.points)
        for number, one in enumerate(self.trend.points):
            score, low, high = (self.y(share) for share in (one.counts.parity, one.low, one.high))
            yield Mark(one, self.left + gap * (number + 0.5), score, low, high)

    def y(self, share: float) -> float:
        """The place of a score from 0 to 1."""
        return self.top + (self.height - 2 * self.top) * (1 - share) / (1 - self.floor)

    def grid(self) -> Iterator[tuple[float, str]]:
        """A line for each tenth, or fewer where there are many."""
        tenths = range(round(10 * self.floor), 11)
        for tenth in tenths[:: 1 if len(tenths) < 7 else 2]:
            yield self.y(tenth / 10), f"{10 * tenth} %"
