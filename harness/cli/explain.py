"""`noetl-harness explain`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import format_option, runs_option


@click.command("explain")
@click.argument("fingerprint")
@runs_option
@format_option("pretty", "json")
def command(fingerprint: str, runs: Path | None, form: str) -> None:
    """Say what is known of one cause, and in which stored runs it showed.

    FINGERPRINT is the name of a cause as the reports have it, or a part of it that only one cause has.
    """
    import sys

    from harness.files.project import runs_folder
    from harness.files.suite import load_suite
    from harness.files.yardstick import load_yardstick
    from harness.history.causes import explain
    from harness.history.index import stored_runs
    from harness.report.explain import write

    yardstick = load_yardstick(load_suite(), runs_folder(runs))
    write(form, explain(fingerprint, stored_runs(runs_folder(runs)), yardstick), sys.stdout)
