"""A recording and what the judge says of it: all that a report is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from harness.history.index import stored_runs
from harness.history.stored import StoredRun
from harness.judge.checks import checks_of
from harness.judge.run import judge
from harness.model.check import Check
from harness.model.evidence import Evidence, LegKey
from harness.model.pool import PoolSpec
from harness.model.verdict import RunVerdict
from harness.recording.facts import Manifest
from harness.recording.read import Recording


@dataclass(frozen=True, slots=True)
class Judged:
    """One run for its reports. `evidence` is read from its files whenever it is asked for, and lacks legs that were not
    run; `checks` are the answers by case. `pools` are those under test; `past` reads the runs that are stored beside
    this one, oldest first."""

    verdict: RunVerdict
    manifest: Manifest
    evidence: Mapping[LegKey, Evidence]
    checks: Mapping[str, tuple[Check, ...]]
    pools: tuple[PoolSpec, ...] = ()
    past: Callable[[], Iterable[StoredRun]] = tuple


def judged(recording: Recording) -> Judged:
    """Judge a recording by the rules, expectations and day that it holds itself."""
    request = recording.request()
    verdict = judge(request)
    checks = {pair.case.id: checks_of(pair) for pair in verdict.pairs}
    pools = (recording.header.reference, recording.header.candidate)
    past = partial(stored_runs, recording.folder.parent)
    return Judged(verdict, recording.manifest, request.evidence, checks, pools, past)
