"""All that is known of one cause."""

from __future__ import annotations

import json
from typing import TextIO

from harness.history.causes import Explanation
from harness.report.page import Page
from harness.report.plain import plain
from harness.report.triage import past

SCHEMA = "noetl-harness/explanation/1"


def write(form: str, one: Explanation, out: TextIO) -> None:
    """Its past run by run, and what has it on record."""
    if form == "json":
        json.dump({"schema": SCHEMA, **plain(one)}, out, indent=2, ensure_ascii=False)
        out.write("\n")
        return
    page = Page(out)
    page.paragraph(one.fingerprint, style="bold")
    page.paragraph(past(one.past), indent=2)
    for sighting in one.past.sightings if one.past else ():
        known = "on record" if sighting.known else "not on record"
        pools = f"{sighting.reference} against {sighting.candidate}"
        page.paragraph(f"{sighting.run_id}  {pools}, {known}: {', '.join(sighting.cases)}", indent=4, hang=4)
    for entry in one.expectations:
        versions = f" {entry.versions}" if entry.versions else ""
        page.paragraph(f"on record for {entry.case_id} on {entry.runtime}{versions}, until {entry.expires}", indent=2)
        page.paragraph(f"{entry.reason} ({entry.source}; {entry.file})", indent=4)
