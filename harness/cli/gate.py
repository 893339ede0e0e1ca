"""`noetl-harness gate`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import format_option


@click.command("gate")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option(
    "--baseline", type=click.Path(path_type=Path), metavar="FILE", help="The baseline that the run is held against."
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What a run must show.  [default: gate.yaml beside the baseline]",
)
@click.option("--verify", "again", is_flag=True, help="Check the receipt of an earlier gate instead.")
@format_option("pretty", "json")
def command(recording: Path, baseline: Path | None, rules: Path | None, again: bool, form: str) -> int:
    """Say whether a run is good enough to release.

    RECORDING is the folder of a run. Every case is held against the baseline by its name, the run as a whole against
    the rules. The receipt goes into the run's folder; `gate RECORDING --verify` does all of it again from that folder
    alone and says whether the receipt still holds (exit code 5 when it does not).
    """
    import sys

    from harness.gate.receipt import pass_gate, verify
    from harness.model.errors import Exit
    from harness.report.gate import write

    if again == (baseline is not None):
        raise click.UsageError("give either --baseline FILE or --verify", click.get_current_context())
    if baseline is None:
        verdict, departures = verify(recording)
        write(form, verdict, departures, sys.stdout)
        return Exit.INVALID if departures else verdict.exit
    verdict = pass_gate(recording, baseline, rules or baseline.with_name("gate.yaml"))
    write(form, verdict, (), sys.stdout)
    return verdict.exit
