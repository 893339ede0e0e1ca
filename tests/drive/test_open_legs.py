"""Legs at work, as a listener hears of them."""

from __future__ import annotations

from harness.drive.events import DriveEvent, LegEnded, LegStarted, RunPlanned
from harness.drive.open_legs import OpenLegs
from harness.model.evidence import LegEnd, LegKey
from harness.model.lane import Side


def test_what_has_begun_and_not_ended_is_at_work_and_all_is_passed_on() -> None:
    heard: list[DriveEvent] = []
    legs = OpenLegs(heard.append)
    one, other = LegKey("a/one", Side.REFERENCE), LegKey("a/other", Side.CANDIDATE)
    said: list[DriveEvent] = [RunPlanned(2, "p", "r"), LegStarted(one), LegStarted(other)]
    for event in said:
        legs(event)
    assert str(legs) == "a/one on reference, a/other on candidate"
    legs(LegEnded(one, LegEnd.TERMINAL_EVENT, 0.1))
    assert str(legs) == "a/other on candidate"
    legs(LegEnded(other, LegEnd.STUCK, 0.1))
    assert str(legs) == ""
    assert len(heard) == 5


def test_more_than_a_few_are_counted() -> None:
    legs = OpenLegs(lambda event: None)
    for number in range(10):
        legs(LegStarted(LegKey(f"a/{number}", Side.CANDIDATE)))
    assert str(legs).endswith("a/7 on candidate and 2 more")
