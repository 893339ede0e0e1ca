"""The whole verdict as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, TextIO

from harness.judged import Judged
from harness.model.verdict import RunVerdict
from harness.recording.write import write_whole
from harness.report.plain import plain, schema_of

SCHEMA = "noetl-harness/run/1"


def write(run: Judged, out: TextIO) -> None:
    """One object: `schema`, then the fields of `RunVerdict` under their own names. Each pair has a line of its own."""
    for piece in _pieces(run.verdict):
        out.write(piece)


def text(verdict: RunVerdict) -> str:
    """The same bytes for the same verdict, always."""
    return "".join(_pieces(verdict))


def _pieces(verdict: RunVerdict) -> Iterator[str]:
    """Pair by pair: the text of a whole run would take more memory than its judgement."""
    yield f'{{\n"schema": {_line(SCHEMA)}'
    for field in fields(verdict):
        value = getattr(verdict, field.name)
        yield f',\n"{field.name}": '
        yield from _lines(value) if field.name == "pairs" else (_line(value),)
    yield "\n}\n"


def _lines(values: Iterable[object]) -> Iterator[str]:
    mark = "["
    for value in values:
        yield f"{mark}\n{_line(value)}"
        mark = ","
    yield "[]" if mark == "[" else "\n]"


def _line(value: object) -> str:
    """Without an indent: that would take Python's slow encoder."""
    return json.dumps(plain(value), ensure_ascii=False)


def schema() -> dict[str, Any]:
    """What `write` writes, as JSON Schema."""
    return schema_of(RunVerdict, SCHEMA)


def keep(verdict: RunVerdict, folder: Path) -> None:
    """Write the verdict beside the recording that it was derived from: `verdict.json`."""
    write_whole(folder / "verdict.json", text(verdict).encode())
