"""`noetl-harness triage`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import format_option, runs_option


@click.command("triage")
@click.argument("recording", type=click.Path(path_type=Path))
@runs_option
@format_option("pretty", "json", "markdown")
def command(recording: Path, runs: Path | None, form: str) -> None:
    """Say what the few causes of a run are, which side departs, and since when.

    RECORDING is the folder of a run. For each cause: the cases, what the reference implementations say, when the stored
    runs first had it, and one command that shows it.
    """
    import sys

    from harness.files.project import runs_folder
    from harness.history.causes import triage
    from harness.history.index import stored_runs
    from harness.judge.run import judge
    from harness.recording.read import open_recording
    from harness.report.triage import write

    run = judge(open_recording(recording).request())
    write(form, run, triage(run, stored_runs(runs_folder(runs))), sys.stdout)
