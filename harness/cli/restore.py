"""`noetl-harness restore`."""

from __future__ import annotations

import click


@click.command("restore")
@click.option("--allow-context", metavar="NAME", help="Also put back what was changed behind this context.")
def command(allow_context: str | None) -> None:
    """Put back what a killed harness left changed in Kubernetes clusters.

    A run does this by itself before it begins on the same cluster. Changes of a harness that still runs are left alone.
    """
    from harness.cli.guard import run_async
    from harness.restoring import restore

    restored = run_async(restore(allow_context))
    for line in restored:
        click.echo(line)
    if not restored:
        click.echo("nothing was left changed", err=True)
