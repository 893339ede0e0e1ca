"""The closed answers (design section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.envelope import Outcome
from harness.model.evidence import Evidence, LaneEvidence
from harness.model.expectation import Expectation
from harness.model.finding import Finding
from harness.model.lane import Side
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
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Leg:
    """One judged leg. Its `evidence` is without the raw material (rows, stream, workers), which the recording keeps."""

    evidence: Evidence
    outcome: Outcome
    verdict: LegVerdict
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One row of two histories side by side, each entry a short text such as `fetch  call.done ok`.

    A side is None where it has nothing to set against the other. `parts` marks a row in which the histories differ;
    the first such row is where they part.
    """

    reference: str | None
    candidate: str | None
    parts: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """How many commands of one tool kind the workers of one pool claimed on one lane, over all legs.

    There is an entry for each pool of the lane, also where the count is 0.
    """

    side: Side
    tool_kind: str
    pool_id: str
    count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What the summary line says. `same` are pairs that are `same_pass` or end as their expectation says; `known` are
    pairs that differ only in ways that are on record. All are numbers of pairs; `total` is the fixed denominator."""

    total: int
    decided: int
    unexpected: int
    indeterminate: int
    same: int
    known: int

    @property
    def parity(self) -> float:
        """The share of the denominator on which both pools agree, 0 to 1."""
        return self.same / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Pair:
    """One judged case. `excused` are findings with the expectation that knows them; `findings` are all the others.

    `unmet` are expectations whose fingerprint did not show, `expired` those that no longer excuse. `history` holds both
    histories in the order of the reference. `notes` are sentences on what could not be compared.
    """

    case: Case
    reference: Leg
    candidate: Leg
    verdict: PairVerdict
    standing: Standing
    findings: tuple[Finding, ...]
    history: tuple[Moment, ...]
    excused: tuple[tuple[Finding, Expectation], ...] = ()
    unmet: tuple[Expectation, ...] = ()
    expired: tuple[Expectation, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether the evidence was enough for an answer."""
        return self.verdict not in (
            PairVerdict.INDETERMINATE,
            PairVerdict.CONTAMINATED,
            PairVerdict.SKIPPED,
            PairVerdict.UNSUPPORTED,
        )


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
class Misjudged:
    """A control that was not judged as it must be: both answers as `verdict; checker: fingerprint; ...`."""

    name: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Controls:
    """How many of the pairs whose verdict is known were judged right, and all that were not."""

    right: int
    total: int
    misjudged: tuple[Misjudged, ...] = ()


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """Everything a report needs. Reports compute nothing. Where a control was misjudged the run is invalid, and nothing
    else in here is worth anything. `again` are the options that compare the same pools again.
    `problems` are sentences on what is wrong with the recording as a whole, `losses` on what the deployment lost."""

    run_id: str
    controls: Controls
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
    counts: Counts
    claims: tuple[Claims, ...]
    again: tuple[str, ...]
    problems: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
