"""The first screen: is it good enough, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.history.trend import Point, Trend
from harness.model.finding import Checker, Finding, Weight
from harness.model.verdict import Cause, Leg, LegVerdict, Pair, RunVerdict
from harness.report import words
from harness.report.html import names
from harness.report.html.names import Tone


@dataclass(frozen=True, slots=True)
class CauseRow:
    """`number` is the cause's place in the verdict. `before` counts the earlier runs of the trend that show it."""

    number: int
    cause: Cause
    why: str
    before: int


@dataclass(frozen=True, slots=True)
class ZombieRow:
    """Legs that hang alike: on which side, which edge they lack, what the log calls it, and the longest silence in
    seconds."""

    side: str
    edge: str
    fingerprint: str
    cases: tuple[str, ...]
    quiet: float


@dataclass(frozen=True, slots=True)
class OpenRow:
    """What kept cases from being decided."""

    reason: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """What stands on the first screen. `earlier` is the number of runs that the trend has before this one."""

    tone: Tone
    answer: str
    said: str
    because: str
    point: Point
    groups: tuple[tuple[str, tuple[CauseRow, ...]], ...]
    undecided: tuple[OpenRow, ...]
    zombies: tuple[ZombieRow, ...]
    hanging: int
    earlier: int


def overview(verdict: RunVerdict, trend: Trend) -> Overview:
    """The first screen of a run."""
    tone, answer, said = names.answer(verdict)
    zombies = tuple(_zombies(verdict))
    return Overview(
        tone=tone,
        answer=answer,
        said=said,
        because=_because(verdict),
        point=trend.points[-1],
        groups=tuple(_groups(verdict, trend)),
        undecided=tuple(_undecided(verdict)),
        zombies=zombies,
        hanging=sum(len(one.cases) for one in zombies),
        earlier=len(trend.points) - 1,
    )


def _because(verdict: RunVerdict) -> str:
    """Which causes explain it, in one sentence."""
    fresh = [one for one in verdict.causes if not one.known]
    leading = [one for one in fresh if one.ends_differently] or fresh
    if not leading:
        return ""
    named = [f"“{one.fingerprint}” in {names.counted(len(one.cases), 'case')}" for one in leading[:3]]
    more = f", and {len(leading) - 3} more" if len(leading) > 3 else ""
    what = "Executions end differently because of" if leading[0].ends_differently else "They differ because of"
    return f"{what} {', '.join(named[:-1])}{' and ' if len(named) > 1 and not more else ''}" + (
        f"{', ' if more and named[:-1] else ''}{named[-1]}{more}."
    )


def _groups(verdict: RunVerdict, trend: Trend) -> Iterator[tuple[str, tuple[CauseRow, ...]]]:
    places = {cause.fingerprint: number for number, cause in enumerate(verdict.causes)}
    shown = {one.fingerprint: sum(map(bool, one.cases[:-1])) for one in trend.causes}
    for heading, causes in words.groups(verdict.causes):
        rows = (
            CauseRow(places[one.fingerprint], one, one.reason or words.finding(one.sample), shown[one.fingerprint])
            for one in causes
        )
        yield heading, tuple(rows)


def _undecided(verdict: RunVerdict) -> Iterator[OpenRow]:
    """The most frequent reason first; a case stands at each of its own."""
    found: dict[str, list[str]] = {}
    for pair in verdict.pairs:
        if not pair.decided:
            for reason in dict.fromkeys(_reasons(pair)) or (names.plain(pair.verdict.value),):
                found.setdefault(reason, []).append(pair.case.id)
    for reason, cases in sorted(found.items(), key=lambda one: -len(one[1])):
        yield OpenRow(reason, tuple(cases))


def _reasons(pair: Pair) -> Iterator[str]:
    for leg in (pair.reference, pair.candidate):
        if leg.evidence.problem:
            yield f"{leg.evidence.side.value}: {leg.evidence.problem}"
    for one in pair.findings:
        if one.weight in (Weight.UNKNOWN, Weight.CONTAMINATES, Weight.NOISE, Weight.UNSTABLE):
            yield one.fingerprint


def _zombies(verdict: RunVerdict) -> Iterator[ZombieRow]:
    found: dict[tuple[str, str, str], list[Leg]] = {}
    for pair in verdict.pairs:
        for leg in (pair.reference, pair.candidate):
            if leg.verdict is LegVerdict.ZOMBIE:
                finding = _hang(leg)
                key = (leg.evidence.side.value, str(finding.edge), finding.fingerprint)
                found.setdefault(key, []).append(leg)
    for key, legs in sorted(found.items(), key=lambda one: -len(one[1])):
        cases = tuple(leg.evidence.case_id for leg in legs)
        yield ZombieRow(*key, cases, max(leg.evidence.quiet_seconds for leg in legs))


def _hang(leg: Leg) -> Finding:
    """A leg is a zombie only by a finding that says so."""
    return next(one for one in leg.findings if one.checker == Checker.ZOMBIE)
