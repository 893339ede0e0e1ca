"""One case for a person: what differs, where the histories part, who claimed, the log, how to see it again."""

from __future__ import annotations

from harness.model.finding import Weight
from harness.model.secrets import blotted
from harness.model.verdict import Pair, RunVerdict
from harness.report import words
from harness.report.page import Page

MOST_LOG_LINES = 3


def write_case(page: Page, verdict: RunVerdict, pair: Pair) -> None:
    """Everything of note in `pair`, and the command that runs it again."""
    page.line()
    page.paragraph(pair.case.id, style="bold")
    page.paragraph(words.standing(pair), indent=2, hang=2)
    write_findings(page, pair)
    parting = words.parting(pair)
    if parting is not None:
        page.line("  the histories part at")
        for side, text in zip(("reference", "candidate"), parting, strict=True):
            page.paragraph(f"{side}  {text}", indent=4, hang=11)
    write_claims_and_log(page, pair)
    page.line(f"  {words.reproduce(verdict, pair)}", style="cyan")


def write_findings(page: Page, pair: Pair) -> None:
    """The findings with their evidence, what is known of them, and what could not be compared."""
    for fingerprint, findings in words.by_fingerprint(pair).items():
        follows = " (follows from the above)" if all(one.consequence for one in findings) else ""
        style = "dim" if all(one.weight is Weight.INFO for one in findings) else "red"
        page.paragraph(f"- {fingerprint}{follows}", indent=2, hang=2, style=style)
        for finding in findings:
            page.paragraph(blotted(words.finding(finding)), indent=4)
            if said := words.opinion(finding):
                page.paragraph(blotted(said), indent=4, hang=2)
            for line in finding.evidence:
                page.paragraph(words.shown(blotted(line)), indent=6, hang=2, style="dim")
    for finding, expectation in pair.excused:
        page.paragraph(f"- known: {finding.fingerprint}", indent=2, hang=2, style="yellow")
        page.paragraph(blotted(words.finding(finding)), indent=4)
        for line in finding.evidence:
            page.paragraph(words.shown(blotted(line)), indent=6, hang=2, style="dim")
        page.paragraph(f"{expectation.reason} ({expectation.source}, until {expectation.expires})", indent=4)
    for expectation in pair.expired:
        text = f"- no longer excused since {expectation.expires} ({expectation.file}): {expectation.fingerprint}"
        page.paragraph(text, indent=2, hang=2, style="red")
    for expectation in pair.unmet:
        text = f"- did not show, though {expectation.file} expects it: {expectation.fingerprint}"
        page.paragraph(text, indent=2, hang=2, style="red")
    for note in pair.notes:
        page.paragraph(f"- not compared: {blotted(note)}", indent=2, hang=2)


def write_claims_and_log(page: Page, pair: Pair) -> None:
    """Who claimed what on each lane, and what the workers complained of."""
    for side, leg in (("reference", pair.reference), ("candidate", pair.candidate)):
        for claim in words.claimed(leg):
            page.paragraph(f"claimed on {side} by {claim}", indent=2, hang=2)
        if leg.evidence.problem or leg.evidence.refusal:
            page.paragraph(
                blotted(f"{side}: {leg.evidence.problem or leg.evidence.refusal}"), indent=2, hang=2, style="red"
            )
        lines = words.complaints(pair, leg)
        for line in lines[:MOST_LOG_LINES]:
            page.paragraph(f"log of {side}: {words.shown(blotted(line))}", indent=2, hang=2, style="dim")
        if len(lines) > MOST_LOG_LINES:
            page.line(f"  log of {side}: {len(lines) - MOST_LOG_LINES} lines more")
