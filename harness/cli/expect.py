"""`noetl-harness expect`: the differences on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import format_option, runs_option

if TYPE_CHECKING:
    from harness.model.verdict import RunVerdict


@click.group("expect")
def command() -> None:
    """Check, explain and keep the differences that are on record in playbooks/expectations."""


@command.command()
@format_option("pretty", "json")
def check(form: str) -> int:
    """Check all files, and say what expires within 14 days.

    What is wrong in a file is told with line and column. An entry that has expired is an error too. Errors end with
    exit code 2.
    """
    import sys
    from datetime import UTC, datetime

    from harness.files.expectations import load_expectations
    from harness.files.suite import load_suite
    from harness.history.expect import hygiene
    from harness.model.errors import Exit
    from harness.report.expect import write_hygiene

    today = datetime.now(UTC).date()
    found = hygiene(load_expectations(load_suite(), today), today)
    write_hygiene(form, found, sys.stdout)
    return Exit.USAGE if found.expired else Exit.OK


@command.command()
@click.argument("case")
@runs_option
@format_option("pretty", "json")
def explain(case: str, runs: Path | None, form: str) -> None:
    """Say what is on record for a case and why, and what the newest stored run that has the case says of it."""
    import sys

    from harness.files.project import runs_folder
    from harness.files.suite import load_suite
    from harness.files.yardstick import load_yardstick
    from harness.history.expect import explain_case
    from harness.history.stored import run_folders
    from harness.report.expect import write_explained

    suite, folder = load_suite(), runs_folder(runs)
    folders = run_folders(folder) if folder.is_dir() and any(folder.iterdir()) else []
    write_explained(form, explain_case(case, suite, load_yardstick(suite, folder), folders), sys.stdout)


@command.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--reason", metavar="TEXT", help="Why the pools differ.")
@click.option("--source", metavar="TEXT", help="Where that is on record.")
@click.option("--owner", metavar="NAME", help="Who answers for it.")
def update(recording: Path, reason: str | None, source: str | None, owner: str | None) -> None:
    """Put the unexpected differences of a run on record, for 90 days and for the candidate's version.

    RECORDING is the folder of a run. For every difference a person says why: what the options do not say is asked for
    on a terminal, and one without a reason is passed over. One that had been on record until it expired keeps what was
    written and gets another 90 days. It refuses in CI and inside a test run.
    """
    import sys
    from datetime import UTC, datetime

    from harness.cli.people import refuse_machines
    from harness.files.expectation_edit import Draft, add, extend
    from harness.files.expectations import LONGEST, expectations_folder
    from harness.history.expect import gaps
    from harness.report.expect import write_gap

    refuse_machines("what is on record")
    found = list(gaps(_judged(recording)))
    if found and not sys.stdin.isatty() and not (reason and source and owner):
        raise click.UsageError(
            "nobody can be asked here: give --reason, --source and --owner", click.get_current_context()
        )
    folder, today = expectations_folder(), datetime.now(UTC).date()
    expires = today + LONGEST
    changed = set()
    for gap in found:
        write_gap(gap, sys.stderr)
        if gap.expired is not None:
            if reason or click.confirm("Does it still hold?", err=True):
                changed.add(extend(folder, gap.expired, expires))
            continue
        why = reason or click.prompt("Why (empty: leave it)", default="", show_default=False, err=True)
        if why:
            where = source or click.prompt("Where is that on record", err=True)
            who = owner or click.prompt("Who answers for it", err=True)
            finding = gap.finding
            what = (finding.case_id, finding.fingerprint, gap.runtime, gap.versions)
            draft = Draft(*what, why, where, who, today, expires)
            changed.add(add(folder, draft))
    _say(changed, f"{len(found)} unexpected differences")


@command.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune(recording: Path, yes: bool) -> None:
    """Remove what is on record and did not show in a run, although its case ran and was decided.

    RECORDING is the folder of a run. It asks on a terminal, and refuses in CI and inside a test run.
    """
    import sys

    from harness.cli.people import refuse_machines
    from harness.files.expectation_edit import remove
    from harness.files.expectations import expectations_folder
    from harness.history.expect import gone
    from harness.report.expect import write_gone

    refuse_machines("what is on record")
    entries = gone(_judged(recording))
    for entry in entries:
        write_gone(entry, sys.stderr)
    if entries and not yes and not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked here: give --yes", click.get_current_context())
    if entries and (yes or click.confirm(f"Remove {len(entries)} entries?", err=True)):
        _say({remove(expectations_folder(), entry) for entry in entries}, f"{len(entries)} entries did not show")
    else:
        _say(set(), f"{len(entries)} entries did not show")


def _judged(recording: Path) -> RunVerdict:
    """The run by what is on record today."""
    from harness.files.suite import load_suite
    from harness.files.yardstick import load_yardstick
    from harness.judge.run import judge
    from harness.recording.read import open_recording

    found = open_recording(recording)
    return judge(found.request(load_yardstick(load_suite(), found.folder.parent)))


def _say(changed: set[Path], what: str) -> None:
    for path in sorted(changed):
        click.echo(path)
    click.echo(f"{what}, {len(changed)} files changed; look at them and commit them", err=True)
