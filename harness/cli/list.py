"""`noetl-harness list`."""

from __future__ import annotations

import click

from harness.cli.options import external_option, format_option


@click.command("list")
@click.argument("selectors", nargs=-1, metavar="[SELECTORS]...")
@click.option("--coverage", is_flag=True, help="Show which tool kinds and DSL features the cases reach together.")
@external_option
@format_option("pretty", "json")
def command(selectors: tuple[str, ...], coverage: bool, external: bool, form: str) -> None:
    """Show the cases and the pools. SELECTORS are those of `run`."""
    import sys

    from harness.files.coverage import coverage as covered
    from harness.files.pools import known_pools
    from harness.files.suite import EXTERNAL, SUITE, load_suite, select
    from harness.report import coverage as table
    from harness.report import listing

    cases, pools = select(load_suite(manifest_name=EXTERNAL if external else SUITE), selectors), known_pools()
    if coverage:
        table.write(form, covered(cases, pools), sys.stdout)
    else:
        listing.write(form, cases, pools, sys.stdout)
