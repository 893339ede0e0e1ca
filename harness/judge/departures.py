"""Where and why a candidate's history departs from the reference's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.judge.align import Place, align, follows, histories
from harness.judge.checkers.base import LegContext, PairContext, label
from harness.judge.envelopes import Remark, Where, compare
from harness.judge.errors import NOT_CALLED
from harness.judge.fingerprints import of_error, of_lines
from harness.judge.opinion import UNDECIDED, by_case, opinion
from harness.model.envelope import Call, Letter, OutcomeClass
from harness.model.finding import Checker, Departs, Finding, Weight
from harness.model.lane import Side
from harness.model.verdict import LegVerdict, Moment

_ABOVE_INPUTS = frozenset({"task_sequence", "workbook", "playbook", "cursor_worker", "agent"})
"""Kinds whose templates the worker renders: equal inputs do not mean that the tools got the same values."""


@dataclass(frozen=True, slots=True)
class _Departure:
    place: Place
    remark: Remark
    consequence: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the envelope checker says of a pair."""

    findings: tuple[Finding, ...]
    history: tuple[Moment, ...]
    notes: tuple[str, ...]


def compare_legs(pair: PairContext) -> Comparison:
    """Findings on every call that differs, at most one of them with `ends_differently`, and the aligned histories.

    The legs' own findings are not repeated, except that a zombie's becomes the one that says why the pair ends
    differently: then it is returned here too, and takes the place of the leg's. Where a server refused the playbook
    there is no history: only the two answers are compared.
    """
    refusals = (pair.reference.evidence.refusal, pair.candidate.evidence.refusal)
    if refusals != (None, None):
        return Comparison(tuple(_refused(pair, refusals)), (), ())
    places = align(pair.reference_leg.outcome, pair.candidate_leg.outcome)
    departures, notes = _departures(pair, places)
    departed = frozenset(one.place.key for one in departures if one.remark.weight is Weight.DIVERGES)
    history = histories(pair.reference.case, places, pair.reference_leg.outcome, pair.candidate_leg.outcome, departed)
    ending = _ending(pair, departures)
    findings = [_finding(pair, one) for one in departures]
    if ending is not None:
        findings = [_settled(pair, ending, places), *_beside(ending, findings)]
    return Comparison((*findings, *_children(pair, bool(departed))), history, notes)


def _settled(pair: PairContext, ending: Finding, places: Sequence[Place]) -> Finding:
    """The ending with the opinion on where it came from. Where that decides nothing, how the case says it ends does."""
    found = ending.opinion
    if found is None:
        hanging = [place for place in places if place.key.step == ending.step and _is_half_open(place)]
        found = opinion(hanging[0], pair.reference, pair.candidate) if hanging else UNDECIDED
    if found.departs is Departs.UNKNOWN and ending.ends_differently:
        ends = {Side.REFERENCE: pair.reference_leg.verdict, Side.CANDIDATE: pair.candidate_leg.verdict}
        found = by_case(pair.reference.case, ends)
    return replace(ending, opinion=found)


def _is_half_open(place: Place) -> bool:
    calls = (place.reference, place.candidate)
    return any(call is not None and call.envelope.outcome is OutcomeClass.NONE for call in calls)


def _beside(ending: Finding, findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings that the ending does not speak of. The difference that it is put down to is no second cause."""
    for one in findings:
        if one.step != ending.step or not ending.fingerprint.startswith(one.fingerprint):
            yield one
        elif one.fingerprint != ending.fingerprint:
            yield replace(one, consequence=True)


def _children(pair: PairContext, departed: bool) -> Iterator[Finding]:
    """Child executions of one playbook that end another way, though their parents may not notice."""
    ends = [_child_ends(leg) for leg in (pair.reference, pair.candidate)]
    for path in dict.fromkeys((*ends[0], *ends[1])):
        left, right = (", ".join(sorted(side.get(path, ()))) or "never began" for side in ends)
        if left != right:
            yield Finding(
                Checker.TERMINAL,
                pair.candidate.case.id,
                f"child ended otherwise: {right} instead of {left}",
                f"executions of {path or 'an unnamed playbook'} ended {right} instead of {left}",
                Weight.DIVERGES,
                consequence=departed,
            )


def _child_ends(leg: LegContext) -> dict[str, list[str]]:
    ends: dict[str, list[str]] = {}
    for one in leg.executions.values():
        if one.execution_id != leg.evidence.execution_id:
            ends.setdefault(one.path, []).append(one.terminals[-1] if one.terminals else "without a terminal event")
    return ends


def _refused(pair: PairContext, refusals: tuple[str | None, str | None]) -> Iterator[Finding]:
    known = pair.candidate.known
    names = tuple(None if text is None else of_error(text, known) for text in refusals)
    if names[0] == names[1]:
        return
    yield Finding(
        Checker.TERMINAL,
        pair.candidate.case.id,
        f"refused: {names[1] or names[0]}",
        "the servers do not answer alike when they are given the playbook",
        Weight.DIVERGES,
        evidence=tuple(
            f"{side}: {text or 'accepted'}" for side, text in zip(("reference", "candidate"), refusals, strict=True)
        ),
        ends_differently=pair.reference_leg.verdict is not pair.candidate_leg.verdict,
    )


def _departures(pair: PairContext, places: Sequence[Place]) -> tuple[list[_Departure], tuple[str, ...]]:
    found: list[tuple[Place, Remark]] = []
    notes = []
    unheard: list[Place] = []
    poor: list[str] = []
    for place in places:
        if place.reference is None or place.candidate is None:
            found.append((place, _one_sided(place)))
            continue
        if OutcomeClass.NONE in (place.reference.envelope.outcome, place.candidate.envelope.outcome):
            if place.reference.envelope.outcome is not place.candidate.envelope.outcome:
                unheard.append(place)
                found.extend((place, remark) for remark in _cancelled(place.reference, place.candidate))
            continue
        name = label(place.key, pair.reference.case)
        sides = (place.reference.envelope, place.candidate.envelope)
        compared = compare(*sides, pair.rules, pair.candidate.known, Where(name, pair.mask))
        found.extend((place, remark) for remark in compared.remarks)
        if place.reference.envelope.lossy and place.candidate.envelope.lossy:
            poor.append(name)
        if compared.unseen:
            notes.append(f"{name}: lists and nested values are not in Python events: {', '.join(compared.unseen)}")
    if poor:
        notes.append(f"lists and nested values, if there were any, are in no event of either side: {', '.join(poor)}")
    sources = [*unheard, *(place for place, remark in found if remark.weight is Weight.DIVERGES)]
    return [
        _Departure(place, remark, any(_explains(source, place) for source in sources)) for place, remark in found
    ], tuple(notes)


def _cancelled(reference: Call, candidate: Call) -> Iterator[Remark]:
    """A call that only one side cancelled. A silent one that is still open is the zombie and lifecycle checkers'."""
    sides = [
        name for name, one in (("reference", reference), ("candidate", candidate)) if Letter.CANCELLED in one.letters
    ]
    if len(sides) == 1:
        fingerprint = f"{candidate.tool_kind} call cancelled on the {sides[0]} only"
        yield Remark(fingerprint, fingerprint, Weight.DIVERGES, outcome=True)


def _one_sided(place: Place) -> Remark:
    kind = place.call.tool_kind
    if place.candidate is None:
        return Remark(f"{kind} call not issued", "the candidate never issued this call", Weight.DIVERGES, outcome=True)
    fingerprint = f"{kind} call issued by the candidate only"
    return Remark(fingerprint, "the reference never issued this call", Weight.DIVERGES, outcome=True)


def _explains(source: Place, place: Place) -> bool:
    """Whether a departure at `place` follows from the one at `source`.

    It does not when the tool there was given the same on both sides, or did not come to be called on one of them: then
    it departs on its own.
    """
    if not follows(place, source) or any(
        call is not None and _not_called(call) for call in (place.candidate, place.reference)
    ):
        return False
    if place.reference is None or place.candidate is None or place.call.tool_kind in _ABOVE_INPUTS:
        return True
    given = place.reference.issued_with
    return not given or given != place.candidate.issued_with


def _not_called(call: Call) -> bool:
    """Whether the worker failed before it called the tool: that does not hang on what the tool was given."""
    return call.envelope.error is not None and call.envelope.error.kind in NOT_CALLED


def _ending(pair: PairContext, departures: Sequence[_Departure]) -> Finding | None:
    """The one finding that says why the legs do not end alike; None when they do."""
    ends = (pair.reference_leg.verdict, pair.candidate_leg.verdict)
    if ends[0] is ends[1]:
        return _no_terminal_event(pair)
    message = f"the reference ended {ends[0]}, the candidate {ends[1]}"
    for leg in (pair.candidate_leg, pair.reference_leg):
        if leg.verdict is LegVerdict.ZOMBIE:
            zombie = next(one for one in leg.findings if one.checker is Checker.ZOMBIE)
            return replace(zombie, message=f"{message}: {zombie.message}", ends_differently=True, consequence=False)
    cause = _failing(pair, departures) or _deciding(departures)
    if cause is None:
        fingerprint = f"ended {ends[1]} instead of {ends[0]}"
        return Finding(
            Checker.TERMINAL, pair.candidate.case.id, fingerprint, message, Weight.DIVERGES, ends_differently=True
        )
    finding = _finding(pair, cause)
    return replace(
        finding,
        fingerprint=finding.fingerprint if cause.remark.outcome else f"{finding.fingerprint}, then ended {ends[1]}",
        message=f"{message}: {finding.message}",
        ends_differently=True,
        consequence=False,
    )


def _failing(pair: PairContext, departures: Sequence[_Departure]) -> _Departure | None:
    """The first departure that is its own and in which the side that failed, and only it, has a call that failed. An
    error inside a `call.done` fails no execution."""
    failed = [leg.verdict is LegVerdict.FAILED for leg in (pair.reference_leg, pair.candidate_leg)]
    for one in departures:
        calls = (one.place.reference, one.place.candidate)
        errors = [call is not None and call.envelope.outcome is OutcomeClass.ERROR for call in calls]
        if not one.consequence and any(failed) and errors == failed:
            return one
    return None


def _deciding(departures: Sequence[_Departure]) -> _Departure | None:
    """The first call with another outcome. A call that one side did not issue at all points at the last difference
    before it, which is what sent the flow another way."""
    for number, one in enumerate(departures):
        if not one.remark.outcome:
            continue
        if one.place.reference is not None and one.place.candidate is not None:
            return one
        before = [other for other in departures[:number] if follows(one.place, other.place)]
        return before[-1] if before else one
    return None


def _no_terminal_event(pair: PairContext) -> Finding | None:
    reference, candidate = pair.reference_leg.outcome, pair.candidate_leg.outcome
    if reference.inferred == candidate.inferred:
        return None
    side = "candidate" if candidate.inferred else "reference"
    fingerprint = f"no terminal event on the {side} only"
    return Finding(Checker.TERMINAL, pair.candidate.case.id, fingerprint, fingerprint, Weight.DIVERGES)


def _finding(pair: PairContext, departure: _Departure) -> Finding:
    place, remark = departure.place, departure.remark
    name = label(place.key, pair.reference.case)
    fingerprint, lines = _named_by_log(pair, departure)
    return Finding(
        Checker.ENVELOPE,
        pair.candidate.case.id,
        fingerprint,
        f"{name}: {remark.message}",
        remark.weight,
        None,
        place.key.step,
        remark.pointer,
        evidence=(*remark.evidence, *lines),
        consequence=departure.consequence,
        spots=remark.spots,
        opinion=opinion(place, pair.reference, pair.candidate, remark.pointer)
        if remark.weight is Weight.DIVERGES
        else None,
    )


def _named_by_log(pair: PairContext, departure: _Departure) -> tuple[str, tuple[str, ...]]:
    """Where only the candidate failed, its log may name the cause better than its error text does."""
    call, remark = departure.place.candidate, departure.remark
    plain = (
        call is not None
        and call.envelope.outcome is OutcomeClass.ERROR
        and call.envelope.error is not None
        and remark.fingerprint == of_error(call.envelope.error.message, pair.candidate.known, call.key.step)
    )
    named = of_lines(pair.candidate.lines_of(call), pair.candidate.known) if call is not None and plain else None
    if named is None:
        return remark.fingerprint, ()
    return named[0], (f"{named[1].source}: {named[1].text}",)
