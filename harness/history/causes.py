"""One fingerprint over many runs: when it came, where it showed, whether it is still there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from harness.history.stored import StoredCause, StoredRun
from harness.judge.yardstick import Yardstick
from harness.model.errors import HarnessError
from harness.model.expectation import Expectation
from harness.model.verdict import Cause, Pair, RunVerdict


@dataclass(frozen=True, slots=True)
class Sighting:
    """A run in which the cause showed."""

    run_id: str
    reference: str
    candidate: str
    cases: tuple[str, ...]
    known: bool


@dataclass(frozen=True, slots=True)
class CauseHistory:
    """What the stored runs say of one cause, oldest first. `runs` is how many were looked at that compared the same
    pools as one of the sightings; `absent_since` the first such run after the last sighting, None while it shows."""

    fingerprint: str
    sightings: tuple[Sighting, ...]
    runs: int
    absent_since: str | None
    sample: StoredCause


def history(fingerprint: str, stored: Sequence[StoredRun]) -> CauseHistory | None:
    """None where no stored run shows the cause."""
    seen = [(run, cause) for run in stored for cause in run.causes if cause.fingerprint == fingerprint]
    if not seen:
        return None
    pools = {(run.reference, run.candidate) for run, _ in seen}
    alike = [run for run in stored if (run.reference, run.candidate) in pools]
    last = alike.index(seen[-1][0])
    return CauseHistory(
        fingerprint=fingerprint,
        sightings=tuple(
            Sighting(run.run_id, run.reference, run.candidate, cause.cases, cause.known) for run, cause in seen
        ),
        runs=len(alike),
        absent_since=alike[last + 1].run_id if last + 1 < len(alike) else None,
        sample=seen[-1][1],
    )


@dataclass(frozen=True, slots=True)
class TriagedCause:
    """A cause of one run with its past, and a pair that shows it."""

    cause: Cause
    past: CauseHistory | None
    pair: Pair


def triage(run: RunVerdict, stored: Sequence[StoredRun]) -> tuple[TriagedCause, ...]:
    """Every cause of the run in its order: the gravest first."""
    pairs = {pair.case.id: pair for pair in run.pairs}
    return tuple(
        TriagedCause(cause, history(cause.fingerprint, stored), pairs[cause.sample.case_id]) for cause in run.causes
    )


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one cause: its past, and what has it on record."""

    fingerprint: str
    past: CauseHistory | None
    expectations: tuple[Expectation, ...]


def explain(asked: str, stored: Sequence[StoredRun], yardstick: Yardstick) -> Explanation:
    """`asked` is a fingerprint or a part of one. Raises `HarnessError` where no stored run and no expectation has it,
    or where several fingerprints do."""
    names = {cause.fingerprint for run in stored for cause in run.causes}
    names |= {one.fingerprint for one in yardstick.expectations}
    found = [asked] if asked in names else sorted(name for name in names if asked.lower() in name.lower())
    match found:
        case [name]:
            known = tuple(one for one in yardstick.expectations if one.fingerprint == name)
            return Explanation(name, history(name, stored), known)
        case []:
            near = get_close_matches(asked, names, n=3)
            hint = (
                f"Did you mean {' or '.join(map(repr, near))}?" if near else "`triage RECORDING` lists a run's causes."
            )
            raise HarnessError(f"no stored run and no expectation has {asked!r}", hint)
        case _:
            listed = "; ".join(found[:8])
            raise HarnessError(f"{asked!r} is in {len(found)} fingerprints: {listed}", "Say more of the one you mean.")
