"""A pair's findings under the heads of test reports. No head passes what the pair as a whole does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.model.check import Check, CheckName, CheckState
from harness.model.expectation import Expectation
from harness.model.finding import Checker, Finding, Weight
from harness.model.verdict import AS_RECORDED, Pair

_HEADS: Mapping[str, CheckName] = {
    Checker.LIFECYCLE: CheckName.LIFECYCLE,
    Checker.DUPLICATES: CheckName.LIFECYCLE,
    Checker.CHAIN: CheckName.LIFECYCLE,
    Checker.DIALECT: CheckName.LIFECYCLE,
    Checker.PROVENANCE: CheckName.PROVENANCE,
    Checker.ZOMBIE: CheckName.ZOMBIE,
    Checker.LOG: CheckName.LOG,
    Checker.SECRETS: CheckName.LOG,
}
"""By the name of the checker; what any other says is about parity."""


def checks_of(pair: Pair) -> tuple[Check, ...]:
    """One answer for each `CheckName`, in its order.

    A check is `FAILED` only in a pair that is not as recorded, and one of such a pair always is; in a pair that nobody
    could decide all are `UNDECIDED`.
    """
    others = [_check(pair, name) for name in CheckName if name is not CheckName.PARITY]
    return (_parity(pair, others), *others)


def _check(pair: Pair, name: CheckName) -> Check:
    findings = tuple(one for one in pair.findings if _head(one) is name and one.weight is not Weight.INFO)
    excused = tuple(one for one in pair.excused if _head(one[0]) is name)
    return Check(name, _state(pair, findings, excused), findings, excused)


def _parity(pair: Pair, others: Sequence[Check]) -> Check:
    """Beside its own findings it answers for legs that end differently, and for all that no other check says."""
    check = _check(pair, CheckName.PARITY)
    state = check.state
    unsaid = all(other.state is not CheckState.FAILED for other in others)
    if pair.decided and not _as_recorded(pair) and (unsaid or any(one.ends_differently for one in pair.findings)):
        state = CheckState.FAILED
    elif state is CheckState.PASSED and any(finding.ends_differently for finding, _ in pair.excused):
        state = CheckState.KNOWN
    return Check(check.name, state, check.findings, check.excused)


def _state(pair: Pair, findings: Sequence[Finding], excused: Sequence[tuple[Finding, Expectation]]) -> CheckState:
    if not pair.decided:
        return CheckState.UNDECIDED
    weights = {one.weight for one in findings}
    if Weight.DIVERGES in weights and not _as_recorded(pair):
        return CheckState.FAILED
    if weights & {Weight.UNKNOWN, Weight.CONTAMINATES}:
        return CheckState.UNDECIDED
    return CheckState.KNOWN if excused or Weight.DIVERGES in weights else CheckState.PASSED


def _as_recorded(pair: Pair) -> bool:
    return pair.standing in AS_RECORDED


def _head(finding: Finding) -> CheckName:
    return _HEADS.get(finding.checker, CheckName.PARITY)
