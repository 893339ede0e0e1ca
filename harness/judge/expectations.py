"""What is on record against what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from harness.model.expectation import Expectation
from harness.model.finding import Finding, Weight
from harness.model.pool import PoolSpec
from harness.model.verdict import Standing
from harness.model.versions import parse_condition


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Findings sorted by what is on record for them."""

    findings: tuple[Finding, ...]
    excused: tuple[tuple[Finding, Expectation], ...]
    unmet: tuple[Expectation, ...]
    expired: tuple[Expectation, ...]

    def standing(self, decided: bool) -> Standing:
        """Unexpected outweighs expired, which outweighs an unexpected pass. An undecided pair has no standing."""
        if not decided:
            return Standing.UNDECIDED
        lapsed = {expectation.fingerprint for expectation in self.expired}
        if any(_counts(one) and one.fingerprint not in lapsed for one in self.findings):
            return Standing.UNEXPECTED
        if self.expired:
            return Standing.EXPIRED
        return Standing.UNEXPECTED_PASS if self.unmet else Standing.EXPECTED


def applicable(expectations: Iterable[Expectation], case_id: str, candidate: PoolSpec) -> tuple[Expectation, ...]:
    """Those for this case whose conditions the candidate meets."""
    return tuple(
        one
        for one in expectations
        if one.case_id == case_id
        and one.runtime == candidate.runtime
        and parse_condition(one.versions).holds(candidate.version)
    )


def reckon(
    findings: Sequence[Finding], expectations: Sequence[Expectation], today: date, decided: bool, cut_short: bool
) -> Reckoning:
    """Match findings that diverge with expectations by fingerprint.

    An expectation that did not show is unmet only where it could have: not in a pair that is undecided, nor in one that
    was cut short because the legs ended differently. What follows from differences that are all on record counts too,
    unless the legs end differently: nobody has said that this was known.
    """
    in_force = {one.fingerprint: one for one in expectations if one.expires >= today}
    excused = tuple(
        (finding, in_force[finding.fingerprint])
        for finding in findings
        if finding.weight is Weight.DIVERGES and finding.fingerprint in in_force
    )
    shown = {finding.fingerprint for finding in findings if finding.weight is Weight.DIVERGES}
    known = {id(finding) for finding, _ in excused}
    left = tuple(finding for finding in findings if id(finding) not in known)
    if not cut_short and not any(_counts(finding) for finding in left):
        left = tuple(replace(finding, consequence=False) for finding in left)
    return Reckoning(
        findings=left,
        excused=excused,
        unmet=tuple(one for name, one in in_force.items() if name not in shown) if decided and not cut_short else (),
        expired=tuple(one for one in expectations if one.expires < today),
    )


def _counts(finding: Finding) -> bool:
    return finding.weight is Weight.DIVERGES and not finding.consequence
