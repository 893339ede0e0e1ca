"""One time axis for two histories, with the long silences cut out of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

_LEAST_BREAK = 1.0
"""Seconds of silence below which nothing is cut out."""
_SHARE = 0.35
"""A silence that takes more of what is left of the time than this leaves too little room for the rest."""
_BREAK_WIDTH = 70.0
_MOST_BREAKS = 4
_MOST_TICKS = 7


@dataclass(frozen=True, slots=True)
class Break:
    """A silence of so many seconds, drawn from `x` on."""

    x: float
    width: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From seconds to places on the drawing. Between two neighbouring `times` it is linear."""

    times: tuple[float, ...]
    places: tuple[float, ...]
    breaks: tuple[Break, ...]
    ticks: tuple[Tick, ...]

    def x(self, seconds: float) -> float:
        """The place of a moment; those before the first and after the last are put there."""
        if seconds <= self.times[0]:
            return self.places[0]
        if seconds >= self.times[-1]:
            return self.places[-1]
        number = bisect_right(self.times, seconds) - 1
        begin, end = self.times[number : number + 2]
        left, right = self.places[number : number + 2]
        return left + (right - left) * (seconds - begin) / (end - begin)


def axis(moments: Iterable[float], left: float, right: float) -> Axis:
    """An axis from `left` to `right` for things that happen at `moments`, in seconds from 0."""
    instants = sorted({0.0, *(max(one, 0.0) for one in moments)})
    if len(instants) == 1:
        instants.append(0.001)
    cut = _silences(instants)
    drawn = instants[-1] - sum(end - begin for begin, end in cut)
    scale = (right - left - _BREAK_WIDTH * len(cut)) / drawn
    times, places, breaks = [0.0], [left], []
    for begin, end in cut:
        at = places[-1] + (begin - times[-1]) * scale
        times += [begin, end]
        places += [at, at + _BREAK_WIDTH]
        breaks.append(Break(at, _BREAK_WIDTH, end - begin))
    if times[-1] < instants[-1]:
        times.append(instants[-1])
        places.append(right)
    ticks = tuple(_ticks(times, places, {begin for begin, _ in cut}, _step(drawn)))
    return Axis(tuple(times), tuple(places), tuple(breaks), ticks)


def _silences(instants: list[float]) -> list[tuple[float, float]]:
    """The pauses that are cut out, in order of time."""
    pauses = sorted(pairwise(instants), key=lambda one: one[0] - one[1])
    rest = instants[-1]
    cut = []
    for begin, end in pauses[:_MOST_BREAKS]:
        pause = end - begin
        if pause < _LEAST_BREAK or pause < _SHARE * rest or pause >= rest:
            break
        cut.append((begin, end))
        rest -= pause
    return sorted(cut)


def _step(seconds: float) -> float:
    """The distance of ticks: 1, 2 or 5 times a power of ten."""
    step = 1e-4
    while True:
        for factor in (1, 2, 5):
            if seconds / (step * factor) <= _MOST_TICKS:
                return step * factor
        step *= 10


def _ticks(times: list[float], places: list[float], cut: set[float], step: float) -> Iterator[Tick]:
    for number, (begin, end) in enumerate(pairwise(times)):
        if begin in cut:
            continue
        left, right = places[number : number + 2]
        count = int(begin / step - 1e-9) + 1 if begin else 0
        while count * step <= end + 1e-9:
            at = count * step
            yield Tick(left + (right - left) * (at - begin) / (end - begin), _text(at, step))
            count += 1


def _text(seconds: float, step: float) -> str:
    if seconds >= 1:
        return f"{seconds:.{2 if step < 0.1 else 1 if step < 1 else 0}f} s"
    return f"{1000 * seconds:.{1 if step < 0.001 else 0}f} ms"
