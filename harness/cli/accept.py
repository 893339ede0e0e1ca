"""`noetl-harness accept`."""

from __future__ import annotations

from pathlib import Path

import click

CATEGORIES = ("create", "fix", "trim", "update")


@click.command("accept")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--baseline", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The baseline.")
@click.option(
    "--only",
    "categories",
    multiple=True,
    type=click.Choice(CATEGORIES),
    help="Which changes to accept; may be given several times.  [default: all of them]",
)
@click.option("--reason", metavar="TEXT", help="Why; it is kept in the baseline. Asked for on a terminal.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(recording: Path, baseline: Path, categories: tuple[str, ...], reason: str | None, yes: bool) -> None:
    """Change a baseline to what a run has shown.

    create: cases that are new; fix: cases that are better; trim: cases that are gone; update: cases that are worse.
    A person decides that: it asks on a terminal, and refuses in CI and inside a test run.
    """
    import sys
    from datetime import UTC, datetime

    from harness.cli.people import refuse_machines
    from harness.gate.accept import offer
    from harness.model.gate import Category
    from harness.report.gate import write_changes

    refuse_machines("a baseline")
    found = offer(recording, baseline, [Category(one) for one in categories or CATEGORIES])
    write_changes(found.changes, sys.stdout)
    if not found.changes:
        return
    if not sys.stdin.isatty() and not (yes and reason):
        raise click.UsageError("nobody can be asked here: give --yes and --reason TEXT", click.get_current_context())
    reason = reason or click.prompt("Why", err=True)
    if yes or click.confirm(f"Change {len(found.changes)} cases of {baseline}?", err=True):
        found.accept(reason, datetime.now(UTC).date())
        click.echo(f"{baseline} is changed; look at it and commit it", err=True)
