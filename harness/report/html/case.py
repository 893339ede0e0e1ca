"""The page of one case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.judge.align import Place, align
from harness.judge.checkers.base import label
from harness.judge.project import CLOSED
from harness.model.envelope import Call, Letter, OutcomeClass
from harness.model.evidence import Effect, EffectKind
from harness.model.finding import Finding, Weight
from harness.model.verdict import Leg, Pair, RunVerdict
from harness.report import words
from harness.report.html import names
from harness.report.html.listing import Line, Listing, json_lines, playbooks
from harness.report.html.names import Tone
from harness.report.html.timeline import Timeline, timeline

MOST_CALLS = 600
"""Rows of the table of calls."""
_MOST_ALIKE = 3
_BEFORE, _AFTER = 12, 28


@dataclass(frozen=True, slots=True)
class LifeCell:
    """One call of one side. `lacks` are the letters to which a call without an end did not come, though the other
    side's did."""

    call: Call
    lacks: tuple[Letter, ...]
    seconds: float | None

    @property
    def spelled(self) -> str:
        """The letters with their times, as a sentence."""
        times = self.call.times or (None,) * len(self.call.letters)
        named = zip(self.call.letters, times, strict=False)
        return ", ".join(f"{letter} {names.duration(at)}" if at is not None else str(letter) for letter, at in named)


@dataclass(frozen=True, slots=True)
class LifeRow:
    """One call on both sides. `parts`: letters or outcome differ."""

    name: str
    kind: str
    reference: LifeCell | None
    candidate: LifeCell | None
    parts: bool


@dataclass(frozen=True, slots=True)
class EnvelopeRow:
    """What one call answered on either side, line by line. `more` counts calls of the step that differ too."""

    name: str
    kind: str
    reference: Call
    candidate: Call
    pointers: tuple[str, ...]
    lines: tuple[tuple[Line, ...], tuple[Line, ...]]
    more: int


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One side effect on either side, None where the side has none of that name."""

    title: str
    reference: Effect | None
    candidate: Effect | None


@dataclass(frozen=True, slots=True)
class LogView:
    """The lines of one side's log around the first that tells something; `before` and `after` count those left out."""

    side: str
    lines: tuple[Line, ...]
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything that the page of a case shows."""

    pair: Pair
    tone: Tone
    findings: tuple[tuple[str, tuple[Finding, ...]], ...]
    remarks: tuple[Finding, ...]
    parting: tuple[str, str] | None
    timeline: Timeline | None
    life: tuple[LifeRow, ...]
    calls: int
    envelopes: tuple[EnvelopeRow, ...]
    effects: tuple[EffectRow, ...]
    logs: tuple[LogView, ...]
    playbooks: tuple[Listing, ...]
    reproduce: str


def case_page(verdict: RunVerdict, pair: Pair) -> CasePage:
    """The page of `pair`."""
    places = align(pair.reference.outcome, pair.candidate.outcome)
    grouped = words.by_fingerprint(pair)
    telling = {name: ones for name, ones in grouped.items() if any(one.weight is not Weight.INFO for one in ones)}
    return CasePage(
        pair=pair,
        tone=names.tone(pair),
        findings=tuple((name, tuple(_each_line_once(ones))) for name, ones in telling.items()),
        remarks=tuple(one for name, ones in grouped.items() if name not in telling for one in ones),
        parting=words.parting(pair),
        timeline=timeline(pair, places),
        life=tuple(_life(pair, place) for place in places[:MOST_CALLS]),
        calls=len(places),
        envelopes=tuple(_envelopes(pair, places)),
        effects=tuple(_effects(pair)),
        logs=tuple(_log(pair, side, leg) for side, leg in _sides(pair) if leg.evidence.log),
        playbooks=playbooks(pair.case, _guilty(pair, places)),
        reproduce=words.reproduce(verdict, pair),
    )


def _sides(pair: Pair) -> tuple[tuple[str, Leg], tuple[str, Leg]]:
    return ("reference", pair.reference), ("candidate", pair.candidate)


def _differing(pair: Pair) -> tuple[Finding, ...]:
    """The findings that diverge, on record or not."""
    both = (*pair.findings, *(finding for finding, _ in pair.excused))
    return tuple(one for one in both if one.weight is Weight.DIVERGES)


def _each_line_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Two checkers often quote the same record."""
    quoted: set[str] = set()
    for one in findings:
        yield replace(one, evidence=tuple(line for line in one.evidence if line not in quoted))
        quoted.update(one.evidence)


def _guilty(pair: Pair, places: Sequence[Place]) -> dict[tuple[str, str], str]:
    """The steps that depart on their own, by playbook and name, with what is said of them. A step of the case's own
    playbook comes before one of the same name in a child."""
    found: dict[tuple[str, str], str] = {}
    for one in _differing(pair):
        departing = [place.key.playbook for place in places if place.key.step == one.step and _departs(place)]
        if one.step and departing and not one.consequence:
            path = pair.case.path if pair.case.path in departing else departing[0]
            found.setdefault((path, one.step), one.fingerprint)
    return found


def _departs(place: Place) -> bool:
    if place.reference is None or place.candidate is None:
        return True
    return place.reference.letters != place.candidate.letters or _said(place.reference) != _said(place.candidate)


def _life(pair: Pair, place: Place) -> LifeRow:
    reference, candidate = place.reference, place.candidate
    letters = [call.letters if call else () for call in (reference, candidate)]
    outcomes = [call.envelope.outcome if call else None for call in (reference, candidate)]
    return LifeRow(
        label(place.key, pair.case),
        place.call.tool_kind,
        _cell(reference, candidate),
        _cell(candidate, reference),
        parts=letters[0] != letters[1] or outcomes[0] != outcomes[1],
    )


def _cell(call: Call | None, other: Call | None) -> LifeCell | None:
    if call is None:
        return None
    awaited = other.letters if other and not CLOSED & set(call.letters) else ()
    lacks = [letter for letter in awaited if letter not in call.letters]
    return LifeCell(call, tuple(dict.fromkeys(lacks)), call.times[-1] if call.times else None)


def _envelopes(pair: Pair, places: Sequence[Place]) -> Iterator[EnvelopeRow]:
    steps: dict[str, list[str]] = {}
    for one in _differing(pair):
        if one.step is not None:
            steps.setdefault(one.step, []).extend([one.pointer] if one.pointer is not None else [])
    for step, pointers in steps.items():
        calls = [
            (place, place.reference, place.candidate)
            for place in places
            if place.key.step == step and place.reference and place.candidate
        ]
        differing = [one for one in calls if _said(one[1]) != _said(one[2])]
        for place, reference, candidate in differing[:_MOST_ALIKE]:
            yield EnvelopeRow(
                label(place.key, pair.case),
                place.call.tool_kind,
                reference,
                candidate,
                tuple(dict.fromkeys(pointers)),
                (_data(reference, pointers), _data(candidate, pointers)),
                max(len(differing) - _MOST_ALIKE, 0),
            )


def _said(call: Call) -> tuple[object, ...]:
    return call.envelope.outcome, call.envelope.error, call.envelope.data, call.envelope.reference


def _data(call: Call, pointers: Sequence[str]) -> tuple[Line, ...]:
    said = call.envelope.reference or call.envelope.data
    return () if said is None and call.envelope.outcome is not OutcomeClass.OK else json_lines(said, pointers)


def _effects(pair: Pair) -> Iterator[EffectRow]:
    sides = [{(one.kind, one.name): one for one in leg.evidence.effects} for _, leg in _sides(pair)]
    for kind, name in dict.fromkeys((*sides[0], *sides[1])):
        title = f"rows of {name}" if kind is EffectKind.TABLE else f"calls to the test server {name}"
        yield EffectRow(title, sides[0].get((kind, name)), sides[1].get((kind, name)))


def _log(pair: Pair, side: str, leg: Leg) -> LogView:
    quoted = "\n".join(text for one in _differing(pair) for text in one.evidence)
    records = leg.evidence.log
    telling = [line.text in quoted or line.level.upper() in ("ERROR", "CRITICAL") for line in records]
    moment = telling.index(True) if True in telling else 0
    first, last = max(moment - _BEFORE, 0), min(moment + _AFTER, len(records))
    lines = (
        Line(number + 1, words.shown(records[number].text), telling[number], records[number].source)
        for number in range(first, last)
    )
    return LogView(side, tuple(lines), first, len(records) - last)
