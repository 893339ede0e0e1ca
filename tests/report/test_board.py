"""The picture of a run that goes on."""

from __future__ import annotations

from collections.abc import Sequence

from harness.drive.events import DeploymentReady, DriveEvent, LegEnded, LegStarted, RecordingBegun, RunPlanned
from harness.model.evidence import LegEnd, LegKey
from harness.model.finding import Finding, Weight
from harness.model.lane import Side
from harness.model.verdict import Cause
from harness.report.board import Board

LEGS = tuple(LegKey(f"{area}/case", side) for area in ("loops", "http") for side in Side)


def cause(name: str, known: bool = False) -> Cause:
    return Cause(name, ("a", "b"), True, known, Finding("x", "a", name, name, Weight.DIVERGES))


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def board(*events: DriveEvent, expected: float | None = None, at: float = 0.0, legs: Sequence[LegKey] = LEGS) -> Board:
    clock = Clock()
    one = Board(expected, clock)
    for event in (RunPlanned(len(legs), "python@1", "rust@1", tuple(legs)), *events):
        one(event)
    clock.now = at
    return one


def text(one: Board, width: int = 80, height: int = 30) -> str:
    return "\n".join(line for line, _ in one.lines(width, height))


def test_each_area_has_a_bar_for_each_lane() -> None:
    shown = text(board(LegStarted(LEGS[0]), LegEnded(LEGS[0], LegEnd.TERMINAL_EVENT, 1.0)))
    assert "loops               ##########   1/1            ..........   0/1" in shown
    assert "http                ..........   0/1            ..........   0/1" in shown
    assert "] 1/4 legs  0:00" in shown


def test_a_leg_that_did_not_come_to_an_end_is_odd() -> None:
    assert " 1/1 1 odd" in text(board(LegEnded(LEGS[0], LegEnd.STUCK, 1.0)))
    assert "odd" not in text(board(LegEnded(LEGS[0], LegEnd.REFUSED, 1.0)))


def test_legs_in_flight_have_their_time() -> None:
    running = board(LegStarted(LEGS[0]), LegStarted(LEGS[1]), at=7.0)
    assert "loops/case on reference, 7 s" in text(running)
    running(LegEnded(LEGS[0], LegEnd.TERMINAL_EVENT, 7.0))
    assert "loops/case on reference" not in text(running)
    assert "loops/case on candidate, 7 s" in text(running)


def test_the_clock_says_what_is_usual_and_when_nobody_knows() -> None:
    assert "4 legs  1:05 of about 2:03" in text(board(expected=123.4, at=65.0))
    assert "how long such a run takes is not known" in text(board())


def test_causes_appear_with_new_ones_first() -> None:
    one = board()
    one.causes((cause("known one", known=True), cause("Tool not found: x")))
    lines = text(one).splitlines()
    start = lines.index("causes so far: 1 new, 1 known")
    assert lines[start + 1 : start + 3] == ["    2 Tool not found: x", "    2 known known one"]


def test_where_and_when_is_said() -> None:
    shown = text(board(RecordingBegun("runs/1"), DeploymentReady(tuple(Side), 1.5, False)))
    assert "deployment ready after 1.5 s, run 1" in shown


def test_it_fits_whatever_there_is() -> None:
    legs = [LegKey(f"area_{number}_{'x' * 90}/case", side) for number in range(40) for side in Side]
    busy = board(*map(LegStarted, legs), LegEnded(legs[0], LegEnd.STUCK, 1.0), legs=legs)
    busy.causes(tuple(cause(f"cause {number} {'y' * 200}") for number in range(20)))
    for width, height in ((80, 24), (80, 10), (40, 24), (200, 50)):
        lines = text(busy, width, height).splitlines()
        assert len(lines) <= height
        assert max(map(len, lines)) <= min(width, 100)
        assert "1/80 legs" in lines[-1]


def test_areas_that_are_over_make_room_for_those_at_work() -> None:
    legs = [LegKey(f"area_{number}/case", side) for number in range(30) for side in Side]
    ended = [LegEnded(leg, LegEnd.TERMINAL_EVENT, 1.0) for leg in legs[:40]]
    shown = text(board(*ended, LegStarted(legs[50]), legs=legs), height=24)
    assert "area_25 " in shown
    assert "area_3 " not in shown
    assert "and 19 more areas, 19 of them over" in shown


def test_nothing_in_a_name_moves_the_cursor() -> None:
    one = board()
    one.causes((cause("a\x1b[2Jb"),))
    assert "\x1b" not in text(one)


def test_legs_that_nobody_foretold_count_as_they_start() -> None:
    one = Board(None, Clock())
    for event in (RunPlanned(9, "python@1", "its mutants"), LegStarted(LEGS[0]), LegStarted(LEGS[2])):
        one(event)
    one(LegEnded(LEGS[0], LegEnd.TERMINAL_EVENT, 1.0))
    assert "loops               ##########   1/1" in text(one)
    assert "http                ..........   0/1" in text(one)
