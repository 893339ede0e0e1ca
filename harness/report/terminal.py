"""What a person reads at the end of a run: causes first, then cases, then one line."""

from __future__ import annotations

from typing import TextIO

from harness.judged import Judged
from harness.model.secrets import blotted
from harness.model.verdict import RunVerdict
from harness.report import words
from harness.report.case import write_case
from harness.report.page import Page


def write(run: Judged, out: TextIO) -> None:
    """The whole report as text, readable without colour and in 80 columns."""
    verdict, page = run.verdict, Page(out)
    write_header(page, verdict)
    _write_causes(page, verdict)
    pairs = words.of_note(verdict)
    if pairs:
        page.heading("Cases to look at")
    for pair in pairs:
        write_case(page, verdict, pair)
    write_noise(page, verdict)
    _write_claims(page, verdict)
    _write_footprints(page, verdict)
    page.line()
    page.line(words.summary(verdict), style="green" if verdict.exit == 0 else "red")


def write_header(page: Page, verdict: RunVerdict) -> None:
    """What was compared, and before it whether the judgement is worth anything."""
    for line in words.alarms(verdict):
        page.paragraph(line, hang=2, style="bold red")
    for name, value in words.pools(verdict):
        page.line(f"{name:<10} {value}")


def write_noise(page: Page, verdict: RunVerdict) -> None:
    """What was taken for noise, and what is flaky."""
    pairs = words.noisy(verdict)
    if pairs:
        page.heading("Noise and flaky differences")
    for pair in pairs:
        page.paragraph(pair.case.id, indent=2)
        for line in words.noise(pair):
            page.paragraph(blotted(line), indent=4, hang=2, style="yellow")


def _write_causes(page: Page, verdict: RunVerdict) -> None:
    number = 0
    for heading, causes in words.groups(verdict.causes):
        page.heading(heading)
        for cause in causes:
            number += 1
            page.paragraph(f"{number:>2}. {cause.fingerprint}", hang=4, style="yellow" if cause.known else "red")
            page.paragraph(words.cases(cause), indent=4, hang=2)
            page.paragraph(blotted(cause.reason or words.finding(cause.sample)), indent=4)


def _write_footprints(page: Page, verdict: RunVerdict) -> None:
    if verdict.footprints:
        page.heading("What the run left behind")
    for line in words.footprints(verdict):
        indent = len(line) - len(line.lstrip())
        page.paragraph(line.strip(), indent=2 + indent, hang=2)


def _write_claims(page: Page, verdict: RunVerdict) -> None:
    claims = [claim for claim in verdict.claims if claim.tool_kind == "task_sequence"]
    if claims and verdict.lanes:
        page.heading("Who claimed the task_sequence commands, and what each consumer delivered in all")
    for lane in verdict.lanes if claims else ():
        page.line(f"  on the lane of the {lane.side.value}")
        for claim in claims:
            if claim.side is lane.side:
                page.line(f"    {claim.pool_id} claimed {claim.count}")
        for consumer, before, after in words.deliveries(lane):
            page.line(f"    consumer {consumer}: {before} before, {after} after")
