"""`noetl-harness report`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("report")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--to", "form", required=True, metavar="FORMAT", help="One of the formats above.")
@click.option("--output", type=click.Path(path_type=Path), metavar="PATH", help="Write there instead of to stdout.")
def command(recording: Path, form: str, output: Path | None) -> None:
    """Write a report of a recorded run.

    RECORDING is the folder of a run, new or old. FORMAT is html (one file for a browser), terminal, history, markdown,
    json, jsonl, junit, ctrf, badge, annotations or summary (both for GitHub), allure (a folder of result files: name it
    with --output), or one that an installed package brings. `analyze` says by its exit code what the verdict is; this
    verb only writes.
    """
    import sys

    from harness.judged import judged
    from harness.recording.read import open_recording
    from harness.report import find, write, write_to

    find(form)  # who asked wrongly has his answer before a long recording is judged
    run = judged(open_recording(recording))
    if output is None:
        write(form, run, sys.stdout)
    else:
        write_to(form, run, output)
