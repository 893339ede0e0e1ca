"""Legs, and the judgement of them, made of the same histories as the controls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from harness.files.rules import load_fingerprints
from harness.judge.controls.histories import History, Step, pool
from harness.judge.fingerprints import LogFingerprint
from harness.judge.grace import grace
from harness.judge.normalise import Rule
from harness.judge.run import JudgeRequest, judge
from harness.judge.yardstick import Yardstick
from harness.model.evidence import Evidence, LegEnd
from harness.model.expectation import Expectation, Past
from harness.model.lane import Side
from harness.model.noise import NoiseEntry
from harness.model.pool import PoolSpec, Runtime
from harness.model.suite import Case, Terminal
from harness.model.verdict import Pair, RunVerdict
from harness.recording.write import longest_silence

PYTHON_WORKER = "worker-b33acb15"
RUST_WORKER = "0b0d4a5e-6d0f-4c39-9a55-9d1f2f1a7c11"
PATH = "suite/example"
TODAY = date(2026, 11, 23)
KNOWN = load_fingerprints()

PYTHON = pool("python@4.12.0")
RUST = pool("rust@5.10.0")
WORKERS = {Runtime.PYTHON: PYTHON_WORKER, Runtime.RUST: RUST_WORKER}


class Lane(History):
    """A history of the example on one side. Ids of the two sides have nothing in common."""

    def __init__(self, side: Side, spec: PoolSpec) -> None:
        first = 766_000_000_000_000_000 + (0 if side is Side.REFERENCE else 5_000_000)
        super().__init__(side, spec, PYTHON, PATH, WORKERS, first)

    def evidence(self, case_id: str = "example", **changes: Any) -> Evidence:
        """What the probes would have collected."""
        return super().evidence(case_id, **changes)


def leg(
    side: Side, spec: PoolSpec, steps: Sequence[Step], terminal: str | None = "completed", **changes: Any
) -> Evidence:
    """A leg of one execution. `terminal` None leaves it without a terminal event."""
    lane = Lane(side, spec)
    lane.begin()
    for step in steps:
        lane.run(step)
    if terminal is not None:
        lane.end(terminal)
    return lane.evidence(**changes)


def reference(*steps: Step, terminal: str | None = "completed", **changes: Any) -> Evidence:
    """A leg on the Python pool."""
    return leg(Side.REFERENCE, PYTHON, steps, terminal, **changes)


def candidate(*steps: Step, terminal: str | None = "completed", spec: PoolSpec = RUST, **changes: Any) -> Evidence:
    """A leg on the Rust pool."""
    return leg(Side.CANDIDATE, spec, steps, terminal, **changes)


def stranded(step: str, text: str, *before: Step, kind: str = "postgres", spec: PoolSpec = RUST) -> Evidence:
    """A candidate whose worker logged `text` for a step and left it open, as 5.9.0 does with an alias."""
    lane = Lane(Side.CANDIDATE, spec)
    lane.begin()
    for one in before:
        lane.run(one)
    lane.run(Step(step, kind=kind, stop="command.started"))
    return lane.evidence(end=LegEnd.STUCK, log=(lane.log(step, f"Command execution failed error={text}"),))


def verdict(
    *legs: Evidence,
    expect: Terminal | None = Terminal.COMPLETED,
    fails: tuple[str, ...] | None = None,
    expectations: Sequence[Expectation] = (),
    rules: Sequence[Rule] = (),
    fingerprints: Sequence[LogFingerprint] = KNOWN,
    candidate_pool: PoolSpec = RUST,
    routing: str = "4.12.0",
    tables: Sequence[str] = (),
    needs: Sequence[str] = (),
    run_id: str = "run",
    noise: Sequence[NoiseEntry] = (),
    past: Sequence[Past] = (),
) -> RunVerdict:
    """Judge the cases that these legs belong to. `tables` and `needs` are those of each case."""
    names = dict.fromkeys(one.case_id for one in legs)
    return judge(
        JudgeRequest(
            run_id=run_id,
            cases=[
                Case(name, PATH, "x.yaml", "", expect=expect, fails=fails, tables=tuple(tables), needs=tuple(needs))
                for name in names
            ],
            evidence={one.key: one for one in legs},
            lanes=(),
            graces={side: grace(longest_silence(one) for one in legs if one.side is side) for side in Side},
            pools={Side.REFERENCE: PYTHON, Side.CANDIDATE: candidate_pool},
            python_pool=PYTHON,
            routing=routing,
            yardstick=Yardstick(
                tuple(expectations), tuple(rules), tuple(fingerprints), TODAY, tuple(noise), tuple(past)
            ),
            seconds=1.0,
            suite_digest="digest",
        )
    )


def pair(*legs: Evidence, **options: Any) -> Pair:
    """The one pair of these legs."""
    return verdict(*legs, **options).pairs[0]


def fingerprints(one: Pair, weight: str = "diverges") -> list[str]:
    """What counts: fingerprints of this weight that are no consequence."""
    return [found.fingerprint for found in one.findings if found.weight == weight and not found.consequence]
