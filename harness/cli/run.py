"""`noetl-harness run`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import (
    FORMATS,
    deployment_request,
    external_option,
    format_option,
    jobs_option,
    recording_options,
    run_target,
    target_options,
)


@click.command("run")
@click.argument("selectors", nargs=-1, metavar="[SELECTORS]...")
@external_option
@target_options
@recording_options
@jobs_option
@click.option("--shuffle", "seed", type=int, metavar="SEED", help="Run the cases in an order drawn from this number.")
@format_option(*FORMATS)
def command(
    selectors: tuple[str, ...],
    external: bool,
    reference: str,
    candidate: str,
    routing: str,
    target: str,
    allow_context: str | None,
    postgres_dsn: str | None,
    nats_url: str | None,
    twice: bool,
    runs: Path | None,
    jobs: int,
    seed: int | None,
    form: str,
) -> int:
    """Run the suite on both pools and say whether they agree.

    SELECTORS are case ids, globs over them, tag:NAME or set:NAME; without any, all cases run. The exit
    code is the verdict.
    """
    from harness.cli.comparing import comparison
    from harness.files.credentials import refuse_unset
    from harness.files.suite import EXTERNAL, SUITE, load_suite, select

    where = run_target(target, postgres_dsn, nats_url, allow_context)
    pools = deployment_request(reference, candidate, routing)
    suite = load_suite(manifest_name=EXTERNAL if external else SUITE)
    chosen = select(suite, selectors)
    refuse_unset(chosen)
    report = "terminal" if form == "pretty" else form
    return comparison(where, pools, suite, chosen, report, jobs=jobs, twice=twice, runs=runs, seed=seed)
