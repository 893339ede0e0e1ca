"""The few causes of a run, each with its past and the command that shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from harness.history.causes import CauseHistory, TriagedCause
from harness.model.secrets import blotted
from harness.model.verdict import RunVerdict
from harness.report import words
from harness.report.page import Page
from harness.report.plain import plain

SCHEMA = "noetl-harness/triage/1"


def write(form: str, run: RunVerdict, causes: Sequence[TriagedCause], out: TextIO) -> None:
    """`markdown` is a list to paste into an issue; the gravest cause is first in each form."""
    match form:
        case "json":
            json.dump(
                {"schema": SCHEMA, "run_id": run.run_id, "causes": [_object(run, one) for one in causes]}, out, indent=2
            )
            out.write("\n")
        case "markdown":
            _write_markdown(run, causes, out)
        case _:
            _write_page(run, causes, Page(out))


def past(history: CauseHistory | None) -> str:
    """`new in this run`, or since when and how often it showed."""
    if history is None:
        return "no stored run has it"
    first, count = history.sightings[0].run_id, len(history.sightings)
    still = f", gone since {history.absent_since}" if history.absent_since else ""
    return f"first in {first}, in {count} of {history.runs} stored runs of these pools{still}"


def _write_page(run: RunVerdict, causes: Sequence[TriagedCause], page: Page) -> None:
    page.line(f"run {run.run_id}: {run.reference} against {run.candidate}")
    for number, one in enumerate(causes, start=1):
        cause = one.cause
        page.line()
        page.paragraph(f"{number:>2}. {cause.fingerprint}", hang=4, style="yellow" if cause.known else "red")
        page.paragraph(_weight(one), indent=4)
        page.paragraph(words.cases(cause), indent=4, hang=2)
        page.paragraph(blotted(cause.reason or words.finding(cause.sample)), indent=4)
        if said := words.opinion(cause.sample):
            page.paragraph(blotted(said), indent=4, hang=2)
        for line in cause.sample.evidence[:3]:
            page.paragraph(words.shown(blotted(line)), indent=6, hang=2, style="dim")
        page.paragraph(past(one.past), indent=4)
        page.line(f"    {words.reproduce(run, one.pair)}", style="cyan")
    page.line()
    page.line(f"{len(causes)} causes" if causes else "no cause: nothing differs")


def _write_markdown(run: RunVerdict, causes: Sequence[TriagedCause], out: TextIO) -> None:
    out.write(f"**{run.reference} against {run.candidate}, run {run.run_id}: {len(causes)} causes**\n")
    for one in causes:
        out.write(f"\n- `{one.cause.fingerprint.replace('`', chr(39))}` ({_weight(one)})\n")
        out.write(f"  - {words.shown(words.cases(one.cause))}\n  - {past(one.past)}\n")
        if said := words.opinion(one.cause.sample):
            out.write(f"  - {words.shown(blotted(said))}\n")
        out.write(f"  - `{words.reproduce(run, one.pair)}`\n")


def _weight(one: TriagedCause) -> str:
    ends = "executions end differently" if one.cause.ends_differently else "executions end alike"
    return f"{ends}; {'on record' if one.cause.known else 'not on record'}"


def _object(run: RunVerdict, one: TriagedCause) -> dict[str, object]:
    return {**plain(one.cause), "past": plain(one.past), "reproduce": words.reproduce(run, one.pair)}
