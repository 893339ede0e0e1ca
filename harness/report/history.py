"""The report of `diff`: two histories side by side, where they part, and what differs."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TextIO

from harness.judged import Judged
from harness.model.verdict import Moment
from harness.report import words
from harness.report.case import write_claims_and_log, write_findings
from harness.report.page import Page
from harness.report.terminal import write_header, write_noise

_MARK = " | "
_PARTS = " # "


def write(run: Judged, out: TextIO) -> None:
    """Every pair of `run` (`diff` has one) in full, also where the pools agree."""
    verdict, page = run.verdict, Page(out)
    write_header(page, verdict)
    for pair in verdict.pairs:
        page.heading(pair.case.id)
        page.paragraph(words.standing(pair), hang=2)
        page.line()
        _write_history(page, pair.history)
        page.heading("What differs" if words.differs(pair) else "Nothing differs")
        write_findings(page, pair)
        page.heading("Who claimed, and what the workers complained of")
        write_claims_and_log(page, pair)
        page.line()
        page.line(words.reproduce(verdict, pair), style="cyan")
    write_noise(page, verdict)
    page.line()
    page.line(words.summary(verdict), style="green" if verdict.exit == 0 else "red")


def _write_history(page: Page, history: tuple[Moment, ...]) -> None:
    if not history:
        page.line("The histories can not be set side by side: a leg has no end that is known.")
        return
    wide = (page.width - len(_MARK)) // 2
    page.line(f"{'reference':<{wide}}{_MARK}candidate", style="bold")
    parted = False
    for moment in history:
        if moment.parts and not parted:
            page.line("the histories part here ".ljust(page.width, "-"), style="red")
            parted = True
        mark, style = (_PARTS, "red") if moment.parts else (_MARK, "")
        for left, right in zip_longest(_cell(moment.reference, wide), _cell(moment.candidate, wide), fillvalue=""):
            page.line(f"{left:<{wide}}{mark}{right}".rstrip(), style=style)


def _cell(text: str | None, wide: int) -> list[str]:
    return textwrap.wrap(text or "", wide, subsequent_indent="  ") or [""]
