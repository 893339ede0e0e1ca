"""What is on record against what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.judge.yardstick import Yardstick
from harness.model.expectation import Expectation, Past, Rated
from harness.model.finding import Finding, Weight
from harness.model.pool import PoolSpec
from harness.model.verdict import NO_ANSWER, PairVerdict, Standing
from harness.model.versions import parse_condition

_UNSURE = frozenset({Weight.NOISE, Weight.UNSTABLE})
"""Weights of what makes a pair noise. Only a flaky entry can have that on record."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Findings sorted by what is on record for them. `rates` are the flaky entries in force. `decided`: the evidence is
    enough for an answer, or is noise that is on record to the last finding."""

    findings: tuple[Finding, ...]
    excused: tuple[tuple[Finding, Expectation], ...]
    unmet: tuple[Expectation, ...]
    expired: tuple[Expectation, ...]
    rates: tuple[Rated, ...]
    decided: bool

    @property
    def standing(self) -> Standing:
        """The gravest comes first. An undecided pair has no standing."""
        lapsed = {expectation.fingerprint for expectation in self.expired}
        if not self.decided:
            return Standing.UNDECIDED
        if any(_counts(one) and one.fingerprint not in lapsed for one in self.findings):
            return Standing.UNEXPECTED
        if self.expired:
            return Standing.EXPIRED
        if not all(one.within for one in self.rates):
            return Standing.FLAKY_OUT_OF_BOUNDS
        if self.unmet:
            return Standing.STALE if self.excused else Standing.UNEXPECTED_PASS
        return Standing.FLAKY_WITHIN_BOUNDS if self.rates else Standing.EXPECTED


def applicable(expectations: Iterable[Expectation], case_id: str, candidate: PoolSpec) -> tuple[Expectation, ...]:
    """Those for this case whose conditions the candidate meets."""
    return tuple(
        one for one in expectations if one.case_id == case_id and applies(one, candidate.runtime, candidate.version)
    )


def applies(expectation: Expectation, runtime: str, version: str) -> bool:
    """Whether a candidate meets the conditions of an expectation."""
    return expectation.runtime == runtime and parse_condition(expectation.versions).holds(version)


def reckon(
    findings: Sequence[Finding],
    expectations: Sequence[Expectation],
    yardstick: Yardstick,
    verdict: PairVerdict,
    cut_short: bool,
) -> Reckoning:
    """Match findings that diverge with expectations by fingerprint.

    An expectation that did not show is unmet only where it could have: not in a pair that is undecided, nor in one that
    was cut short because the legs ended differently, and never if it is flaky. What follows from differences that are
    all on record counts too, unless the legs end differently: nobody has said that this was known.
    """
    in_force = {one.fingerprint: one for one in expectations if one.expires >= yardstick.today}
    excused = tuple((one, in_force[one.fingerprint]) for one in findings if _is_excused(one, in_force))
    shown = {finding.fingerprint for finding, _ in excused}
    known = {id(finding) for finding, _ in excused}
    left = tuple(finding for finding in findings if id(finding) not in known)
    if not cut_short and not any(_counts(finding) for finding in left):
        left = tuple(replace(finding, consequence=False) for finding in left)
    silent = tuple(one for name, one in in_force.items() if name not in shown and not one.flaky)
    decided = verdict not in NO_ANSWER
    settled = decided or (verdict is PairVerdict.NOISE and _is_all_known(left))
    return Reckoning(
        findings=left,
        excused=excused,
        unmet=silent if decided and not cut_short else (),
        expired=tuple(one for one in expectations if one.expires < yardstick.today),
        rates=tuple(_rated(one, shown, yardstick.past) for one in in_force.values() if one.flaky) if settled else (),
        decided=settled,
    )


def _is_excused(finding: Finding, in_force: Mapping[str, Expectation]) -> bool:
    entry = in_force.get(finding.fingerprint)
    if entry is None:
        return False
    return finding.weight is Weight.DIVERGES or (entry.flaky is not None and finding.weight in _UNSURE)


def _is_all_known(left: Iterable[Finding]) -> bool:
    """Whether nothing is left that makes a pair noise."""
    return not any(finding.weight in _UNSURE for finding in left)


def _rated(expectation: Expectation, shown: Iterable[str], past: Iterable[Past]) -> Rated:
    """The rate with this run in it."""
    now = int(expectation.fingerprint in shown)
    before = next(
        (one for one in past if (one.case_id, one.fingerprint) == (expectation.case_id, expectation.fingerprint)),
        None,
    )
    return Rated(expectation, now + (before.shown if before else 0), 1 + (before.runs if before else 0))


def _counts(finding: Finding) -> bool:
    return finding.weight is Weight.DIVERGES and not finding.consequence
