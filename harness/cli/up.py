"""`noetl-harness up`."""

from __future__ import annotations

import click

from harness.cli.options import deployment_options, deployment_request, format_option


@click.command("up")
@deployment_options
@format_option("pretty", "json")
def command(
    reference: str, candidate: str, routing: str, postgres_dsn: str | None, nats_url: str | None, form: str
) -> None:
    """Start an embedded deployment and keep it running, so that `run` and `diff` with the same options find it there.

    Does nothing when it runs already. `down` ends it.
    """
    import sys

    from harness.deployments.embedded import start_kept
    from harness.report.kept import write

    kept = start_kept(deployment_request(reference, candidate, routing, postgres_dsn, nats_url))
    write(form, kept.request.routing, kept.lanes, sys.stdout)
