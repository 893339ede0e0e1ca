"""What `run` and `diff` have in common: from the request to the report on stdout."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from harness.cli.guard import run_async
from harness.model.deployment import DeploymentRequest
from harness.model.suite import Case, Suite
from harness.report import write
from harness.report.live import watching


def comparison(request: DeploymentRequest, suite: Suite, cases: Sequence[Case], jobs: int, form: str) -> int:
    """Compare the pools on `cases`, write the report `form` to stdout, and return the verdict's exit code."""
    from harness.session import Yardstick, compare  # slow to import: who asked wrongly has his answer before it

    yardstick = Yardstick.load(suite, datetime.now(UTC).date())
    with watching(sys.stderr) as listener:
        verdict = run_async(compare(request, cases, jobs=jobs, yardstick=yardstick, listener=listener))
    write(form, verdict, sys.stdout)
    return verdict.exit
