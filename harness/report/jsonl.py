"""One JSON object a line for each pair."""

from __future__ import annotations

import json
from typing import TextIO

from harness.model.verdict import RunVerdict
from harness.report.plain import plain

SCHEMA = "noetl-harness/pair/1"


def write(verdict: RunVerdict, out: TextIO) -> None:
    """A line holds `schema`, the run's controls, pools and routing, and the fields of one `Pair`."""
    run = {
        "controls": plain(verdict.controls),
        "reference_pool": verdict.reference,
        "candidate_pool": verdict.candidate,
        "routing": verdict.routing,
    }
    for pair in verdict.pairs:
        out.write(json.dumps({"schema": SCHEMA, **run, **plain(pair)}, ensure_ascii=False) + "\n")
