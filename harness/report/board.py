"""What a terminal shows while a run goes on: areas with a bar for each lane, legs in flight, causes, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TypeAlias, assert_never

from harness.drive.events import DeploymentReady, DriveEvent, Examined, LegEnded, LegStarted, RecordingBegun, RunPlanned
from harness.model.doctor import State, said
from harness.model.evidence import LegEnd, LegKey
from harness.model.lane import Side
from harness.model.verdict import Cause
from harness.report.words import visible

Line: TypeAlias = tuple[str, str]
"""A text and its style."""

MOST_CAUSES = 4
MOST_IN_FLIGHT = 4
_FIXED = 11
"""Lines that stand beside areas, causes and legs: headings, the bar, and one that stays free."""
_WIDEST = 100
_BAR = 10


@dataclass(slots=True)
class _Lane:
    """One area on one lane. `odd` are legs that did not come to an end."""

    planned: int = 0
    ended: int = 0
    odd: int = 0


@dataclass(slots=True)
class _Area:
    lanes: dict[Side, _Lane] = field(default_factory=lambda: {side: _Lane() for side in Side})
    moved: int = 0

    @property
    def over(self) -> bool:
        return all(lane.ended >= lane.planned for lane in self.lanes.values())


class Board:
    """Hears of the run from one thread and is drawn from another. `expected` is how many seconds such a run takes, None
    where that is not known."""

    def __init__(self, expected: float | None, clock: Callable[[], float]) -> None:
        self._expected = expected
        self._clock = clock
        self._begun = clock()
        self._lock = Lock()
        self._head = ""
        self._news = "starting the deployment"
        self._folder = ""
        self._warnings: list[str] = []
        self._foretold = False
        self._planned = 0
        self._ended = 0
        self._areas: dict[str, _Area] = {}
        self._running: dict[LegKey, float] = {}
        self._causes: tuple[Cause, ...] = ()

    def __call__(self, event: DriveEvent) -> None:
        with self._lock:
            self._hear(event)

    def causes(self, found: tuple[Cause, ...]) -> None:
        """All causes that are known by now, the gravest first."""
        with self._lock:
            self._causes = found

    def lines(self, width: int, height: int) -> list[Line]:
        """The picture, in at most so many columns and rows."""
        with self._lock:
            wide = min(width, _WIDEST)
            lines = list(self._lines(wide, height))
        fitting = [*lines[: height - 1], lines[-1]] if len(lines) > height else lines
        return [(_cut(visible(text), wide), style) for text, style in fitting]

    def _hear(self, event: DriveEvent) -> None:
        match event:
            case RunPlanned(legs, reference, candidate, keys):
                self._planned = legs
                self._head = f"{reference} against {candidate}"
                self._foretold = bool(keys)
                for key in keys:
                    self._lane(key).planned += 1
            case DeploymentReady():
                self._news = ready(event)
            case RecordingBegun(folder):
                self._folder = folder
            case Examined():
                self._warnings += warnings(event)
            case LegStarted(leg):
                self._running[leg] = self._clock()
                if not self._foretold:
                    self._lane(leg).planned += 1
                self._areas.setdefault(_area(leg), _Area()).moved = self._ended + len(self._running)
            case LegEnded(leg, end, _):
                self._running.pop(leg, None)
                self._ended += 1
                lane = self._lane(leg)
                lane.ended += 1
                lane.odd += end not in (LegEnd.TERMINAL_EVENT, LegEnd.DRAINED, LegEnd.REFUSED)
            case _:
                assert_never(event)

    def _lane(self, leg: LegKey) -> _Lane:
        return self._areas.setdefault(_area(leg), _Area()).lanes[leg.side]

    def _lines(self, width: int, height: int) -> Iterator[Line]:
        yield self._head, "bold"
        yield f"{self._news}, run {Path(self._folder).name}" if self._folder else self._news, "dim"
        for warning in self._warnings:
            yield warning, "yellow"
        causes, running = self._causes[:MOST_CAUSES], list(self._running.items())[:MOST_IN_FLIGHT]
        room = max(3, height - _FIXED - len(self._warnings) - len(causes) - len(running))
        if self._areas:
            yield "", ""
            yield f"{'area':<20}{Side.REFERENCE:<28}{Side.CANDIDATE}", "bold"
        yield from self._table(room)
        if running:
            yield "", ""
        for leg, begun in running:
            again = " again" if leg.turn > 1 else ""
            yield f"  {leg.case_id} on {leg.side}{again}, {self._clock() - begun:.0f} s", "cyan"
        if len(self._running) > len(running):
            yield f"  and {len(self._running) - len(running)} more", "cyan"
        if causes:
            yield "", ""
            known = sum(cause.known for cause in self._causes)
            yield f"causes so far: {len(self._causes) - known} new, {known} known", "bold"
        for cause in sorted(causes, key=lambda one: one.known):
            count = len(cause.cases)
            mark = "known " if cause.known else ""
            yield f"  {count:>3} {mark}{cause.fingerprint}", "yellow" if cause.known else "red"
        yield "", ""
        yield self._progress(width), ""

    def _table(self, room: int) -> Iterator[Line]:
        """Areas at work or still to come first; those that are over make room for them."""
        names = list(self._areas)
        shown: Sequence[str] = names
        if len(names) > room:
            working = sorted(names, key=lambda name: (self._areas[name].over, -self._areas[name].moved))
            shown = [name for name in names if name in set(working[: room - 1])]
        for name in shown:
            lanes = self._areas[name].lanes
            yield f"{name:<20.19}{_bar(lanes[Side.REFERENCE]):<28}{_bar(lanes[Side.CANDIDATE])}".rstrip(), ""
        if len(shown) < len(names):
            rest = [self._areas[name] for name in names if name not in set(shown)]
            over = sum(area.over for area in rest)
            yield f"and {len(rest)} more areas, {over} of them over", "dim"

    def _progress(self, width: int) -> str:
        elapsed = self._clock() - self._begun
        usual = (
            "how long such a run takes is not known" if self._expected is None else f"of about {_time(self._expected)}"
        )
        text = f"{self._ended}/{self._planned} legs  {_time(elapsed)} {usual}"
        bar = _filled(self._ended, self._planned, max(10, width - len(text) - 4))
        return f"[{bar}] {text}"


def ready(event: DeploymentReady) -> str:
    """That lanes accept playbooks. A deployment whose pools work one after the other is ready once for each."""
    what = "deployment" if len(event.sides) == len(Side) else f"pool of the {event.sides[0].value}"
    return f"{'kept ' if event.kept else ''}{what} ready after {event.seconds:.1f} s"


def warnings(event: Examined) -> list[str]:
    """A line for each thing that the doctor warned of."""
    told = [one for one in event.findings if one.answer.state is State.WARN]
    return [f"warning: {said(one)}" for one in told]


def _area(leg: LegKey) -> str:
    return leg.case_id.partition("/")[0]


def _bar(lane: _Lane) -> str:
    odd = f" {lane.odd} odd" if lane.odd else ""
    return f"{_filled(lane.ended, lane.planned, _BAR)} {lane.ended:>3}/{lane.planned}{odd}" if lane.planned else ""


def _filled(done: int, planned: int, wide: int) -> str:
    full = wide * min(done, planned) // max(planned, 1)
    return "#" * full + "." * (wide - full)


def _time(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
