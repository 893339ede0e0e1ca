"""The summary of a job on GitHub: the report for people, and a table of all cases below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from harness.judged import Judged
from harness.report.markdown import blocks, escaped, write_blocks

LARGEST = 1_000_000
"""Bytes. GitHub takes 1 MiB for a step."""

_ROWS = 50
"""Cases in one table: a table is left out as a whole where it does not fit."""


def write(run: Judged, out: TextIO) -> None:
    """Causes first, then the cases to look at, then all of them."""
    write_blocks((*blocks(run.verdict), *_tables(run)), LARGEST, out)


def _tables(run: Judged) -> Iterator[str]:
    pairs = run.verdict.pairs
    if pairs:
        yield "### All cases"
    for first in range(0, len(pairs), _ROWS):
        rows = ["| case | verdict | standing | reference | candidate |", "|---|---|---|---|---|"]
        for pair in pairs[first : first + _ROWS]:
            legs = (f"{leg.verdict.value}, {leg.evidence.seconds:.2f} s" for leg in (pair.reference, pair.candidate))
            cells = (pair.case.id, pair.verdict.value, pair.standing.value, *legs)
            rows.append(f"| {' | '.join(escaped(cell) for cell in cells)} |")
        yield "\n".join(rows)
