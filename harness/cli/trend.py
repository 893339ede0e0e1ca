"""`noetl-harness trend`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import format_option, runs_option


@click.command("trend")
@click.argument("run_id", required=False)
@click.option("--last", type=click.IntRange(min=1), default=60, show_default=True, help="How many runs, newest first.")
@runs_option
@format_option("pretty", "json", "markdown")
def command(run_id: str | None, last: int, runs: Path | None, form: str) -> None:
    """Show how the score, the causes and the times went over the stored runs.

    RUN_ID is the run to look back from; without it, the newest one that ran more than a few cases. Runs count that
    compared the same pools with the same routing on about as many cases. A case is flaky as often as it got another
    verdict than in the run before, on the same suite.

    What the stored runs say is kept in reports/history.sqlite, which may be deleted: the recordings are the truth.
    """
    import sys

    from harness.files.project import runs_folder
    from harness.history.index import stored_runs
    from harness.history.trend import newest, trend
    from harness.report.trend import write

    stored = stored_runs(runs_folder(runs))
    write(form, trend(newest(stored, run_id), stored, last), sys.stdout)
