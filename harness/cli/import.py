"""`noetl-harness import`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import FORMATS, format_option, pool_options, runs_option


@click.command("import")
@click.argument("captures", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CAPTURES...")
@pool_options
@runs_option
@format_option(*FORMATS)
def command(
    captures: tuple[Path, ...], reference: str, candidate: str, routing: str, runs: Path | None, form: str
) -> int:
    """Turn raw captures of real executions into a recording, and judge it.

    Each of CAPTURES is a folder with one execution: events.jsonl, commands.jsonl and execution_row.jsonl (rows of
    NoETL's tables, a JSON object a line), and where they are status.json, nats.json, runtime.jsonl, playbook.yaml and
    *.log. It is a leg of the reference without a counterpart: what became of it is shown, and the run ends
    indeterminate (exit 3) unless something is wrong with it. A folder with the folders reference/ and candidate/ is a
    pair.
    """
    import sys

    from harness.captures import ImportRequest, import_captures
    from harness.cli.options import deployment_request
    from harness.files.project import runs_folder
    from harness.judged import judged
    from harness.recording.read import open_recording
    from harness.report import write
    from harness.report.json import keep

    pools = deployment_request(reference, candidate, routing)
    folder = import_captures(ImportRequest(captures, pools, runs_folder(runs), sys.argv[1:]))
    click.echo(f"recorded in {folder}", err=True)
    run = judged(open_recording(folder))
    keep(run.verdict, folder)
    write("terminal" if form == "pretty" else form, run, sys.stdout)
    return run.verdict.exit
