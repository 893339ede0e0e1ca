"""What the drive tells its listeners while it works. Reporters only listen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from harness.model.doctor import Finding
from harness.model.evidence import LegEnd, LegKey
from harness.model.lane import Side


@dataclass(frozen=True, slots=True)
class RunPlanned:
    """How many legs there are in all, what the pools are called, and which legs they are where that is known before."""

    legs: int
    reference: str
    candidate: str
    keys: tuple[LegKey, ...] = ()


@dataclass(frozen=True, slots=True)
class DeploymentReady:
    """The lanes of these sides accept playbooks. `seconds` since the run was asked for; `kept` if `up` had left them
    running."""

    sides: tuple[Side, ...]
    seconds: float
    kept: bool


@dataclass(frozen=True, slots=True)
class RecordingBegun:
    """From here on, what is seen is kept in `folder`."""

    folder: str


@dataclass(frozen=True, slots=True)
class LegStarted:
    """One case was handed to one lane."""

    leg: LegKey


@dataclass(frozen=True, slots=True)
class LegEnded:
    """The drive stopped watching a leg, for the reason `end`, after `seconds`."""

    leg: LegKey
    end: LegEnd
    seconds: float


@dataclass(frozen=True, slots=True)
class Examined:
    """The doctor looked, and nothing failed."""

    findings: tuple[Finding, ...]


DriveEvent: TypeAlias = Examined | RunPlanned | DeploymentReady | RecordingBegun | LegStarted | LegEnded
Listener: TypeAlias = Callable[[DriveEvent], None]
