"""Each checker with a history on which it fires and one on which it must not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import (
    PATH,
    PYTHON,
    PYTHON_WORKER,
    RUST,
    RUST_WORKER,
    Lane,
    Step,
    candidate,
    fingerprints,
    pair,
    reference,
    stranded,
    verdict,
)

from harness.files.rules import load_fingerprints
from harness.judge.checkers import leg_checkers
from harness.judge.controls.histories import stream
from harness.model.envelope import Outcome
from harness.model.evidence import Evidence, LegEnd, WorkerRow
from harness.model.finding import Checker, Edge, Finding, Weight
from harness.model.lane import Side
from harness.model.pool import Runtime
from harness.model.verdict import LegVerdict, Pair, PairVerdict, Standing

KNOWN = load_fingerprints()
GOOD = Step("start", {"v": 1})


def of(one: Pair, checker: str) -> list[Finding]:
    """What this checker says of the candidate."""
    return [found for found in one.candidate.findings if found.checker is checker]


# provenance


def test_commands_claimed_by_the_intended_pools_are_no_finding() -> None:
    sequence = Step("seq", {"status": "ok"}, kind="task_sequence")
    one = pair(reference(GOOD, sequence), candidate(GOOD, sequence))
    assert of(one, Checker.PROVENANCE) == []
    assert one.verdict is PairVerdict.SAME_PASS


def test_a_shared_command_claimed_by_the_python_pool_contaminates() -> None:
    one = pair(reference(GOOD), candidate(replace(GOOD, worker=PYTHON_WORKER)))
    assert one.candidate.verdict is LegVerdict.CONTAMINATED
    assert one.verdict is PairVerdict.CONTAMINATED
    assert [found.fingerprint for found in of(one, Checker.PROVENANCE)] == [
        "claimed by python@4.12.0 instead of rust@5.10.0"
    ]


def test_before_4_12_0_a_sequence_belongs_to_the_pool_under_test() -> None:
    sequence = Step("seq", {"status": "ok"}, kind="task_sequence", worker=PYTHON_WORKER)
    one = pair(reference(sequence), candidate(sequence), routing="4.11.0")
    assert one.candidate.verdict is LegVerdict.CONTAMINATED


@pytest.mark.parametrize("kind", ["task_sequence", "agent", "http"])
def test_on_a_rust_server_all_belongs_to_the_pool_under_test(kind: str) -> None:
    step = Step("one", {"status": "ok"}, kind=kind)
    stranger = replace(step, worker=PYTHON_WORKER)
    own = replace(step, worker=RUST_WORKER)
    assert pair(reference(stranger), candidate(stranger), routing="rust-server").verdict is PairVerdict.CONTAMINATED
    assert of(pair(reference(stranger), candidate(own), routing="rust-server"), Checker.PROVENANCE) == []


def test_a_child_execution_is_checked_too() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.begin("child", "suite/child")
    lane.run(replace(GOOD, execution="child", worker=PYTHON_WORKER))
    lane.end("completed", "child", "suite/child")
    lane.run(Step("call", {"completed": True}, kind="playbook"))
    lane.end("completed")
    assert pair(reference(GOOD), lane.evidence()).candidate.verdict is LegVerdict.CONTAMINATED


def test_a_worker_whose_id_contradicts_its_runtime_contaminates() -> None:
    workers = (WorkerRow(PYTHON_WORKER, Runtime.RUST, RUST.id, "ready"),)
    one = pair(reference(GOOD), candidate(replace(GOOD, worker=PYTHON_WORKER), workers=workers))
    assert [found.fingerprint for found in of(one, Checker.PROVENANCE)] == ["a worker's id contradicts its runtime"]


def test_a_worker_nobody_knows_contaminates() -> None:
    one = pair(reference(GOOD), candidate(replace(GOOD, worker="somebody")))
    assert [found.fingerprint for found in of(one, Checker.PROVENANCE)] == ["a claim by a worker of no known pool"]


def test_a_worker_that_is_gone_from_runtime_is_known_by_its_id() -> None:
    assert of(pair(reference(GOOD), candidate(GOOD, workers=())), Checker.PROVENANCE) == []


# lifecycle


def test_a_command_that_goes_its_way_is_no_finding() -> None:
    one = pair(reference(GOOD), candidate(GOOD, Step("bad", error="boom"), terminal="failed"))
    assert of(one, Checker.LIFECYCLE) == []


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (replace(GOOD, skip=frozenset({"command.started"})), "command.started is missing"),
        (replace(GOOD, skip=frozenset({"command.issued"})), "command.issued is missing"),
        (replace(GOOD, skip=frozenset({"call.done"})), "call.done is missing"),
        (
            replace(GOOD, skip=frozenset({"command.completed"})),
            "the execution ended while a command was open, after call.done",
        ),
    ],
)
def test_a_command_that_leaves_its_way(step: Step, expected: str) -> None:
    one = pair(reference(GOOD), candidate(step))
    assert [found.fingerprint for found in of(one, Checker.LIFECYCLE)] == [expected]
    assert one.verdict is PairVerdict.DIVERGED


def test_the_lost_start_of_a_sequence_is_information() -> None:
    sequence = Step("seq", {"status": "ok"}, kind="task_sequence")
    one = pair(reference(sequence), candidate(replace(sequence, skip=frozenset({"command.started"}))))
    assert [found.weight for found in of(one, Checker.LIFECYCLE)] == [Weight.INFO]
    assert one.verdict is PairVerdict.SAME_PASS


def _started_late(step: Step) -> Evidence:
    """`command.started` gets its id behind the call's end."""
    evidence = candidate(step)
    late = next(event for event in evidence.events if event.event_type == "command.started")
    last = max(event.event_id for event in evidence.events)
    moved = replace(late, event_id=last + 1)
    return replace(evidence, events=(*(event for event in evidence.events if event is not late), moved))


@pytest.mark.parametrize(
    ("kind", "weight", "verdict"),
    [
        ("task_sequence", Weight.INFO, PairVerdict.SAME_PASS),
        ("postgres", Weight.DIVERGES, PairVerdict.DIVERGED),
    ],
)
def test_the_start_that_comes_late(kind: str, weight: Weight, verdict: PairVerdict) -> None:
    step = Step("late", {"status": "ok"}, kind=kind)
    one = pair(reference(step), _started_late(step))
    (found,) = of(one, Checker.LIFECYCLE)
    assert found.weight is weight
    assert ("out of order" in found.fingerprint) is (weight is Weight.DIVERGES)
    assert one.verdict is verdict


# terminal


def test_two_terminal_events() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(GOOD)
    lane.end("completed")
    lane.end("failed")
    found = of(pair(reference(GOOD), lane.evidence()), Checker.TERMINAL)
    assert [one.fingerprint for one in found] == ["more than one terminal event: completed, failed"]


def test_a_stale_status() -> None:
    one = pair(reference(GOOD, row_status="COMPLETED"), candidate(GOOD, row_status="RUNNING"))
    assert [(found.edge, found.weight) for found in of(one, Checker.TERMINAL)] == [(Edge.STALE_STATUS, Weight.DIVERGES)]
    assert of(pair(reference(GOOD), candidate(GOOD, row_status="COMPLETED")), Checker.TERMINAL) == []


@pytest.mark.parametrize(("early", "said"), [(True, ["commands issued after the end"]), (False, [])])
def test_an_end_that_came_before_the_work(early: bool, said: list[str]) -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(GOOD)
    if early:
        lane.end("completed")
    lane.run(Step("more", {"w": 1}))
    if not early:
        lane.end("completed")
    one = pair(reference(GOOD, Step("more", {"w": 1})), lane.evidence())
    assert fingerprints(one) == said


def test_all_work_done_without_a_terminal_event_on_both_sides_is_completed() -> None:
    one = pair(
        *(make(GOOD, terminal=None, end=LegEnd.DRAINED, row_status="RUNNING") for make in (reference, candidate))
    )
    assert one.candidate.outcome.inferred
    assert one.candidate.verdict is LegVerdict.COMPLETED
    assert one.verdict is PairVerdict.SAME_PASS
    assert [found.edge for found in of(one, Checker.TERMINAL)] == [Edge.NOT_TERMINAL]


def test_a_terminal_event_on_one_side_only_diverges() -> None:
    without = candidate(GOOD, terminal=None, end=LegEnd.DRAINED)
    assert fingerprints(pair(reference(GOOD), without)) == ["no terminal event on the candidate only"]


# zombie


def test_an_alias_that_5_9_0_strands() -> None:
    text = 'invalid type: string "pg_local", expected struct AuthConfig'
    select = Step("select", {"row_count": 1}, kind="postgres")
    one = pair(reference(GOOD, select), stranded("select", text, GOOD), fingerprints=KNOWN)
    assert one.candidate.verdict is LegVerdict.ZOMBIE
    assert one.verdict is PairVerdict.REFERENCE_ONLY
    (ending,) = [found for found in one.findings if found.ends_differently]
    assert ending.fingerprint == "expected struct AuthConfig"
    assert ending.edge is Edge.NOT_FINISHED
    assert ending.step == "select"
    assert fingerprints(one) == ["expected struct AuthConfig"]


def test_a_stranded_command_whose_log_says_nothing_known_takes_the_edge() -> None:
    one = pair(reference(GOOD, Step("select", {}, kind="postgres")), stranded("select", "whatever", GOOD))
    assert fingerprints(one) == ["started and never finished"]


def _open_leg(stop: str, **changes: object) -> Pair:
    changes = {"end": LegEnd.TIMEOUT, "quiet_seconds": 60.0, **changes}
    return pair(reference(GOOD), candidate(replace(GOOD, stop=stop), terminal=None, **changes), fingerprints=KNOWN)


def test_a_healthy_slow_step_is_no_zombie() -> None:
    """Quiet, and nothing in the stream: just what a Rust worker looks like that is at work on a long step."""
    one = _open_leg("command.started")
    assert of(one, Checker.ZOMBIE) == []
    assert one.candidate.verdict is LegVerdict.SLOW
    assert one.verdict is PairVerdict.INDETERMINATE
    assert one.standing is Standing.UNDECIDED


def test_an_error_line_alone_is_no_proof() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(replace(GOOD, stop="command.started"))
    line = lane.log("start", "ERROR Tool failed, will retry")
    one = pair(reference(GOOD), lane.evidence(end=LegEnd.TIMEOUT, quiet_seconds=60.0, log=(line,)))
    assert of(one, Checker.ZOMBIE) == []


def _dead(worker: str) -> tuple[WorkerRow, ...]:
    return (WorkerRow(worker, Runtime.RUST, RUST.id, "ready", False),)


@pytest.mark.parametrize(
    ("stop", "changes", "edge"),
    [
        ("command.started", {"workers": _dead(RUST_WORKER)}, Edge.NOT_FINISHED),
        ("command.claimed", {"workers": _dead(RUST_WORKER)}, Edge.NOT_STARTED),
        ("command.issued", {}, Edge.UNCLAIMED),
        ("command.issued", {"workers": _dead(RUST_WORKER), "stream": stream(pending=1)}, Edge.UNCLAIMED),
        ("command.issued", {"stream": stream(last_seq=0)}, Edge.NOT_PUBLISHED),
    ],
)
def test_the_missing_edge_is_named(stop: str, changes: dict[str, object], edge: Edge) -> None:
    one = _open_leg(stop, **changes)
    assert [found.edge for found in of(one, Checker.ZOMBIE)] == [edge]
    assert one.candidate.verdict is LegVerdict.ZOMBIE


@pytest.mark.parametrize(
    ("stop", "changes"),
    [
        ("command.started", {"workers": _dead(RUST_WORKER), "quiet_seconds": 1.0, "stream": stream(ack_pending=1)}),
        ("command.issued", {"quiet_seconds": 1.0}),
        ("command.issued", {"stream": stream(pending=1)}),
    ],
)
def test_one_signal_is_never_enough(stop: str, changes: dict[str, object]) -> None:
    one = _open_leg(stop, **changes)
    assert of(one, Checker.ZOMBIE) == []
    assert one.verdict is PairVerdict.INDETERMINATE


def test_grace_follows_what_the_lane_took_when_all_was_well() -> None:
    slow = Lane(Side.CANDIDATE, RUST)
    slow.begin()
    slow.run(GOOD)
    slow.end("completed")
    good = slow.evidence("slow")
    later = tuple(
        replace(event, created_at=event.created_at + (event.created_at - good.events[0].created_at) * 3000)
        for event in good.events
    )
    unclaimed = replace(GOOD, stop="command.issued")
    open_leg = candidate(unclaimed, terminal=None, end=LegEnd.TIMEOUT, quiet_seconds=60.0)
    judged = verdict(reference(GOOD), open_leg, reference(GOOD, case_id="slow"), replace(good, events=later))
    assert of(judged.pairs[0], Checker.ZOMBIE) == []


def test_an_execution_that_issued_nothing() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    one = pair(reference(GOOD), lane.evidence(end=LegEnd.TIMEOUT, quiet_seconds=60.0))
    assert [found.edge for found in of(one, Checker.ZOMBIE)] == [Edge.NOT_ISSUED]


@pytest.mark.parametrize("waiting", [stream(pending=1), None])
def test_silence_alone_does_not_prove_that_nothing_will_be_issued(waiting: object) -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    one = pair(reference(GOOD), lane.evidence(end=LegEnd.TIMEOUT, quiet_seconds=60.0, stream=waiting))
    assert of(one, Checker.ZOMBIE) == []
    assert one.verdict is PairVerdict.INDETERMINATE


@pytest.mark.parametrize(("alive", "edges"), [(True, []), (False, [Edge.UNCLAIMED])])
def test_a_worker_whose_pool_nobody_knows_may_be_the_one_that_works(alive: bool, edges: list[Edge]) -> None:
    stranger = (WorkerRow("a-stranger", None, "", "ready", alive),)
    one = _open_leg("command.issued", workers=stranger, stream=stream(pending=1))
    assert [found.edge for found in of(one, Checker.ZOMBIE)] == edges


@pytest.mark.parametrize(("level", "count"), [("ERROR", 1), ("INFO", 0)])
def test_only_an_error_line_says_that_a_command_was_given_up(level: str, count: int) -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(replace(GOOD, stop="command.started"))
    line = lane.log("start", "the script printed: Command execution failed", level)
    one = pair(reference(GOOD), lane.evidence(end=LegEnd.TIMEOUT, quiet_seconds=60.0, log=(line,)))
    assert len(of(one, Checker.ZOMBIE)) == count


def _parent_with_child(child_stops: str | None) -> Pair:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(Step("call", kind="playbook", stop="command.started"))
    lane.begin("child", "suite/child")
    lane.run(Step("inner", kind="postgres", execution="child", stop=child_stops))
    line = lane.log("inner", 'Command execution failed error=invalid type: string "x", expected struct AuthConfig')
    evidence = lane.evidence(end=LegEnd.STUCK, log=(line,))
    return pair(reference(Step("call", {"completed": True}, kind="playbook")), evidence, fingerprints=KNOWN)


def test_a_parent_that_waits_for_a_child_that_hangs() -> None:
    one = _parent_with_child("command.started")
    (found,) = of(one, Checker.ZOMBIE)
    assert (found.edge, found.step, found.fingerprint) == (Edge.CHILD_HANGS, "call", "expected struct AuthConfig")
    assert any("inner" in text and Edge.NOT_FINISHED in text for text in found.evidence)


def test_a_parent_whose_child_ended_does_not_wait_for_it() -> None:
    assert [found.edge for found in of(_parent_with_child(None), Checker.ZOMBIE)] == []


@pytest.mark.parametrize(("reporter", "said"), [(PYTHON_WORKER, 1), (None, 0), (RUST_WORKER, 0)])
def test_work_that_another_pool_s_worker_reports_contaminates(reporter: str | None, said: int) -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(GOOD)
    lane.end("completed")
    lane.rows = [replace(row, worker_id=reporter) if row.event_type == "call.done" else row for row in lane.rows]
    found = of(pair(reference(GOOD), lane.evidence()), Checker.PROVENANCE)
    assert [one.fingerprint for one in found] == ["work reported by a worker of another pool"] * said


def test_a_result_that_nobody_claimed_contaminates() -> None:
    nobody = replace(GOOD, skip=frozenset({"command.claimed", "command.started"}))
    one = pair(reference(GOOD), candidate(nobody))
    assert [found.fingerprint for found in of(one, Checker.PROVENANCE)] == ["work without a claim"]
    assert one.verdict is PairVerdict.CONTAMINATED


# log


def test_a_log_line_names_a_cause_and_changes_no_verdict() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(GOOD)
    lane.end("completed")
    one = pair(reference(GOOD), lane.evidence(log=(lane.log("start", "Tool not found: agent"),)), fingerprints=KNOWN)
    (found,) = of(one, Checker.LOG)
    assert (found.fingerprint, found.weight, found.step) == ("Tool not found: agent", Weight.INFO, "start")
    assert one.verdict is PairVerdict.SAME_PASS


def test_a_line_of_another_execution_is_not_this_leg_s() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(GOOD)
    lane.end("completed")
    line = replace(lane.log("start", "Tool not found: agent"), execution_id=1, command_id=2)
    assert of(pair(reference(GOOD), lane.evidence(log=(line,)), fingerprints=KNOWN), Checker.LOG) == []


# dialect


@pytest.mark.parametrize("name", ["batch.accepted", "step.enter", "command.heartbeat", "loop.done", "playbook_started"])
def test_events_of_one_dialect_only_are_dropped(name: str) -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.event(name, "start")
    lane.run(GOOD)
    lane.end("completed")
    one = pair(reference(GOOD), lane.evidence())
    assert of(one, Checker.DIALECT) == []
    assert one.verdict is PairVerdict.SAME_PASS


def test_an_event_that_no_dialect_maps_is_never_a_pass() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.event("call.suspended", "start")
    lane.run(GOOD)
    lane.end("completed")
    one = pair(reference(GOOD), lane.evidence())
    assert [found.fingerprint for found in of(one, Checker.DIALECT)] == ["unknown event: call.suspended"]
    assert one.verdict is PairVerdict.INDETERMINATE


@pytest.mark.parametrize("word", ["playbook.completed", "playbook_completed"])
def test_both_spellings_of_the_end(word: str) -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(GOOD)
    lane.event(word, PATH)
    assert pair(reference(GOOD), lane.evidence()).verdict is PairVerdict.SAME_PASS


# the wrapper


@pytest.mark.parametrize("checker", leg_checkers())
def test_a_checker_that_raises_makes_the_answer_unknown(checker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> tuple[Finding, ...]:
        raise KeyError("oops")

    monkeypatch.setitem(leg_checkers(), checker, broken)
    one = pair(reference(GOOD), candidate(GOOD))
    assert one.verdict is PairVerdict.INDETERMINATE
    assert {found.weight for found in of(one, checker)} == {Weight.UNKNOWN}


def test_a_comparison_that_raises_makes_the_answer_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Outcome:
        raise RecursionError

    monkeypatch.setattr("harness.judge.departures.compare", broken)
    one = pair(reference(GOOD), candidate(GOOD))
    assert one.verdict is PairVerdict.INDETERMINATE
    assert one.standing is Standing.UNDECIDED


def test_python_against_python_has_one_pool_on_each_lane() -> None:
    one = pair(reference(GOOD), candidate(GOOD, spec=PYTHON), candidate_pool=PYTHON)
    assert one.verdict is PairVerdict.SAME_PASS
