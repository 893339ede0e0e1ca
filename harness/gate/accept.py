"""A person changes a baseline to what a run has shown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from harness.files.baselines import load_baseline, save_baseline
from harness.judge.gate import changes, require_same_pools
from harness.judge.run import judge
from harness.model.errors import Exit, HarnessError
from harness.model.gate import Acceptance, Baseline, Category, Change
from harness.model.verdict import RunVerdict, Standing
from harness.recording.read import open_recording


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be accepted of a run: changes of the baseline at `path`."""

    path: Path
    baseline: Baseline
    run: RunVerdict
    changes: tuple[Change, ...]

    def accept(self, reason: str, today: date) -> None:
        """Write the baseline with every change of the offer in it."""
        cases = {**self.baseline.cases}
        for change in self.changes:
            if change.now is None:
                del cases[change.case_id]
            else:
                cases[change.case_id] = change.now
        categories = tuple(dict.fromkeys(change.category for change in self.changes))
        entry = Acceptance(today, self.run.run_id, categories, len(self.changes), reason)
        accepted = (*self.baseline.accepted, entry)
        save_baseline(
            self.path, replace(self.baseline, suite_digest=self.run.suite_digest, cases=cases, accepted=accepted)
        )


def offer(folder: Path, path: Path, categories: Collection[Category]) -> Offer:
    """The changes of these categories. A case that was not decided is none: nobody saw what it does.

    Raises `HarnessError` when the run is not whole, or is of other pools than the baseline.
    """
    run = judge(open_recording(folder).request())
    if run.exit in (Exit.INVALID, Exit.ENVIRONMENT) or run.problems:
        raise HarnessError(
            f"run {run.run_id} is not whole: nothing of it can be accepted", "Run again, and accept that run."
        )
    baseline = load_baseline(path) if path.exists() else _empty(run)
    require_same_pools(run, baseline)
    decided = tuple(
        change
        for change in changes(baseline, run)
        if change.category in categories and not (change.now and change.now.standing is Standing.UNDECIDED)
    )
    return Offer(path, baseline, run, decided)


def _empty(run: RunVerdict) -> Baseline:
    return Baseline(run.reference, run.candidate, run.routing, run.suite_digest, {})
