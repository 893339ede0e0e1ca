"""`noetl-harness diff`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import FORMATS, deployment_options, deployment_request, format_option, recording_options


@click.command("diff")
@click.argument("playbook", type=click.Path(path_type=Path))
@deployment_options
@recording_options
@format_option(*FORMATS)
def command(
    playbook: Path,
    reference: str,
    candidate: str,
    routing: str,
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

    request = deployment_request(reference, candidate, routing, postgres_dsn, nats_url)
    suite = load_suite(only=in_project(playbook))
    chosen = (load_case(playbook, suite),)
    report = "history" if form == "pretty" else form
    return comparison(request, suite, chosen, report, jobs=1, twice=twice, runs=runs)
