"""The log lines of a stored run: of which legs, and around the moment of which finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.files.suite import select
from harness.judge.run import judge
from harness.model.errors import HarnessError
from harness.model.evidence import Evidence, LegKey, LogLine
from harness.model.finding import Finding
from harness.model.lane import Side
from harness.model.suite import Suite
from harness.model.verdict import Leg, Pair
from harness.noetl.logs import logged_at
from harness.recording.read import open_recording


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Which lines are wanted. `selectors` are those of `run`, none for all cases. `fingerprint` is the name of a
    finding or a part of one; then it is the lines that it rests on, with `around` lines before and after each."""

    selectors: Sequence[str] = ()
    side: Side | None = None
    execution_id: int | None = None
    fingerprint: str | None = None
    around: int = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """One line. `number` counts the lines of the leg from 1; `marked`: the finding rests on it."""

    number: int
    marked: bool
    line: LogLine


@dataclass(frozen=True, slots=True)
class LegLog:
    """What was chosen of one leg's log, by time. `of` is how many lines the leg has; `because` are the fingerprints of
    the findings that chose them."""

    leg: LegKey
    execution_id: int | None
    lines: tuple[Shown, ...]
    of: int
    because: tuple[str, ...] = ()


def logs_of(folder: Path, wanted: LogRequest) -> tuple[LegLog, ...]:
    """Leg by leg, free of secrets as it was recorded. Raises `HarnessError` where nothing is like that."""
    recording = open_recording(folder)
    cases = select(Suite(tuple(recording.cases), recording.header.suite_digest), wanted.selectors)
    request = replace(recording.request(), cases=cases)
    pairs: dict[str, Pair] = {}
    if wanted.fingerprint is not None:
        pairs = {pair.case.id: pair for pair in judge(request).pairs}
        _require_finding(wanted.fingerprint, pairs.values())
    place = {case.id: number for number, case in enumerate(cases)}
    keys = [key for key in request.evidence if key.case_id in place and wanted.side in (None, key.side)]
    keys.sort(key=lambda key: (place[key.case_id], list(Side).index(key.side), key.turn))
    found = [_leg_log(request.evidence[key], wanted, pairs.get(key.case_id)) for key in keys]
    legs = tuple(one for one in found if one.lines)
    if not legs:
        raise _nothing(wanted)
    return legs


def _leg_log(evidence: Evidence, wanted: LogRequest, pair: Pair | None) -> LegLog:
    lines = _by_time(evidence.log)
    own = [number for number, line in enumerate(lines) if wanted.execution_id in (None, line.execution_id)]
    because: tuple[str, ...] = ()
    if wanted.fingerprint is None:
        marked: set[int] = set()
        chosen = own
    else:
        findings = _findings(wanted.fingerprint, pair, evidence.side) if pair and evidence.turn == 1 else []
        leg = pair and (pair.reference if evidence.side is Side.REFERENCE else pair.candidate)
        marked = {number for one in findings if leg for number in _moment(one, leg, lines)} & set(own)
        chosen = [number for number in own if any(abs(number - one) <= wanted.around for one in marked)]
        because = tuple(dict.fromkeys(one.fingerprint for one in findings))
    shown = tuple(Shown(number + 1, number in marked, lines[number]) for number in chosen)
    return LegLog(evidence.key, evidence.execution_id, shown, len(lines), because)


def _moment(finding: Finding, leg: Leg, lines: Sequence[LogLine]) -> list[int]:
    """The lines that the finding quotes; where it quotes none, those of its step's commands."""
    quoted = "\n".join(finding.evidence)
    numbers = [number for number, line in enumerate(lines) if line.text in quoted]
    if numbers or finding.step is None:
        return numbers
    commands = {call.command_id for call in leg.outcome.calls if call.key.step == finding.step}
    return [number for number, line in enumerate(lines) if line.command_id in commands]


def _findings(fingerprint: str, pair: Pair, side: Side) -> list[Finding]:
    """Those of this side, and those of the pair, that have the fingerprint."""
    named = [one for one in _all(pair) if fingerprint.lower() in one.fingerprint.lower()]
    return [one for one in named if one.side in (None, side)]


def _all(pair: Pair) -> Iterator[Finding]:
    yield from pair.findings
    yield from (finding for finding, _ in pair.excused)


def _by_time(lines: Iterable[LogLine]) -> tuple[LogLine, ...]:
    """Each source keeps its order; a line without a time goes with the one before it."""
    latest: dict[str, datetime] = {}
    timed = []
    for line in lines:
        at = logged_at(line) or latest.get(line.source) or datetime.min.replace(tzinfo=UTC)
        latest[line.source] = at = max(at, latest.get(line.source, at))
        timed.append((at, line))
    return tuple(line for _, line in sorted(timed, key=lambda one: one[0]))


def _require_finding(fingerprint: str, pairs: Iterable[Pair]) -> None:
    names = sorted({one.fingerprint for pair in pairs for one in _all(pair)})
    if not any(fingerprint.lower() in name.lower() for name in names):
        has = f"They have: {'; '.join(names[:8])}." if names else "They have none."
        raise HarnessError(f"no finding of these cases is called {fingerprint!r}", has)


def _nothing(wanted: LogRequest) -> HarnessError:
    parts = [
        f"on the {wanted.side}" if wanted.side else "",
        f"of the execution {wanted.execution_id}" if wanted.execution_id is not None else "",
        f"around {wanted.fingerprint!r}" if wanted.fingerprint is not None else "",
    ]
    where = " ".join(part for part in parts if part) or "of these cases"
    return HarnessError(f"the run has no log line {where}", "Ask for less: leave one of the options out.")
