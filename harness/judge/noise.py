"""The reference against itself (A/A): what differs between its own two legs says nothing of a candidate.

How it counts: a pair that differs only where the reference differs from itself is `noise`. That is no parity and no
divergence, and not decided, unless a flaky entry has it on record. Where the reference differs from itself in what is
protected, the whole pair is `noise`, whatever the candidate did. A second leg that was not seen whole makes every
answer of its pair indeterminate: it was run so that the answer can lean on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from harness.judge.noise_mask import Mask
from harness.judge.verdicts import ENDED
from harness.model.finding import Checker, Finding, Weight
from harness.model.lane import Side
from harness.model.noise import Noise, NoiseEntry, Spot
from harness.model.verdict import Leg, LegVerdict


def applicable(entries: Iterable[NoiseEntry], case_id: str, pool: str) -> tuple[NoiseEntry, ...]:
    """What is on record for this case on this reference pool, expired entries too."""
    return tuple(one for one in entries if (one.case_id, one.pool) == (case_id, pool))


def mask_of(itself: Iterable[Finding], entries: Iterable[NoiseEntry], today: date) -> Mask:
    """What is noise in a pair: what this run shows, and what is on record and has not expired."""
    seen = {spot for one in itself if one.weight is Weight.NOISE for spot in one.spots}
    return Mask(frozenset(seen | {one.spot for one in entries if one.expires >= today}))


def is_whole(first: Leg, second: Leg) -> bool:
    """Whether the second leg can be held against the first. One that hangs can not, unless both hang."""
    ended = second.verdict in ENDED and second.evidence.complete
    return ended and (second.verdict is first.verdict or second.verdict is not LegVerdict.ZOMBIE)


def not_whole(case_id: str, second: Leg) -> Finding:
    """Says that the second leg decides nothing."""
    hang = next((one.message for one in second.findings if one.weight is Weight.DIVERGES), None)
    return Finding(
        Checker.NOISE,
        case_id,
        f"the reference's second leg is {second.verdict}",
        "nothing can lean on the reference's second leg, which was run to show what is noise",
        Weight.UNKNOWN,
        Side.REFERENCE,
        evidence=tuple(text for text in (second.evidence.problem, hang) if text),
    )


def against_itself(first: Leg, second: Leg, compared: Iterable[Finding]) -> tuple[Finding, ...]:
    """What differs between the reference's two whole legs. `compared` are the findings of their comparison under a mask
    of everything: what diverges all the same is protected, and so is what only one of the legs was found to do."""
    weights = {Weight.NOISE: Weight.NOISE, Weight.DIVERGES: Weight.UNSTABLE, Weight.UNKNOWN: Weight.UNKNOWN}
    return tuple(
        replace(
            one,
            message=f"between the reference's own two legs (the second stands as the candidate): {one.message}",
            weight=weights[one.weight],
            side=Side.REFERENCE,
            ends_differently=False,
            consequence=False,
        )
        for one in (*compared, *_of_one_only(first, second))
        if one.weight in weights
    )


def _of_one_only(first: Leg, second: Leg) -> Iterator[Finding]:
    for leg, other in ((first, second), (second, first)):
        there = {(one.fingerprint, one.step) for one in other.findings}
        for one in leg.findings:
            if one.weight is Weight.DIVERGES and (one.fingerprint, one.step) not in there:
                yield one


def settled(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings of a pair. Where the reference is unstable, nothing diverges from it."""
    if not any(one.weight is Weight.UNSTABLE for one in findings):
        return tuple(findings)
    return tuple(
        replace(one, weight=Weight.NOISE, ends_differently=False) if one.weight is Weight.DIVERGES else one
        for one in findings
    )


def applied(findings: Sequence[Finding], entries: Iterable[NoiseEntry], today: date) -> tuple[Noise, ...]:
    """The places that were taken for noise in a pair, with who says so; recorded ones also where nothing differed."""
    again, differs = (
        {spot for one in findings if one.weight is Weight.NOISE and (one.side is not None) == own for spot in one.spots}
        for own in (True, False)
    )
    recorded: dict[Spot, NoiseEntry] = {one.spot: one for one in entries if one.expires >= today}
    spots = sorted(again | differs | set(recorded))
    return tuple(Noise(spot, spot in again, spot in differs, recorded.get(spot)) for spot in spots)
