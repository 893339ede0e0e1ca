"""What the doctor found: a line a check, or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TextIO

from harness.model.doctor import Finding, State
from harness.report.page import Page
from harness.report.plain import plain

SCHEMA = "noetl-harness/doctor/1"

_STYLES: Mapping[State, str] = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}


def write(form: str, findings: Sequence[Finding], out: TextIO) -> None:
    """Each check with its state and what it saw; below what is not well, what to do."""
    if form == "json":
        json.dump({"schema": SCHEMA, "findings": plain(findings)}, out, indent=2, ensure_ascii=False)
        out.write("\n")
        return
    page = Page(out)
    seen = [one for one in findings if one.answer.state is not State.ABSENT]
    width = max((len(_head(one)) for one in seen), default=0)
    for one in seen:
        answer = one.answer
        hang = width + 7
        page.paragraph(
            f"{answer.state.value:<5}{_head(one):<{width}}  {answer.what}", hang=hang, style=_STYLES[answer.state]
        )
        if answer.todo:
            page.paragraph(answer.todo, indent=hang)
    absent = dict.fromkeys(f"{one.check} ({one.answer.what})" for one in findings if one.answer.state is State.ABSENT)
    if absent:
        page.paragraph(f"not looked at: {'; '.join(absent)}", hang=2)
    counts = {state: sum(one.answer.state is state for one in findings) for state in State}
    page.line(f"{counts[State.OK]} ok, {counts[State.WARN]} to note, {counts[State.FAIL]} failed")


def _head(finding: Finding) -> str:
    return f"{finding.check} ({finding.where})" if finding.where else finding.check
