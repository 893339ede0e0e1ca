"""The whole verdict as one JSON object."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import TextIO

from harness.model.verdict import RunVerdict
from harness.recording.write import write_whole
from harness.report.plain import plain

SCHEMA = "noetl-harness/run/1"


def write(verdict: RunVerdict, out: TextIO) -> None:
    """One object: `schema`, then the fields of `RunVerdict` under their own names."""
    json.dump({"schema": SCHEMA, **plain(verdict)}, out, indent=2, ensure_ascii=False)
    out.write("\n")


def keep(verdict: RunVerdict, folder: Path) -> None:
    """Write the verdict beside the recording that it was derived from: `verdict.json`."""
    text = StringIO()
    write(verdict, text)
    write_whole(folder / "verdict.json", text.getvalue().encode())
