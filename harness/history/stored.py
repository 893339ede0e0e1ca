"""The runs that are stored, newest last, as far as their verdicts tell: what a look back over many runs needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.model.errors import HarnessError
from harness.model.verdict import Counts
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
class StoredRun:
    """The part of `verdict.json` that is looked back at."""

    run_id: str
    reference: str
    candidate: str
    routing: str
    exit: int
    causes: tuple[StoredCause, ...]
    counts: Counts


_RUN: TypeAdapter[StoredRun] = TypeAdapter(StoredRun)


def run_folders(runs: Path, last: int | None = None) -> list[Path]:
    """The folders of recordings in `runs`, oldest first; only the `last` newest ones where that is given.

    Raises `HarnessError` where there is none.
    """
    found = sorted(path.parent for path in runs.glob(f"*/{RECORDING_FILE}"))
    if not found:
        raise HarnessError(f"no run is stored in {runs}", "Run the suite first, or name the folder: --runs DIR.")
    return found if last is None else found[-last:]


def stored_runs(runs: Path) -> Iterator[StoredRun]:
    """Every run that left a verdict, oldest first. One that was interrupted left none."""
    for folder in run_folders(runs):
        try:
            yield _RUN.validate_json((folder / "verdict.json").read_bytes())
        except (OSError, ValidationError):
            continue
