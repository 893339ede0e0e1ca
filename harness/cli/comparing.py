"""What `run` and `diff` have in common: from the request to the report on stdout."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.guard import run_async
from harness.deployments.base import Target
from harness.model.deployment import DeploymentRequest
from harness.model.errors import HarnessError
from harness.model.suite import Case, Suite
from harness.report import write
from harness.report.live import watching

if TYPE_CHECKING:
    from harness.session import RunRequest


def comparison(
    target: Target,
    pools: DeploymentRequest,
    suite: Suite,
    cases: Sequence[Case],
    form: str,
    *,
    jobs: int,
    twice: bool,
    runs: Path | None,
    seed: int | None = None,
) -> int:
    """Compare the pools on `cases`, write the report `form` to stdout, and return the verdict's exit code."""
    from harness.files.project import runs_folder  # slow to import: who asked wrongly has his answer before it
    from harness.files.yardstick import load_yardstick
    from harness.session import RunRequest, compare

    request = RunRequest(
        target=target,
        pools=pools,
        cases=cases,
        suite_digest=suite.digest,
        jobs=jobs,
        runs=runs_folder(runs),
        argv=sys.argv[1:],
        twice=twice,
        seed=seed,
    )
    yardstick = load_yardstick(suite, request.runs)
    with watching(sys.stderr, _usual_seconds(request)) as listener:
        run = run_async(compare(request, yardstick=yardstick, listener=listener))
    write(form, run, sys.stdout)
    return run.verdict.exit


def _usual_seconds(request: RunRequest) -> float | None:
    """How long such a run took before. It is only told: a run needs no stored ones, and no index that is whole."""
    from harness.history.index import stored_runs
    from harness.history.trend import usual_seconds

    try:
        stored = stored_runs(request.runs)
    except HarnessError:
        return None
    names = {case.id for case in request.cases}
    return usual_seconds(stored, request.pools.reference.id, request.pools.candidate.id, names)
