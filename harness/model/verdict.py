"""The closed answers (design section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.envelope import Outcome
from harness.model.evidence import Evidence, LaneEvidence
from harness.model.expectation import Expectation, Rated
from harness.model.finding import Finding
from harness.model.footprint import Footprint
from harness.model.lane import Side
from harness.model.noise import Noise, NoiseEntry
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


NO_ANSWER = frozenset(
    {
        PairVerdict.NOISE,
        PairVerdict.INDETERMINATE,
        PairVerdict.CONTAMINATED,
        PairVerdict.SKIPPED,
        PairVerdict.UNSUPPORTED,
    }
)
"""Verdicts that do not say whether the pools agree."""


class Standing(StrEnum):
    """A pair against what is on record for it.

    Where something on record did not show, the pair is an `unexpected_pass` if nothing else diverges either, and
    `stale` if other differences on record still do. A flaky difference is held against its rate in both directions,
    whether or not it shows this time.
    """

    EXPECTED = "expected"
    UNEXPECTED = "unexpected"
    UNEXPECTED_PASS = "unexpected_pass"
    FLAKY_WITHIN_BOUNDS = "flaky_within_bounds"
    FLAKY_OUT_OF_BOUNDS = "flaky_out_of_bounds"
    STALE = "stale"
    EXPIRED = "expired"
    UNDECIDED = "undecided"


NOT_AS_RECORDED = frozenset(
    {
        Standing.UNEXPECTED,
        Standing.UNEXPECTED_PASS,
        Standing.EXPIRED,
        Standing.STALE,
        Standing.FLAKY_OUT_OF_BOUNDS,
    }
)
"""What fails a run."""

AS_RECORDED = frozenset({Standing.EXPECTED, Standing.FLAKY_WITHIN_BOUNDS})
"""What nobody has to look at."""


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
    pairs that differ only in ways that are on record, and flaky ones within their bounds, which are never `same`: the
    score does not hang on which way they fell. `noise` are pairs that nothing can be said of because the reference
    differs from itself; they are indeterminate. All are numbers of pairs; `total` is the fixed denominator. `low`
    and `high` are the ends of the parity's 95 % interval, 0 to 1; `oldest_known` is the age in days of the oldest
    difference on record that showed."""

    total: int
    decided: int
    unexpected: int
    indeterminate: int
    same: int
    known: int
    noise: int = 0
    low: float = 0.0
    high: float = 1.0
    oldest_known: int | None = None

    @property
    def parity(self) -> float:
        """The share of the denominator on which both pools agree, 0 to 1."""
        return self.same / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Pair:
    """One judged case. `excused` are findings with the expectation that knows them; `findings` are all the others.

    `unmet` are expectations whose fingerprint did not show, `expired` those that no longer excuse, `rates` the flaky
    ones with how often they showed. `history` holds both histories in the order of the reference. `notes` are sentences
    on what could not be compared. `noise` are the places that were taken for noise, `lapsed` those on record that no
    longer are.
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
    noise: tuple[Noise, ...] = ()
    lapsed: tuple[NoiseEntry, ...] = ()
    rates: tuple[Rated, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether the evidence was enough for an answer. Noise is one where a flaky entry has all of it on record."""
        known_noise = self.verdict is PairVerdict.NOISE and self.standing is not Standing.UNDECIDED
        return known_noise or self.verdict not in NO_ANSWER


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
    `problems` are sentences on what is wrong with the recording as a whole, `losses` on what the deployment lost;
    `footprints` are what it left behind where it was a guest."""

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
    footprints: tuple[Footprint, ...] = ()
