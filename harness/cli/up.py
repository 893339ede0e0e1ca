"""`noetl-harness up`."""

from __future__ import annotations

import click

from harness.cli.options import deployment_request, embedded_options, format_option


@click.command("up")
@embedded_options
@format_option("pretty", "json")
def command(
    reference: str, candidate: str, routing: str, postgres_dsn: str | None, nats_url: str | None, form: str
) -> None:
    """Start an embedded deployment and keep it running, so that `run` and `diff` with the same options find it there.

    Does nothing when it runs already. `down` ends it.
    """
    import sys

    from harness.deployments.embedded import EmbeddedTarget, start_kept
    from harness.report.kept import write

    asked = EmbeddedTarget.given(postgres_dsn, nats_url).request(deployment_request(reference, candidate, routing))
    kept = start_kept(asked)
    write(form, asked.pools.routing, kept.lanes, sys.stdout)
