"""The whole verdict as one JSON object."""

from __future__ import annotations

import json
from typing import TextIO

from harness.model.verdict import RunVerdict
from harness.report.plain import plain

SCHEMA = "noetl-harness/run/1"


def write(verdict: RunVerdict, out: TextIO) -> None:
    """One object: `schema`, then the fields of `RunVerdict` under their own names."""
    json.dump({"schema": SCHEMA, **plain(verdict)}, out, indent=2, ensure_ascii=False)
    out.write("\n")
