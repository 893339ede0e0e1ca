"""What a test tells of its check. Never a traceback: the guilty lines are not in Python."""

from __future__ import annotations

import io
from dataclasses import replace

from harness.model.check import Check, CheckName
from harness.model.finding import Weight
from harness.model.verdict import Pair
from harness.report import words
from harness.report.case import write_case
from harness.report.page import Page
from harness.testing.verdicts import Answer


def undecided(answer: Answer, check: Check) -> str:
    """Why there is no answer."""
    verdict = answer.pair.verdict.value
    return f"{check.name.value} is not known ({verdict}), and what is not known is no pass.\n\n{told(answer, check)}"


def failed(answer: Answer, check: Check) -> str:
    """The causes in the first line, which is all that short summaries show."""
    found = answer.pair.findings if check.name is CheckName.PARITY else check.findings
    causes = dict.fromkeys(one.fingerprint for one in found if one.weight is Weight.DIVERGES and not one.consequence)
    first = "; ".join(causes) or words.standing(answer.pair)
    return f"{words.visible(first)}\n\n{told(answer, check)}"


def known(answer: Answer, check: Check) -> str:
    """The reason of an expected failure."""
    return words.visible("; ".join(words.on_record(check))) or words.standing(answer.pair)


def unmet(pair: Pair) -> str:
    """What is on record and did not show."""
    return words.visible(
        "; ".join(f"{one.fingerprint} did not show, though {one.file} expects it" for one in pair.unmet)
    )


def told(answer: Answer, check: Check) -> str:
    """The case as reports show it, with what belongs to this check: findings, where the histories part, who claimed,
    the command that shows it again."""
    pair = answer.pair
    if check.name is not CheckName.PARITY:
        pair = replace(pair, findings=check.findings, excused=check.excused, unmet=(), expired=(), notes=())
    out = io.StringIO()
    write_case(Page(out), answer.verdict, pair)
    return out.getvalue().strip("\n")
