"""What a run says of the differences on record: which are missing there, and which did not show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from harness.judge.expectations import applies
from harness.judge.run import judge
from harness.judge.yardstick import Yardstick
from harness.model.errors import HarnessError
from harness.model.expectation import Expectation
from harness.model.finding import Finding, Weight
from harness.model.suite import Suite
from harness.model.verdict import Pair, RunVerdict
from harness.model.versions import is_release
from harness.recording.read import open_recording

SOON = timedelta(days=14)
"""How far ahead `check` says what expires."""


@dataclass(frozen=True, slots=True)
class Hygiene:
    """What is on record as a whole. Entries in `soon` expire within 14 days, those in `expired` have."""

    total: int
    cases: int
    soon: tuple[Expectation, ...]
    expired: tuple[Expectation, ...]


def hygiene(expectations: Sequence[Expectation], today: date) -> Hygiene:
    """Sort by what is to be done. What is wrong in a file was told when it was read."""
    ordered = sorted(expectations, key=lambda one: (one.expires, one.file, one.line))
    return Hygiene(
        total=len(ordered),
        cases=len({one.case_id for one in ordered}),
        soon=tuple(one for one in ordered if today <= one.expires <= today + SOON),
        expired=tuple(one for one in ordered if one.expires < today),
    )


class Sight(StrEnum):
    """What a run says of one entry."""

    SHOWS = "shows"
    DID_NOT_SHOW = "did not show"
    OTHER_CANDIDATE = "is for another candidate"
    EXPIRED = "has expired"
    NOT_DECIDED = "can not be told: the case was not decided"


@dataclass(frozen=True, slots=True)
class Explained:
    """A case: what is on record, each entry with what the newest stored run says of it, and that run's pair. Without a
    stored run of the case there is only the record."""

    case_id: str
    entries: tuple[tuple[Expectation, Sight | None], ...]
    run: RunVerdict | None
    pair: Pair | None


def explain_case(case_id: str, suite: Suite, yardstick: Yardstick, folders: Iterable[Path]) -> Explained:
    """Judge the case of the newest recording that has it by what is on record today. `folders` are recordings, oldest
    first. Raises `HarnessError` for a case that the suite does not have."""
    if case_id not in suite.ids:
        raise HarnessError(f"the suite has no case {case_id!r}", "`noetl-harness list` shows the cases.")
    entries = [one for one in yardstick.expectations if one.case_id == case_id]
    for folder in reversed(list(folders)):
        request = open_recording(folder).request(yardstick)
        own = [case for case in request.cases if case.id == case_id]
        if own:
            run = judge(replace(request, cases=own))
            pair = run.pairs[0]
            seen = tuple((one, _sight(one, run, pair, yardstick.today)) for one in entries)
            return Explained(case_id, seen, run, pair)
    return Explained(case_id, tuple((one, None) for one in entries), None, None)


def _sight(entry: Expectation, run: RunVerdict, pair: Pair, today: date) -> Sight:
    if not applies(entry, *_candidate(run)):
        return Sight.OTHER_CANDIDATE
    if entry.expires < today:
        return Sight.EXPIRED
    if any(one == entry for _, one in pair.excused):
        return Sight.SHOWS
    return Sight.DID_NOT_SHOW if pair.decided else Sight.NOT_DECIDED


@dataclass(frozen=True, slots=True)
class Gap:
    """A finding that nothing has on record. `expired` is the entry that had it until it expired. `versions` is the
    condition under which the run shows it."""

    finding: Finding
    runtime: str
    versions: str
    expired: Expectation | None


def gaps(run: RunVerdict) -> Iterator[Gap]:
    """Every unexpected difference of the cases that were decided, once a case."""
    runtime, version = _candidate(run)
    for pair in run.pairs:
        expired = {one.fingerprint: one for one in pair.expired}
        found = {one.fingerprint: one for one in pair.findings if one.weight is Weight.DIVERGES and not one.consequence}
        for fingerprint, finding in found.items() if pair.decided else ():
            versions = f"=={version}" if is_release(version) else ""
            yield Gap(finding, runtime, versions, expired.get(fingerprint))


def gone(run: RunVerdict) -> tuple[Expectation, ...]:
    """Entries whose difference did not show although their case ran and was decided."""
    return tuple(one for pair in run.pairs for one in pair.unmet)


def _candidate(run: RunVerdict) -> tuple[str, str]:
    runtime, _, version = run.candidate.partition("@")
    return runtime, version
