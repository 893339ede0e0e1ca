"""How often flaky differences showed in the runs that are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.judge.expectations import applies
from harness.model.expectation import Expectation, Past
from harness.model.verdict import Standing
from harness.recording.write import RECORDING_FILE


@dataclass(frozen=True, slots=True)
class _Case:
    id: str


@dataclass(frozen=True, slots=True)
class _Finding:
    fingerprint: str


@dataclass(frozen=True, slots=True)
class _Pair:
    case: _Case
    standing: Standing
    findings: tuple[_Finding, ...]
    excused: tuple[tuple[_Finding, Any], ...]

    def shows(self, fingerprint: str) -> bool:
        return fingerprint in {one.fingerprint for one in (*self.findings, *(one for one, _ in self.excused))}


@dataclass(frozen=True, slots=True)
class _Run:
    candidate: str
    pairs: tuple[_Pair, ...]


_RUN: TypeAdapter[_Run] = TypeAdapter(_Run)


def past(expectations: Iterable[Expectation], runs: Path) -> tuple[Past, ...]:
    """For each flaky entry, the newest of the recordings in `runs` that decided its case on a candidate that it is for:
    one fewer than its rate looks at, since the run that is judged counts too. Nothing is read where none is flaky."""
    flaky = [one for one in expectations if one.flaky]
    stored = list(_newest_first(runs)) if flaky else []
    return tuple(_past(one, stored) for one in flaky)


def _newest_first(runs: Path) -> Iterator[_Run]:
    """Runs that were interrupted left no verdict, and tell nothing."""
    for recording in sorted(runs.glob(f"*/{RECORDING_FILE}"), reverse=True):
        try:
            yield _RUN.validate_json(recording.with_name("verdict.json").read_bytes())
        except (OSError, ValidationError):
            continue


def _past(entry: Expectation, stored: Iterable[_Run]) -> Past:
    looked = 0 if entry.flaky is None else entry.flaky.runs - 1
    pairs = [pair for run in stored for pair in run.pairs if _tells(entry, run, pair)][:looked]
    return Past(entry.case_id, entry.fingerprint, sum(pair.shows(entry.fingerprint) for pair in pairs), len(pairs))


def _tells(entry: Expectation, run: _Run, pair: _Pair) -> bool:
    """Whether the entry was up for judgement in this pair. One that is noise as a whole was not decided then, but would
    be with the entry on record."""
    runtime, _, version = run.candidate.partition("@")
    decided = pair.standing is not Standing.UNDECIDED or pair.shows(entry.fingerprint)
    return pair.case.id == entry.case_id and decided and applies(entry, runtime, version)
