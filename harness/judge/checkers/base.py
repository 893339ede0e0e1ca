"""What checkers are given, and the wrapper that turns a checker's crash into "unknown"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.judge.crew import Crew
from harness.judge.fingerprints import LogFingerprint
from harness.judge.noise_mask import NO_MASK, Mask
from harness.judge.normalise import Rule
from harness.judge.project import Execution
from harness.model.envelope import Call, CallKey, Outcome
from harness.model.evidence import Evidence, LogLine
from harness.model.finding import Finding, Weight
from harness.model.lane import Side
from harness.model.suite import Case
from harness.model.verdict import Leg

ContextT = TypeVar("ContextT")


@dataclass(frozen=True, slots=True)
class LegContext:
    """One leg, projected. `grace` is how long its lane can be quiet while all is well, in seconds."""

    case: Case
    evidence: Evidence
    outcome: Outcome
    executions: dict[int, Execution]
    crew: Crew
    routing: str
    known: Sequence[LogFingerprint]
    grace: float

    @property
    def side(self) -> Side:
        """Which of the two legs this is."""
        return self.evidence.side

    def lines_of(self, call: Call) -> tuple[LogLine, ...]:
        """Log lines that name this command."""
        command = str(call.command_id)
        return tuple(
            line
            for line in self.evidence.log
            if line.command_id == call.command_id or (line.command_id is None and command in line.text)
        )


@dataclass(frozen=True, slots=True)
class PairContext:
    """Two legs of one case, each projected and judged, and what of their differences is noise."""

    reference: LegContext
    candidate: LegContext
    reference_leg: Leg
    candidate_leg: Leg
    rules: Sequence[Rule]
    mask: Mask = NO_MASK


def label(key: CallKey, case: Case) -> str:
    """How people call a call: `start`, `fetch[2]`, `fetch (visit 2)`, `child/path: start`."""
    place = key.step if key.playbook in ("", case.path) else f"{key.playbook}: {key.step}"
    place += f"[{key.iteration}]" if key.iteration >= 0 else ""
    return place + (f" (visit {key.visit})" if key.visit > 1 else "")


def guarded(
    checker: str,
    check: Callable[[ContextT], tuple[Finding, ...]],
    context: ContextT,
    case_id: str,
    side: Side | None = None,
) -> tuple[Finding, ...]:
    """What `check` says, or one finding of weight `unknown` when it raises: a crash is never a pass."""
    try:
        return check(context)
    except Exception as defect:  # noqa: BLE001 - whatever a checker raises, its answer is "unknown"
        return (
            Finding(
                checker=checker,
                case_id=case_id,
                fingerprint=f"harness: the {checker} checker raised {type(defect).__name__}",
                message=f"the {checker} checker could not answer, which is a defect of the harness",
                weight=Weight.UNKNOWN,
                side=side,
            ),
        )
