"""`noetl-harness analyze`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import FORMATS, format_option


@click.command("analyze")
@click.argument("recording", type=click.Path(path_type=Path))
@format_option(*FORMATS)
def command(recording: Path, form: str) -> int:
    """Judge a recording again, without a deployment.

    RECORDING is the folder of a run. It is judged by the rules, expectations and day that it holds itself, so that the
    verdict is the run's own; `backtest` holds it against today's. The exit code is the verdict.
    """
    import gc
    import sys

    from harness.judged import judged
    from harness.recording.read import open_recording
    from harness.report import write

    gc.disable()  # nothing here refers to itself, and the search for what does takes a fifth of the time
    try:
        run = judged(open_recording(recording))
        write("terminal" if form == "pretty" else form, run, sys.stdout)
    finally:
        gc.enable()
    return run.verdict.exit
