"""What `lint` found: a line each with its place, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from harness.lint.run import Problem, Severity

SCHEMA = "noetl-harness/lint/1"


def write(form: str, problems: Sequence[Problem], out: TextIO) -> None:
    """`file:line:column: severity [rule] message` with its source below, and the count."""
    if form == "json":
        json.dump({"schema": SCHEMA, "problems": [_object(problem) for problem in problems]}, out, indent=2)
        out.write("\n")
        return
    for problem in problems:
        out.write(f"{problem.where}: {problem.severity.value} [{problem.rule}] {problem.message}\n")
        if problem.because:
            out.write(f"    {problem.because}\n")
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    out.write(f"{errors} errors, {len(problems) - errors} warnings\n")


def _object(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.where.path,
        "line": problem.where.line,
        "column": problem.where.column,
        "severity": problem.severity.value,
        "rule": problem.rule,
        "message": problem.message,
        "because": problem.because,
    }
