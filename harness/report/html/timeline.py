"""Two histories drawn on one time axis: a row a step, in it the reference's calls and below them the candidate's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from harness.judge.align import Place
from harness.judge.checkers.base import label
from harness.judge.project import CLOSED
from harness.model.envelope import Call, Letter, OutcomeClass
from harness.model.lane import Side
from harness.model.suite import Case
from harness.model.verdict import Leg, LegVerdict, Pair
from harness.report.html import names
from harness.report.html.axis import Axis, axis

MOST_CALLS = 1_200
"""Calls of each side that are drawn. More are only a blot."""
_MOST_TRACKS = 16
_LEFT, _RIGHT, WIDTH = 206.0, 934.0, 1120.0
_TOP, _TRACK, _GAP, _BAR = 26.0, 15.0, 9.0, 9.0
_LEAST = 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One call. `kind` is `work`, `error`, `masked` or `hang`; `wait` is where the line begins that stands for the time
    before the claim."""

    x: float
    width: float
    kind: str
    title: str
    wait: float


@dataclass(frozen=True, slots=True)
class Track:
    """One line of bars of one side, none of which overlap. `note` stands at its end."""

    y: float
    side: Side
    bars: tuple[Bar, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """A step."""

    y: float
    name: str
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The drawing, in pixels of its own. `left_out` counts the calls that are not in it."""

    height: float
    axis: Axis
    rows: tuple[Row, ...]
    left_out: int
    width: float = WIDTH
    left: float = _LEFT
    right: float = _RIGHT


@dataclass(frozen=True, slots=True)
class _Span:
    """A call as times in seconds from the beginning of its leg. `begun` is None where nobody claimed it."""

    call: Call
    issued: float
    begun: float | None
    ended: float
    kind: str


def timeline(pair: Pair, places: Sequence[Place]) -> Timeline | None:
    """The drawing of a pair; None where no history has times."""
    drawn = list(_spans(pair, places))
    if not drawn:
        return None
    ends = [_end(leg) for leg in (pair.reference, pair.candidate)]
    moments = [at for _, _, span in drawn for at in _moments(span)]
    scale = axis([*moments, *ends, *(leg.outcome.seconds for leg in (pair.reference, pair.candidate))], _LEFT, _RIGHT)
    named: dict[str, dict[Side, list[_Span]]] = {}
    for name, side, span in drawn:
        named.setdefault(name, {one: [] for one in Side})[side].append(span)
    rows = [_whole(pair, scale)]
    for name, sides in named.items():
        rows.append(_row(pair.case, name, sides, scale, _bottom(rows[-1])))
    calls = sum(len(leg.outcome.calls) for leg in (pair.reference, pair.candidate))
    return Timeline(_bottom(rows[-1]) + 8, scale, tuple(rows), calls - len(drawn))


def _spans(pair: Pair, places: Sequence[Place]) -> Iterator[tuple[str, Side, _Span]]:
    for side, leg in ((Side.REFERENCE, pair.reference), (Side.CANDIDATE, pair.candidate)):
        calls = (one.reference if side is Side.REFERENCE else one.candidate for one in places)
        timed = (call for call in calls if call is not None and call.times)
        for call in islice(timed, MOST_CALLS):
            yield label(replace(call.key, iteration=-1, visit=1), pair.case), side, _span(call, leg)


def _span(call: Call, leg: Leg) -> _Span:
    at = dict(zip(reversed(call.letters), reversed(call.times), strict=False))
    ends = [at[letter] for letter in CLOSED if letter in at]
    begun = call.began + at[Letter.CLAIMED] if Letter.CLAIMED in at else None
    ended = call.began + max(ends) if ends else _end(leg)
    return _Span(call, call.began, begun, ended, _kind(call) if ends else "hang")


def _kind(call: Call) -> str:
    match call.envelope.outcome:
        case OutcomeClass.ERROR:
            return "error"
        case OutcomeClass.MASKED:
            return "masked"
        case OutcomeClass.OK | OutcomeClass.NONE:
            return "work"


def _end(leg: Leg) -> float:
    """When the leg was over, or the watch over it."""
    return leg.outcome.seconds + (leg.evidence.quiet_seconds if _hangs(leg) else 0.0)


def _hangs(leg: Leg) -> bool:
    return leg.verdict in (LegVerdict.ZOMBIE, LegVerdict.SLOW, LegVerdict.TIMEOUT)


def _moments(span: _Span) -> Iterator[float]:
    yield from (span.call.began + one for one in span.call.times)
    yield span.ended


def _bottom(row: Row) -> float:
    return row.tracks[-1].y + _TRACK + _GAP


def _whole(pair: Pair, scale: Axis) -> Row:
    """The executions themselves, with how they ended."""
    tracks = []
    for number, (side, leg) in enumerate(((Side.REFERENCE, pair.reference), (Side.CANDIDATE, pair.candidate))):
        ended = scale.x(leg.outcome.seconds)
        said = f"{side.value}: {names.plain(leg.verdict.value)} after {names.duration(leg.outcome.seconds)}"
        bars = [Bar(_LEFT, max(ended - _LEFT, _LEAST), "whole", said, _LEFT)]
        if _hangs(leg) and leg.evidence.quiet_seconds:
            silence = f"{names.duration(leg.evidence.quiet_seconds)} without an event"
            bars.append(Bar(ended, max(scale.x(_end(leg)) - ended, _LEAST), "hang", silence, ended))
        tracks.append(Track(_TOP + 6 + number * _TRACK, side, tuple(bars), names.plain(leg.verdict.value)))
    return Row(_TOP + 6, "execution", tuple(tracks))


def _row(case: Case, name: str, sides: dict[Side, list[_Span]], scale: Axis, top: float) -> Row:
    tracks: list[Track] = []
    for side, spans in sides.items():
        for packed in _packed(spans)[:_MOST_TRACKS]:
            bars = tuple(_bars(case, packed, scale))
            tracks.append(Track(top + len(tracks) * _TRACK, side, bars, _workers(packed)))
    return Row(top, name, tuple(tracks))


def _packed(spans: Sequence[_Span]) -> list[list[_Span]]:
    """Spans on as few lines as there were at work at a time."""
    lines: list[list[_Span]] = []
    for span in sorted(spans, key=lambda one: _start(one)):
        free = next((line for line in lines if line[-1].ended <= _start(span)), None)
        if free is None:
            lines.append([span])
        else:
            free.append(span)
    return lines


def _start(span: _Span) -> float:
    return span.issued if span.begun is None else span.begun


def _bars(case: Case, spans: Sequence[_Span], scale: Axis) -> Iterator[Bar]:
    free = 0.0
    for span in spans:
        x = scale.x(_start(span))
        wait = max(scale.x(span.issued), free)
        free = max(scale.x(span.ended), x + _LEAST)
        yield Bar(x, free - x, span.kind, _title(case, span), min(wait, x))


def _title(case: Case, span: _Span) -> str:
    call = span.call
    letters = ", ".join(
        f"{letter} {names.duration(call.began + at)}" for letter, at in zip(call.letters, call.times, strict=False)
    )
    worker = f" by {', '.join(call.claimed_by)}" if call.claimed_by else ""
    never = ", then nothing" if span.kind == "hang" else ""
    return f"{label(call.key, case)} ({call.tool_kind}){worker}: {letters}{never}"


def _workers(spans: Sequence[_Span]) -> str:
    """Who claimed them: a worker's id as far as it tells it from others, or how many there were."""
    workers = tuple(dict.fromkeys(one for span in spans for one in span.call.claimed_by))
    if not workers:
        return "nobody"
    return workers[0][:15] if len(workers) == 1 else f"{len(workers)} workers"
