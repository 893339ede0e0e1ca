"""`noetl-harness down`."""

from __future__ import annotations

import click

from harness.cli.options import format_option


@click.command("down")
@format_option("pretty", "json")
def command(form: str) -> None:
    """Stop the deployment that `up` keeps. Does nothing when there is none."""
    import sys

    from harness.deployments.embedded import stop_kept
    from harness.report.kept import write_end

    write_end(form, stop_kept(), sys.stdout)
