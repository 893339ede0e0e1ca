"""`noetl-harness diff`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import (
    FORMATS,
    deployment_request,
    format_option,
    recording_options,
    run_target,
    target_options,
)


@click.command("diff")
@click.argument("playbook", type=click.Path(path_type=Path))
@target_options
@recording_options
@format_option(*FORMATS)
def command(
    playbook: Path,
    reference: str,
    candidate: str,
    routing: str,
    target: str,
    allow_context: str | None,
    postgres_dsn: str | None,
    nats_url: str | None,
    twice: bool,
    runs: Path | None,
    form: str,
) -> int:
    """Run one playbook on both pools and show their histories side by side.

    PLAYBOOK is any YAML file. One of the suite runs as the suite says; for any other, sub-playbooks are looked up in
    the file's own folder tree. The exit code is the verdict.
    """
    from harness.cli.comparing import comparison
    from harness.files.suite import in_project, load_case, load_suite

    where = run_target(target, postgres_dsn, nats_url, allow_context)
    pools = deployment_request(reference, candidate, routing)
    suite = load_suite(only=in_project(playbook))
    chosen = (load_case(playbook, suite),)
    report = "history" if form == "pretty" else form
    return comparison(where, pools, suite, chosen, report, jobs=1, twice=twice, runs=runs)
