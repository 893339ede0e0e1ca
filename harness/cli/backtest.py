"""`noetl-harness backtest`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import format_option, runs_option


@click.command("backtest")
@click.option("--last", type=click.IntRange(min=1), default=10, show_default=True, help="How many runs, newest first.")
@runs_option
@click.option(
    "--baseline", type=click.Path(path_type=Path), metavar="FILE", help="Hold them against this baseline too."
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Rules for that.  [default: gate.yaml beside the baseline]",
)
@format_option("pretty", "json")
def command(last: int, runs: Path | None, baseline: Path | None, rules: Path | None, form: str) -> int:
    """Judge stored runs again by today's rules and expectations, and list the verdicts that change.

    Do it before a change of rules, expectations or gate lands. The exit code is 1 when a verdict changes, else 0.
    """
    import sys

    from harness.files.project import runs_folder
    from harness.files.suite import load_suite
    from harness.files.yardstick import load_yardstick
    from harness.history.backtest import backtest
    from harness.history.stored import run_folders
    from harness.report.backtest import write

    yardstick = load_yardstick(load_suite(), runs_folder(runs))
    gate_files = (baseline, rules or baseline.with_name("gate.yaml")) if baseline else None
    results = [backtest(folder, yardstick, gate_files) for folder in run_folders(runs_folder(runs), last)]
    write(form, results, sys.stdout)
    return int(any(one.changed for one in results))
