"""A badge with the score, as shields.io reads it from an endpoint (https://shields.io/badges/endpoint-badge)."""

from __future__ import annotations

import json
from typing import TextIO

from harness.judged import Judged
from harness.model.errors import Exit

_COLOURS = {Exit.OK: "brightgreen", Exit.DIVERGED: "red", Exit.INDETERMINATE: "yellow"}
"""By the run's exit code; any other says that there is no score."""


def write(run: Judged, out: TextIO) -> None:
    """`parity rust@5.10.0 | 65/66 98.5% · 1 known`."""
    verdict = run.verdict
    counts = verdict.counts
    colour = _COLOURS.get(Exit(verdict.exit)) if counts.total else None
    known = f" · {counts.known} known" if counts.known else ""
    badge = {
        "schemaVersion": 1,
        "label": f"parity {verdict.candidate}",
        "message": f"{counts.same}/{counts.total} {counts.parity:.1%}{known}" if colour else "no score",
        "color": colour or "lightgrey",
        "isError": colour is None,
    }
    out.write(json.dumps(badge, indent=2, ensure_ascii=False) + "\n")
