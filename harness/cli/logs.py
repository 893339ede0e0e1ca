"""`noetl-harness logs`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import format_option


@click.command("logs")
@click.argument("recording", type=click.Path(path_type=Path))
@click.argument("selectors", nargs=-1, metavar="[SELECTORS]...")
@click.option("--side", type=click.Choice(["reference", "candidate"]), help="Only this side.")
@click.option("--execution", "execution_id", type=int, metavar="ID", help="Only lines that name this execution.")
@click.option(
    "--fingerprint", metavar="TEXT", help="Only what is around the findings of this name, or of a part of it."
)
@click.option(
    "--around",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="With --fingerprint: lines before and after.",
)
@format_option("pretty", "json", "jsonl", "markdown")
def command(
    recording: Path,
    selectors: tuple[str, ...],
    side: str | None,
    execution_id: int | None,
    fingerprint: str | None,
    around: int,
    form: str,
) -> None:
    """Show what workers and servers logged in a stored run.

    RECORDING is the folder of a run, SELECTORS are case ids, globs over them, tag:NAME or set:NAME; without any, all
    cases. Lines stand by time, those that a finding rests on have a mark. Secrets were taken out when the run was
    recorded. What matches nothing is an error.
    """
    import sys

    from harness.logs import LogRequest, logs_of
    from harness.model.lane import Side
    from harness.report.logs import write

    wanted = LogRequest(selectors, Side(side) if side else None, execution_id, fingerprint, around)
    write(form, logs_of(recording, wanted), sys.stdout)
