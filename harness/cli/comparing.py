"""What `run` and `diff` have in common: from the request to the report on stdout."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from harness.cli.guard import run_async
from harness.deployments.base import Target
from harness.model.deployment import DeploymentRequest
from harness.model.suite import Case, Suite
from harness.report import write
from harness.report.live import watching


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
    with watching(sys.stderr) as listener:
        run = run_async(compare(request, yardstick=yardstick, listener=listener))
    write(form, run, sys.stdout)
    return run.verdict.exit
