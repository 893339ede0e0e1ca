"""The closed answers: of a leg, of a pair, and the exit code of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from harness.judge.checkers.base import LegContext
from harness.judge.errors import UNSUPPORTED, classify
from harness.judge.project import CLOSED
from harness.model.envelope import Letter, Outcome
from harness.model.errors import Exit
from harness.model.evidence import LegEnd
from harness.model.finding import Checker, Finding, Weight
from harness.model.verdict import NOT_AS_RECORDED, Controls, Leg, LegVerdict, Pair, PairVerdict

ENDED = frozenset({LegVerdict.COMPLETED, LegVerdict.FAILED, LegVerdict.CANCELLED, LegVerdict.ZOMBIE})
"""Verdicts that say how a leg ended. All others say why that is not known."""


def leg_verdict(leg: LegContext, findings: Iterable[Finding]) -> LegVerdict:
    """What became of a leg. What makes its history worthless comes first, then how it ended."""
    match leg.evidence.end:
        case LegEnd.NOT_RUN:
            return LegVerdict.NOT_RUN
        case LegEnd.LOST:
            return LegVerdict.INFRA_ERROR
        case LegEnd.REFUSED:
            return LegVerdict.UNSUPPORTED if _is_unsupported(leg.evidence.refusal or "") else LegVerdict.FAILED
        case LegEnd.TERMINAL_EVENT | LegEnd.DRAINED | LegEnd.STUCK | LegEnd.TIMEOUT:
            pass
        case never:
            assert_never(never)
    findings = tuple(findings)
    if any(one.weight is Weight.CONTAMINATES for one in findings):
        return LegVerdict.CONTAMINATED
    if any(_is_unsupported(text) for text in _errors(leg)):
        return LegVerdict.UNSUPPORTED
    if any(one.checker is Checker.ZOMBIE and one.weight is Weight.DIVERGES for one in findings):
        return LegVerdict.ZOMBIE
    return _ended(leg.outcome) or _unfinished(leg)


def _ended(outcome: Outcome) -> LegVerdict | None:
    if outcome.terminal is not None:
        return LegVerdict(outcome.terminal)
    if outcome.inferred:
        failed = any({Letter.FAILED, Letter.ERROR} & set(call.letters) for call in outcome.calls)
        return LegVerdict.FAILED if failed else LegVerdict.COMPLETED
    return None


def _unfinished(leg: LegContext) -> LegVerdict:
    """Somebody may still be at work: `slow`. Otherwise the time was up, and why is not known."""
    working = any(
        call.claimed_by and not CLOSED & set(call.letters) and not leg.crew.is_dead(call.claimed_by[-1])
        for call in leg.outcome.calls
    )
    return LegVerdict.SLOW if working else LegVerdict.TIMEOUT


def _errors(leg: LegContext) -> Iterable[str]:
    for call in leg.outcome.calls:
        if call.envelope.error is not None:
            yield call.envelope.error.message
    for event in leg.evidence.events:
        if event.error:
            yield event.error
    for line in leg.evidence.log:
        yield line.text


def _is_unsupported(text: str) -> bool:
    return classify(text, "").kind == UNSUPPORTED


def pair_verdict(reference: Leg, candidate: Leg, findings: Sequence[Finding]) -> PairVerdict:
    """What two legs say together. `same_pass` needs complete evidence, legs that ended, nothing that diverges, and a
    reference that does not differ from itself."""
    verdicts = (reference.verdict, candidate.verdict)
    if LegVerdict.NOT_RUN in verdicts:
        return PairVerdict.SKIPPED
    if LegVerdict.CONTAMINATED in verdicts:
        return PairVerdict.CONTAMINATED
    if not (reference.evidence.complete and candidate.evidence.complete):
        return PairVerdict.INDETERMINATE
    if LegVerdict.UNSUPPORTED in verdicts:
        return PairVerdict.UNSUPPORTED
    if not set(verdicts) <= ENDED:
        return PairVerdict.INDETERMINATE
    if any(one.weight is Weight.UNSTABLE for one in findings):
        return PairVerdict.NOISE
    if any(one.checker is Checker.NOISE for one in findings):
        return PairVerdict.INDETERMINATE
    if reference.verdict is not candidate.verdict:
        if reference.verdict is LegVerdict.COMPLETED:
            return PairVerdict.REFERENCE_ONLY
        return PairVerdict.CANDIDATE_ONLY if candidate.verdict is LegVerdict.COMPLETED else PairVerdict.DIVERGED
    if any(one.weight is Weight.DIVERGES and not _is_a_hang(one) for one in findings):
        return PairVerdict.DIVERGED
    if any(one.weight in (Weight.UNKNOWN, Weight.CONTAMINATES) for one in findings):
        return PairVerdict.INDETERMINATE
    if any(one.weight is Weight.NOISE for one in findings):
        return PairVerdict.NOISE
    if reference.verdict is LegVerdict.COMPLETED:
        return PairVerdict.SAME_PASS
    equivalent = any(one.weight is Weight.EQUIVALENT for one in findings)
    return PairVerdict.EQUIVALENT_ERROR if equivalent else PairVerdict.SAME_FAIL


def _is_a_hang(finding: Finding) -> bool:
    """Two legs that hang alike fail alike; the finding still counts against what is expected."""
    return finding.checker is Checker.ZOMBIE


def exit_code(
    pairs: Sequence[Pair], controls: Controls, problems: Sequence[str] = (), losses: Sequence[str] = ()
) -> Exit:
    """A misjudged control outweighs a lost environment, which outweighs an unexpected pair, which outweighs what was
    not decided (design section 8): a pair, a recording that is not whole, or no pair at all."""
    if controls.misjudged:
        return Exit.INVALID
    if losses or any(LegVerdict.INFRA_ERROR in (pair.reference.verdict, pair.candidate.verdict) for pair in pairs):
        return Exit.ENVIRONMENT
    if any(pair.standing in NOT_AS_RECORDED for pair in pairs):
        return Exit.DIVERGED
    if problems or not pairs or any(not pair.decided for pair in pairs):
        return Exit.INDETERMINATE
    return Exit.OK
