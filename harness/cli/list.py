"""`noetl-harness list`."""

from __future__ import annotations

import click

from harness.cli.options import format_option


@click.command("list")
@click.argument("selectors", nargs=-1, metavar="[SELECTORS]...")
@format_option("pretty", "json")
def command(selectors: tuple[str, ...], form: str) -> None:
    """Show the cases and the pools. SELECTORS are those of `run`."""
    import sys

    from harness.files.pools import known_pools
    from harness.files.suite import load_suite, select
    from harness.report.listing import write

    write(form, select(load_suite(), selectors), known_pools(), sys.stdout)
