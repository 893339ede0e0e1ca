"""How long did each call take from letter to letter, on either side? Information only: no verdict rests on a time."""

from __future__ import annotations

from harness.judge.align import Place, align
from harness.judge.checkers.base import PairContext, label
from harness.model.envelope import Call, Outcome
from harness.model.finding import Checker, Finding, Weight

_MOST_LINES = 3


def check_pair(pair: PairContext) -> tuple[Finding, ...]:
    """One finding with the time of all calls of each leg, and the longest calls letter by letter."""
    outcomes = (pair.reference.outcome, pair.candidate.outcome)
    places = [place for place in align(*outcomes) if place.reference and place.candidate]
    if not places:
        return ()
    return (
        Finding(
            Checker.LATENCY,
            pair.candidate.case.id,
            "time from letter to letter",
            f"calls took {_total(outcomes[0])} on the reference, {_total(outcomes[1])} on the candidate",
            Weight.INFO,
            evidence=tuple(_line(pair, place) for place in sorted(places, key=_longest, reverse=True)[:_MOST_LINES]),
        ),
    )


def _total(outcome: Outcome) -> str:
    return f"{1000 * sum(map(_took, outcome.calls)):.0f} ms"


def _longest(place: Place) -> float:
    return max(_took(place.reference), _took(place.candidate))


def _took(call: Call | None) -> float:
    return max(call.times, default=0.0) if call else 0.0


def _line(pair: PairContext, place: Place) -> str:
    sides = (("reference", place.reference), ("candidate", place.candidate))
    said = (f"{side} {_steps(call)}" for side, call in sides if call is not None)
    return f"{label(place.key, pair.candidate.case)}: {'; '.join(said)}"


def _steps(call: Call) -> str:
    """`claimed 12, started 15, done 40, completed 41 ms`, since it was issued."""
    later = list(zip(call.letters, call.times, strict=True))[1:]
    return f"{', '.join(f'{letter} {1000 * seconds:.0f}' for letter, seconds in later)} ms"
