"""The closed answers (design section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.envelope import Outcome
from harness.model.evidence import Evidence, LaneEvidence
from harness.model.expectation import Expectation
from harness.model.finding import Finding
from harness.model.suite import Case


class LegVerdict(StrEnum):
    """What became of one leg."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ZOMBIE = "zombie"
    SLOW = "slow"
    TIMEOUT = "timeout"
    UNSUPPORTED = "unsupported"
    CONTAMINATED = "contaminated"
    INFRA_ERROR = "infra_error"
    NOT_RUN = "not_run"


class PairVerdict(StrEnum):
    """What reference and candidate say together."""

    SAME_PASS = "same_pass"
    SAME_FAIL = "same_fail"
    EQUIVALENT_ERROR = "equivalent_error"
    DIVERGED = "diverged"
    REFERENCE_ONLY = "reference_only"
    CANDIDATE_ONLY = "candidate_only"
    NOISE = "noise"
    UNSUPPORTED = "unsupported"
    INDETERMINATE = "indeterminate"
    CONTAMINATED = "contaminated"
    SKIPPED = "skipped"


class Standing(StrEnum):
    """A pair against what is on record for it."""

    EXPECTED = "expected"
    UNEXPECTED = "unexpected"
    UNEXPECTED_PASS = "unexpected_pass"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Leg:
    """One judged leg."""

    evidence: Evidence
    outcome: Outcome
    verdict: LegVerdict
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """One judged case. `excused` are findings with the expectation that knows them; `findings` are all the others."""

    case: Case
    reference: Leg
    candidate: Leg
    verdict: PairVerdict
    standing: Standing
    findings: tuple[Finding, ...]
    excused: tuple[tuple[Finding, Expectation], ...] = ()
    unmet: tuple[Expectation, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether the evidence was enough for an answer."""
        return self.verdict not in (PairVerdict.INDETERMINATE, PairVerdict.CONTAMINATED, PairVerdict.SKIPPED)


@dataclass(frozen=True, slots=True)
class Cause:
    """All findings with one fingerprint. `ends_differently`: executions end another way because of it."""

    fingerprint: str
    cases: tuple[str, ...]
    ends_differently: bool
    known: bool
    sample: Finding
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """Everything a report needs. Reports compute nothing."""

    reference: str
    candidate: str
    routing: str
    emulated: tuple[str, ...]
    real: tuple[str, ...]
    pairs: tuple[Pair, ...]
    causes: tuple[Cause, ...]
    lanes: tuple[LaneEvidence, ...]
    exit: int
    seconds: float
    suite_digest: str
    counts: dict[str, int] = field(default_factory=dict)
