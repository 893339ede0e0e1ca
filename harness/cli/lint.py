"""`noetl-harness lint`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import format_option


@click.command("lint")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH...")
@format_option("pretty", "json")
def command(paths: tuple[Path, ...], form: str) -> None:
    """Check playbooks without running them.

    PATH is a playbook, or a folder whose playbooks are all checked. Errors are what the server would refuse (exit code
    2); warnings are what the pools are on record to do differently, each with its source (exit code 0).
    """
    import sys

    from harness.lint.run import Severity, lint_paths
    from harness.model.errors import Exit
    from harness.report.problems import write

    problems = lint_paths(paths)
    write(form, problems, sys.stdout)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise SystemExit(Exit.USAGE)
