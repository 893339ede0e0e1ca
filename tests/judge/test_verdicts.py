"""What became of a leg whose history does not say so itself, and of two legs that both did not complete."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import RUST, RUST_WORKER, Lane, Step, candidate, pair, pool, reference

from harness.judge.controls.histories import stream
from harness.model.evidence import Evidence, LegEnd, WorkerRow
from harness.model.lane import Side
from harness.model.suite import Terminal
from harness.model.verdict import LegVerdict, PairVerdict

GOOD = Step("start", {"v": 1})


def ended(leg: Evidence) -> LegVerdict:
    return pair(reference(GOOD), leg, expect=None).candidate.verdict


@pytest.mark.parametrize(
    ("refusal", "verdict"),
    [
        ("harness: kind 'nats' of rust@5.10.0 is not emulated", LegVerdict.UNSUPPORTED),
        ("422 no", LegVerdict.FAILED),
        (None, LegVerdict.FAILED),
    ],
)
def test_a_refusal_is_a_failure_unless_the_emulation_lacks_something(refusal: str | None, verdict: LegVerdict) -> None:
    leg = replace(candidate(), events=(), execution_id=None, end=LegEnd.REFUSED, refusal=refusal)
    assert ended(leg) is verdict


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (GOOD, LegVerdict.COMPLETED),
        (Step("start", error="boom"), LegVerdict.FAILED),
        (Step("start", error="boom", skip=frozenset({"call.error"})), LegVerdict.FAILED),
    ],
)
def test_work_that_is_all_done_ends_as_its_calls_did(step: Step, verdict: LegVerdict) -> None:
    assert ended(candidate(step, terminal=None, end=LegEnd.DRAINED)) is verdict


@pytest.mark.parametrize(
    ("worker", "stop", "verdict"),
    [
        (WorkerRow(RUST_WORKER, RUST.runtime, RUST.id, "ready", True), "command.started", LegVerdict.SLOW),
        (WorkerRow(RUST_WORKER, RUST.runtime, RUST.id, "ready", True), "command.issued", LegVerdict.TIMEOUT),
    ],
)
def test_an_open_command_is_slow_while_its_worker_lives(worker: WorkerRow, stop: str, verdict: LegVerdict) -> None:
    leg = candidate(
        replace(GOOD, stop=stop),
        terminal=None,
        end=LegEnd.TIMEOUT,
        workers=(worker,),
        stream=stream(pending=1, ack_pending=1),
    )
    assert ended(leg) is verdict


def test_two_legs_that_fail_otherwise_diverge() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(Step("start", error="boom"))
    lane.event("execution.cancelled", "start")
    one = pair(reference(Step("start", error="boom"), terminal="failed"), lane.evidence(), expect=Terminal.FAILED)
    assert (one.candidate.verdict, one.verdict) == (LegVerdict.CANCELLED, PairVerdict.DIVERGED)


def test_a_candidate_that_completes_where_the_reference_fails() -> None:
    one = pair(
        reference(Step("start", error="boom"), terminal="failed"),
        candidate(GOOD, spec=pool("rust@5.10.0")),
        expect=Terminal.FAILED,
    )
    assert one.verdict is PairVerdict.CANDIDATE_ONLY
