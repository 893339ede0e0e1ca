"""Which verdicts another yardstick changes, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from harness.history.backtest import Backtest
from harness.report.page import Page
from harness.report.plain import plain

SCHEMA = "noetl-harness/backtest/1"


def write(form: str, results: Sequence[Backtest], out: TextIO) -> None:
    """A line for each run, and below it one for each pair that is judged otherwise now."""
    if form == "json":
        json.dump({"schema": SCHEMA, "runs": plain(results)}, out, indent=2, ensure_ascii=False)
        out.write("\n")
        return
    page = Page(out)
    for one in results:
        page.line(f"{one.run_id}: {_sentence(one)}", style="yellow" if one.changed else "green")
        for turn in one.turns:
            page.paragraph(f"{turn.case_id}: {turn.before} -> {turn.now}", indent=2, hang=2)
            for fingerprint in turn.because:
                page.paragraph(fingerprint, indent=6, hang=2, style="dim")
    changed = sum(one.changed for one in results)
    page.line(f"{len(results)} runs judged again, {changed} changed")


def _sentence(one: Backtest) -> str:
    parts = [f"exit {one.exit_before} -> {one.exit_now}" if one.exit_before != one.exit_now else f"exit {one.exit_now}"]
    if one.gate_now is not None:
        before = "" if one.gate_before is None else f"{one.gate_before} -> "
        parts.append(f"gate {before}{one.gate_now}")
    parts.append(f"{len(one.turns)} verdicts change" if one.turns else "no verdict changes")
    return ", ".join(parts)
