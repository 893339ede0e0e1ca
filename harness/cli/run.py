"""`noetl-harness run`."""

from __future__ import annotations

import click

from harness.cli.options import FORMATS, deployment_options, deployment_request, format_option, jobs_option


@click.command("run")
@click.argument("selectors", nargs=-1, metavar="[SELECTORS]...")
@deployment_options
@jobs_option
@format_option(*FORMATS)
def command(
    selectors: tuple[str, ...],
    reference: str,
    candidate: str,
    routing: str,
    postgres_dsn: str | None,
    nats_url: str | None,
    jobs: int,
    form: str,
) -> int:
    """Run the suite on both pools and say whether they agree.

    SELECTORS are case ids, globs over them, or tag:NAME; without any, all cases run. The exit code is the verdict.
    """
    from harness.cli.comparing import comparison
    from harness.files.suite import load_suite, select

    request = deployment_request(reference, candidate, routing, postgres_dsn, nats_url)
    suite = load_suite()
    return comparison(request, suite, select(suite, selectors), jobs, "terminal" if form == "pretty" else form)
