"""`noetl-harness doctor`."""

from __future__ import annotations

import click

from harness.cli.options import deployment_request, format_option, run_target, target_options


@click.command("doctor")
@target_options
@format_option("pretty", "json")
def command(
    reference: str,
    candidate: str,
    routing: str,
    target: str,
    allow_context: str | None,
    postgres_dsn: str | None,
    nats_url: str | None,
    form: str,
) -> int:
    """Say whether a deployment is fit to be measured, and what to do where it is not.

    Brings the pools to work one after the other as a run does, gives each one small playbook and the suite's
    credentials, and puts back whatever it changed. Ends with 0 when nothing failed, else with 4.
    """
    import sys

    from harness.cli.guard import run_async
    from harness.doctor.examine import examine, worst
    from harness.report import doctor

    where = run_target(target, postgres_dsn, nats_url, allow_context)
    findings = run_async(examine(where, deployment_request(reference, candidate, routing)))
    doctor.write(form, findings, sys.stdout)
    return worst(findings)
