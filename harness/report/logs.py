"""Log lines of a stored run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TextIO

from harness.logs import LegLog, Shown
from harness.model.secrets import blotted
from harness.report.markdown import LARGEST, escaped, fenced, write_blocks
from harness.report.page import Page
from harness.report.plain import plain
from harness.report.words import shown, visible

SCHEMA = "noetl-harness/logs/1"


def write(form: str, legs: Sequence[LegLog], out: TextIO) -> None:
    """`json`: one object with `schema` and `legs`. `jsonl`: a line an object, with `schema` and `leg`. Else the lines
    as they were logged, under a heading a leg; `>` marks those that a finding rests on."""
    match form:
        case "json":
            json.dump({"schema": SCHEMA, "legs": plain(legs)}, out, indent=2, ensure_ascii=False)
            out.write("\n")
        case "jsonl":
            for leg in legs:
                for one in leg.lines:
                    value = {"schema": SCHEMA, "leg": plain(leg.leg), **plain(one)}
                    out.write(json.dumps(value, ensure_ascii=False) + "\n")
        case "markdown":
            write_blocks(_blocks(legs), LARGEST, out)
        case _:
            page = Page(out)
            for leg in legs:
                page.heading(_heading(leg))
                page.paragraph("; ".join(leg.because), indent=2, hang=2, style="yellow")
                for line, marked in _lines(leg):
                    page.line(line, style="red" if marked else "")


def _blocks(legs: Sequence[LegLog]) -> Iterator[str]:
    for leg in legs:
        because = "".join(f"\n- {escaped(name)}" for name in leg.because)
        yield f"**{escaped(_heading(leg))}**\n{because}".rstrip()
        yield fenced("\n".join(visible(shown(line)) for line, _ in _lines(leg)))


def _heading(leg: LegLog) -> str:
    again = " again" if leg.leg.turn > 1 else ""
    return (
        f"{leg.leg.case_id} on the {leg.leg.side}{again}, execution {leg.execution_id}: "
        f"{len(leg.lines)} of {leg.of} lines"
    )


def _lines(leg: LegLog) -> Iterator[tuple[str, bool]]:
    """Each line with whether it is marked; dots stand where lines were left out."""
    before: Shown | None = None
    for one in leg.lines:
        if before is not None and one.number != before.number + 1:
            yield "  ...", False
        first, *others = blotted(one.line.text).splitlines() or [""]
        yield f"{'>' if one.marked else ' '} {one.line.source}: {first}", one.marked
        for other in others:
            yield f"      {other.strip()}", one.marked
        before = one
