"""One JSON object a line for each pair."""

from __future__ import annotations

import json
from typing import Any, TextIO

from harness.judged import Judged
from harness.model.verdict import Pair
from harness.report.plain import plain, schema_of

SCHEMA = "noetl-harness/pair/1"


def write(run: Judged, out: TextIO) -> None:
    """A line holds `schema`, the run's controls, pools and routing, and the fields of one `Pair`."""
    verdict = run.verdict
    whole = {
        "controls": plain(verdict.controls),
        "reference_pool": verdict.reference,
        "candidate_pool": verdict.candidate,
        "routing": verdict.routing,
    }
    for pair in verdict.pairs:
        out.write(json.dumps({"schema": SCHEMA, **whole, **plain(pair)}, ensure_ascii=False) + "\n")


def schema() -> dict[str, Any]:
    """A line of what `write` writes, as JSON Schema; the run's controls, pools and routing stand beside it."""
    return schema_of(Pair, SCHEMA)
