"""What the gate says, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from harness.model.gate import Answer, CaseRecord, Change, GateVerdict
from harness.report.page import Page
from harness.report.plain import plain

SCHEMA = "noetl-harness/gate/1"

_STYLES = {Answer.OK: "green", Answer.FAIL: "red", Answer.UNKNOWN: "yellow"}


def write(form: str, verdict: GateVerdict, departures: Sequence[str], out: TextIO) -> None:
    """`departures` are what a receipt no longer holds; empty where none was checked."""
    if form == "json":
        json.dump({"schema": SCHEMA, **plain(verdict), "departures": list(departures)}, out, indent=2)
        out.write("\n")
        return
    page = Page(out)
    page.line(f"run {verdict.run_id}")
    for one in verdict.results:
        page.paragraph(
            f"{one.answer.value:<8}{one.rule}: {one.seen} (wanted: {one.wanted})", hang=8, style=_STYLES[one.answer]
        )
    if verdict.changes:
        page.line()
        write_changes(verdict.changes, out)
    if departures:
        page.heading("The receipt does not hold")
    for text in departures:
        page.paragraph(f"- {text}", indent=2, hang=2, style="red")


def write_changes(changes: Sequence[Change], out: TextIO) -> None:
    """A line for each case that is not as the baseline has it."""
    page = Page(out)
    page.line("Cases that are not as the baseline has them" if changes else "Every case is as the baseline has it")
    for change in changes:
        page.paragraph(_sentence(change), indent=2, hang=4)


def _sentence(change: Change) -> str:
    return f"{change.category.value:<7}{change.case_id}: {_record(change.before)} -> {_record(change.now)}"


def _record(record: CaseRecord | None) -> str:
    if record is None:
        return "nothing"
    known = f" with {', '.join(record.fingerprints)}" if record.fingerprints else ""
    return f"{record.verdict.value} ({record.standing.value}){known}"
