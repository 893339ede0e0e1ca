"""The whole verdict as one JSON object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

from harness.judged import Judged
from harness.model.verdict import RunVerdict
from harness.recording.write import write_whole
from harness.report.plain import plain, schema_of

SCHEMA = "noetl-harness/run/1"


def write(run: Judged, out: TextIO) -> None:
    """One object: `schema`, then the fields of `RunVerdict` under their own names."""
    out.write(text(run.verdict))


def text(verdict: RunVerdict) -> str:
    """The same bytes for the same verdict, always."""
    return json.dumps({"schema": SCHEMA, **plain(verdict)}, indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """What `write` writes, as JSON Schema."""
    return schema_of(RunVerdict, SCHEMA)


def keep(verdict: RunVerdict, folder: Path) -> None:
    """Write the verdict beside the recording that it was derived from: `verdict.json`."""
    write_whole(folder / "verdict.json", text(verdict).encode())
