"""A pair under the heads by which test reports count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from harness.model.expectation import Expectation
from harness.model.finding import Finding


class CheckName(StrEnum):
    """What is asked of every pair. `PARITY`: do both pools end the same way, with the same outcome of every step?"""

    PARITY = "parity"
    LIFECYCLE = "lifecycle"
    PROVENANCE = "provenance"
    ZOMBIE = "zombie"
    LOG = "log"


class CheckState(StrEnum):
    """The answer. `KNOWN`: no, and that is on record."""

    PASSED = "passed"
    KNOWN = "known"
    UNDECIDED = "undecided"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One answer, with the findings that it rests on. `excused` are those that are on record."""

    name: CheckName
    state: CheckState
    findings: tuple[Finding, ...] = ()
    excused: tuple[tuple[Finding, Expectation], ...] = ()


def gravest(checks: Iterable[Check]) -> CheckState:
    """The state of a pair as a whole: a failure outweighs what is undecided, which outweighs what is known."""
    return max((check.state for check in checks), key=list(CheckState).index)
