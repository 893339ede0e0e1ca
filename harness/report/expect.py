"""What the verbs of `expect` say."""

from __future__ import annotations

import json
from typing import Any, TextIO

from harness.history.expect import Explained, Gap, Hygiene
from harness.model.expectation import Expectation
from harness.model.secrets import blotted
from harness.report import words
from harness.report.case import write_findings
from harness.report.page import Page
from harness.report.plain import plain

SCHEMA = "noetl-harness/expect/1"


def write_hygiene(form: str, found: Hygiene, out: TextIO) -> None:
    """A line for each entry that has expired or soon will, then the count."""
    if form == "json":
        _json(plain(found), out)
        return
    for one in found.expired:
        out.write(f"{_place(one)}: expired on {one.expires}: {one.fingerprint}\n")
    for one in found.soon:
        out.write(f"{_place(one)}: expires on {one.expires} ({one.owner}): {one.fingerprint}\n")
    out.write(
        f"{found.total} entries for {found.cases} cases, {len(found.expired)} expired, "
        f"{len(found.soon)} expire within 14 days\n"
    )


def write_explained(form: str, found: Explained, out: TextIO) -> None:
    """Entry by entry what is on record, why, and what the newest stored run says of it; then what that run found."""
    if form == "json":
        entries = [{"entry": plain(one), "sight": sight} for one, sight in found.entries]
        run = found.run.run_id if found.run else None
        _json({"case": found.case_id, "run": run, "entries": entries, "pair": plain(found.pair)}, out)
        return
    page = Page(out)
    page.line(found.case_id, style="bold")
    if not found.entries:
        page.line("  nothing is on record for this case")
    for one, sight in found.entries:
        page.paragraph(f"- {one.fingerprint}", indent=2, hang=2, style="yellow")
        page.paragraph(f"{one.reason} ({one.source})", indent=4)
        flaky = f", in {one.flaky.min:.0%} to {one.flaky.max:.0%} of {one.flaky.runs} runs" if one.flaky else ""
        page.paragraph(
            f"for {one.runtime} {one.versions}".rstrip() + f", until {one.expires}, {one.owner}{flaky}", indent=4
        )
        page.paragraph(_place(one), indent=4)
        if sight is not None:
            page.paragraph(f"in the newest run it {sight.value}", indent=4)
    page.line()
    if found.run is None or found.pair is None:
        page.line("No stored run has this case.")
        return
    page.paragraph(f"run {found.run.run_id}, {found.run.candidate} against {found.run.reference}", hang=2)
    page.paragraph(words.standing(found.pair), indent=2, hang=2)
    write_findings(page, found.pair)
    page.line(f"  {words.reproduce(found.run, found.pair)}", style="cyan")


def write_gap(gap: Gap, out: TextIO) -> None:
    """One difference that is not on record, for whoever is asked about it."""
    page = Page(out)
    page.line()
    page.paragraph(f"{gap.finding.case_id}: {gap.finding.fingerprint}", hang=2, style="bold")
    page.paragraph(blotted(words.finding(gap.finding)), indent=2)
    for line in gap.finding.evidence:
        page.paragraph(words.shown(blotted(line)), indent=4, hang=2, style="dim")
    if gap.expired is not None:
        page.paragraph(f"on record until {gap.expired.expires}: {gap.expired.reason}", indent=2)


def write_gone(entry: Expectation, out: TextIO) -> None:
    """One entry that did not show."""
    out.write(f"{_place(entry)}: did not show: {entry.fingerprint}\n")


def _place(one: Expectation) -> str:
    return f"{one.file}:{one.line}"


def _json(value: dict[str, Any], out: TextIO) -> None:
    json.dump({"schema": SCHEMA, **value}, out, indent=2, ensure_ascii=False)
    out.write("\n")
