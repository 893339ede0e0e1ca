"""A baseline, the rules of the release gate, and what the gate says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from harness.model.verdict import PairVerdict, Standing


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """What a run said of one case. `fingerprints` are those of everything that diverged, on record or not, sorted."""

    verdict: PairVerdict
    standing: Standing
    fingerprints: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether both pools did the same and nothing had to be excused."""
        return self.standing is Standing.EXPECTED and not self.fingerprints


class Category(StrEnum):
    """The ways in which a case can differ from its baseline, under the names by which a person accepts them."""

    CREATE = "create"
    FIX = "fix"
    TRIM = "trim"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A change of the baseline that a person made: when, which categories of changes, how many cases, and why."""

    on: date
    run_id: str
    categories: tuple[Category, ...]
    cases: int
    reason: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was good enough: one record a case, for one pair of pools."""

    reference: str
    candidate: str
    routing: str
    suite_digest: str
    cases: Mapping[str, CaseRecord]
    accepted: tuple[Acceptance, ...] = ()
    schema: Literal["noetl-harness/baseline/1"] = "noetl-harness/baseline/1"


@dataclass(frozen=True, slots=True)
class Change:
    """One case that is not as the baseline has it. `before` is None for a new case, `now` for one that is gone."""

    case_id: str
    category: Category
    before: CaseRecord | None
    now: CaseRecord | None


@dataclass(frozen=True, slots=True)
class GateRules:
    """What a run must show. `lower_bound` is the least lower end of the parity's Wilson interval, `coverage` the least
    share of cases that were decided, both 0 to 1; `indeterminate` and `zombies` are the most pairs of that kind, a
    zombie counting only where nothing has it on record; `forbidden` are fingerprints that may not show in any case."""

    lower_bound: float
    coverage: float
    indeterminate: int
    zombies: int
    forbidden: tuple[str, ...]


class Answer(StrEnum):
    """What a rule says."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule, what it asks for, and what there was."""

    rule: str
    answer: Answer
    wanted: str
    seen: str


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """The gate's answer: rules first, then the cases that changed. `exit` is the exit code it stands for."""

    run_id: str
    results: tuple[RuleResult, ...]
    changes: tuple[Change, ...]
    exit: int
