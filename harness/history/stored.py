"""The runs that are stored, as far as their verdicts tell: what a look back over many runs needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasPath, Field, TypeAdapter

from harness.model.errors import HarnessError
from harness.model.verdict import NO_ANSWER, Counts, LegVerdict, PairVerdict, RunVerdict
from harness.recording.write import RECORDING_FILE


@dataclass(frozen=True, slots=True)
class StoredCause:
    """A cause as a stored verdict has it."""

    fingerprint: str
    cases: tuple[str, ...]
    ends_differently: bool
    known: bool
    sample: Any
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPair:
    """What became of one case, and how long its legs took in seconds."""

    case_id: Annotated[str, Field(validation_alias=AliasPath("case", "id"))]
    verdict: PairVerdict
    reference: Annotated[LegVerdict, Field(validation_alias=AliasPath("reference", "verdict"))]
    candidate: Annotated[LegVerdict, Field(validation_alias=AliasPath("candidate", "verdict"))]
    reference_seconds: Annotated[float, Field(validation_alias=AliasPath("reference", "evidence", "seconds"))]
    candidate_seconds: Annotated[float, Field(validation_alias=AliasPath("candidate", "evidence", "seconds"))]

    @property
    def decided(self) -> bool:
        """Whether the run had an answer for the case."""
        return self.verdict not in NO_ANSWER


@dataclass(frozen=True, slots=True)
class StoredRun:
    """The part of `verdict.json` that is looked back at. `seconds` is how long the run took."""

    run_id: str
    reference: str
    candidate: str
    routing: str
    exit: int
    causes: tuple[StoredCause, ...]
    counts: Counts
    suite_digest: str = ""
    seconds: float = 0.0
    pairs: tuple[StoredPair, ...] = ()


def as_stored(run: RunVerdict) -> StoredRun:
    """A run that was judged just now, as it will be found later."""
    return StoredRun(
        run_id=run.run_id,
        reference=run.reference,
        candidate=run.candidate,
        routing=run.routing,
        exit=run.exit,
        causes=tuple(
            StoredCause(one.fingerprint, one.cases, one.ends_differently, one.known, one.sample, one.reason)
            for one in run.causes
        ),
        counts=run.counts,
        suite_digest=run.suite_digest,
        seconds=run.seconds,
        pairs=tuple(
            StoredPair(
                pair.case.id,
                pair.verdict,
                pair.reference.verdict,
                pair.candidate.verdict,
                pair.reference.evidence.seconds,
                pair.candidate.evidence.seconds,
            )
            for pair in run.pairs
        ),
    )


RUN: TypeAdapter[StoredRun] = TypeAdapter(StoredRun)
"""Reads `verdict.json`."""


def run_folders(runs: Path, last: int | None = None) -> list[Path]:
    """The folders of recordings in `runs`, oldest first; only the `last` newest ones where that is given.

    Raises `HarnessError` where there is none.
    """
    found = sorted(path.parent for path in runs.glob(f"*/{RECORDING_FILE}"))
    if not found:
        raise HarnessError(f"no run is stored in {runs}", "Run the suite first, or name the folder: --runs DIR.")
    return found if last is None else found[-last:]
