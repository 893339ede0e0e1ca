"""Pairs, what is on record for them, causes, and the verdict of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import (
    PYTHON,
    PYTHON_WORKER,
    RUST,
    RUST_WORKER,
    TODAY,
    Lane,
    Step,
    candidate,
    fingerprints,
    pair,
    pool,
    reference,
    stranded,
    verdict,
)

from harness.files.rules import load_fingerprints
from harness.model.errors import Exit
from harness.model.evidence import Evidence, LegEnd
from harness.model.expectation import Expectation
from harness.model.lane import Side
from harness.model.pool import PoolSpec
from harness.model.suite import Terminal
from harness.model.verdict import LegVerdict, PairVerdict, Standing

KNOWN = load_fingerprints()
GOOD = Step("start", {"v": 1})
OTHER = Step("start", {"v": 2})
VALUE = "python data at /v has another value"
ALIAS = 'invalid type: string "pg_local", expected struct AuthConfig'


def on_record(fingerprint: str = VALUE, versions: str = "", days: int = 10, runtime: str = "rust") -> Expectation:
    """An expectation for the example case."""
    return Expectation(
        "example", fingerprint, runtime, versions, "known", "spec", "me", TODAY + timedelta(days=days), "e.yaml"
    )


def test_two_legs_that_agree() -> None:
    judged = verdict(reference(GOOD), candidate(GOOD))
    assert (judged.pairs[0].verdict, judged.exit) == (PairVerdict.SAME_PASS, Exit.OK)
    assert (judged.counts.same, judged.counts.decided, judged.counts.known) == (1, 1, 0)


def test_another_value_is_unexpected() -> None:
    judged = verdict(reference(GOOD), candidate(OTHER))
    one = judged.pairs[0]
    assert (one.verdict, one.standing, judged.exit) == (PairVerdict.DIVERGED, Standing.UNEXPECTED, Exit.DIVERGED)
    assert fingerprints(one) == [VALUE]
    assert (one.findings[0].pointer, one.findings[0].step) == ("/v", "start")
    assert next(row for row in one.history if row.parts).candidate == "start  call.done ok, other data"


@pytest.mark.parametrize("versions", ["", ">=5.10.0,<5.15.1", "==5.10"])
def test_a_difference_on_record_is_known(versions: str) -> None:
    judged = verdict(reference(GOOD), candidate(OTHER), expectations=[on_record(versions=versions)])
    one = judged.pairs[0]
    assert (one.verdict, one.standing, judged.exit) == (PairVerdict.DIVERGED, Standing.EXPECTED, Exit.OK)
    assert [found.fingerprint for found, _ in one.excused] == [VALUE]
    assert fingerprints(one) == []
    assert (judged.counts.known, judged.counts.same, judged.counts.unexpected) == (1, 0, 0)
    assert [(cause.known, cause.reason) for cause in judged.causes] == [(True, "known")]


@pytest.mark.parametrize(
    "entry", [on_record(versions="<5.10.0"), on_record(runtime="python"), on_record("python data has /w")]
)
def test_what_is_on_record_for_something_else_excuses_nothing(entry: Expectation) -> None:
    judged = verdict(reference(GOOD), candidate(OTHER), expectations=[entry])
    assert (judged.pairs[0].standing, judged.exit) == (Standing.UNEXPECTED, Exit.DIVERGED)


def test_one_expectation_excuses_one_fingerprint() -> None:
    both = candidate(Step("start", {"v": 2, "w": 1}))
    judged = verdict(reference(GOOD), both, expectations=[on_record()])
    assert judged.pairs[0].standing is Standing.UNEXPECTED
    assert fingerprints(judged.pairs[0]) == ["python data has /w"]


def test_a_difference_that_is_gone_is_an_unexpected_pass() -> None:
    judged = verdict(reference(GOOD), candidate(GOOD), expectations=[on_record()])
    one = judged.pairs[0]
    assert (one.standing, judged.exit) == (Standing.UNEXPECTED_PASS, Exit.DIVERGED)
    assert one.unmet == (on_record(),)


def test_an_expectation_that_does_not_apply_is_not_unmet() -> None:
    judged = verdict(reference(GOOD), candidate(GOOD), expectations=[on_record(versions=">=6")])
    assert (judged.pairs[0].standing, judged.exit) == (Standing.EXPECTED, Exit.OK)


def test_an_expired_expectation_excuses_nothing() -> None:
    judged = verdict(reference(GOOD), candidate(OTHER), expectations=[on_record(days=-1)])
    assert (judged.pairs[0].standing, judged.exit) == (Standing.EXPIRED, Exit.DIVERGED)
    assert judged.pairs[0].excused == ()


def test_an_expectation_holds_on_its_last_day() -> None:
    assert pair(reference(GOOD), candidate(OTHER), expectations=[on_record(days=0)]).standing is Standing.EXPECTED


# how legs end


def test_a_tool_that_the_candidate_lacks() -> None:
    sequence = Step("seq", {"status": "ok"}, kind="task_sequence")
    lacking = Lane(Side.CANDIDATE, RUST)
    lacking.begin()
    lacking.run(GOOD)
    worker = "0b0d4a5e-6d0f-4c39-9a55-9d1f2f1a7c11"
    lacking.run(Step("seq", kind="task_sequence", error="Tool not found: task_sequence", worker=worker))
    lacking.end("failed")
    judged = verdict(reference(GOOD, sequence), lacking.evidence(), routing="4.11.0", fingerprints=KNOWN)
    one = judged.pairs[0]
    # On 4.11.0 the reference's own sequence belongs to the pool under test, which there is Python.
    assert (one.verdict, judged.exit) == (PairVerdict.REFERENCE_ONLY, Exit.DIVERGED)
    assert [(cause.fingerprint, cause.ends_differently) for cause in judged.causes] == [
        ("Tool not found: task_sequence", True)
    ]


def test_a_masked_error_is_the_cause_where_the_legs_end_differently() -> None:
    failed = reference(Step("start", error="boom"), terminal="failed")
    masked = candidate(Step("start", {"stderr": "boom"}, masked="Python script exited with code 1"))
    one = pair(failed, masked, expect=Terminal.FAILED)
    assert one.verdict is PairVerdict.CANDIDATE_ONLY
    (ending,) = [found for found in one.findings if found.ends_differently]
    assert ending.fingerprint == "python: error masked as call.done"
    assert fingerprints(one) == ["python: error masked as call.done"]


def test_a_masked_error_that_is_on_record_excuses_no_other_end() -> None:
    sequence = Step("seq", {"status": "ok"}, kind="task_sequence")
    lacking = Lane(Side.CANDIDATE, RUST)
    lacking.begin()
    lacking.run(Step("start", {"stderr": "boom"}, masked="Python script exited with code 1"))
    error = "Tool not found: task_sequence"
    lacking.run(Step("seq", kind="task_sequence", error=error, worker=RUST_WORKER))
    lacking.end("failed")
    known = [on_record("Python script exited with code 1 (masked as call.done)")]
    judged = verdict(
        reference(GOOD, sequence), lacking.evidence(), routing="4.11.0", fingerprints=KNOWN, expectations=known
    )
    assert {cause.fingerprint: (cause.known, cause.ends_differently) for cause in judged.causes} == {
        "Python script exited with code 1 (masked as call.done)": (True, False),
        error: (False, True),
    }
    assert judged.pairs[0].standing is Standing.UNEXPECTED


def test_the_reference_must_end_as_the_case_says() -> None:
    legs = [make(Step("start", error="boom"), terminal="failed") for make in (reference, candidate)]
    one = pair(*legs)
    assert one.verdict is PairVerdict.DIVERGED
    assert fingerprints(one) == ["reference ended failed, expected completed"]
    assert pair(*legs, expect=Terminal.FAILED).verdict is PairVerdict.SAME_FAIL


@pytest.mark.parametrize(
    ("fails", "right"), [(("fetch",), True), (None, True), (("end",), False), (("fetch", "end"), False)]
)
def test_the_reference_must_fail_where_the_case_says(fails: tuple[str, ...] | None, right: bool) -> None:
    steps = (Step("start", {"n": 1}), Step("fetch", error="boom"))
    one = pair(
        *(make(*steps, terminal="failed") for make in (reference, candidate)), expect=Terminal.FAILED, fails=fails
    )
    assert fingerprints(one) == ([] if right else ["reference failed at other steps than expected"])
    assert (one.standing is Standing.EXPECTED) is right


def test_a_step_of_a_child_is_none_of_its_parent_s_failures() -> None:
    legs = []
    for side, spec in ((Side.REFERENCE, PYTHON), (Side.CANDIDATE, RUST)):
        lane = Lane(side, spec)
        lane.begin()
        lane.run(Step("start", error="boom"))
        lane.begin("child", "suite/child")
        lane.run(Step("inner", error="boom", execution="child"))
        lane.end("failed", "child", "suite/child")
        lane.end("failed")
        legs.append(lane.evidence())
    assert fingerprints(pair(*legs, expect=Terminal.FAILED, fails=("start",))) == []


def test_what_the_emulation_lacks_is_never_a_pass() -> None:
    text = "harness: kind 'nats' of rust@5.10.0 is not emulated"
    lacking = Step("start", kind="nats", error=text)
    judged = verdict(
        reference(lacking, terminal="failed"), candidate(lacking, terminal="failed"), expect=Terminal.FAILED
    )
    assert judged.pairs[0].candidate.verdict is LegVerdict.UNSUPPORTED
    assert (judged.pairs[0].verdict, judged.exit) == (PairVerdict.UNSUPPORTED, Exit.INDETERMINATE)


@pytest.mark.parametrize(
    ("changes", "expected", "code"),
    [
        ({"complete": False}, PairVerdict.INDETERMINATE, Exit.INDETERMINATE),
        ({"end": LegEnd.LOST}, PairVerdict.INDETERMINATE, Exit.ENVIRONMENT),
        ({"end": LegEnd.NOT_RUN}, PairVerdict.SKIPPED, Exit.INDETERMINATE),
    ],
)
@pytest.mark.parametrize("side", list(Side))
def test_what_was_not_seen_is_not_equal(
    side: Side, changes: dict[str, object], expected: PairVerdict, code: Exit
) -> None:
    legs = {Side.REFERENCE: reference(GOOD), Side.CANDIDATE: candidate(GOOD)}
    legs[side] = replace(legs[side], **changes)  # type: ignore[arg-type]
    judged = verdict(*legs.values())
    assert (judged.pairs[0].verdict, judged.exit) == (expected, code)
    assert judged.pairs[0].standing is Standing.UNDECIDED
    assert judged.counts.indeterminate == 1


def test_a_leg_that_is_not_there_was_not_run() -> None:
    judged = verdict(reference(GOOD))
    assert (judged.pairs[0].verdict, judged.exit) == (PairVerdict.SKIPPED, Exit.INDETERMINATE)


def test_no_pair_decides_nothing() -> None:
    assert verdict().exit is Exit.INDETERMINATE


def test_refused_on_one_side_only() -> None:
    refused = replace(candidate(), events=(), execution_id=None, end=LegEnd.REFUSED, refusal="422 no such kind")
    one = pair(reference(GOOD), refused)
    assert (one.candidate.verdict, one.verdict) == (LegVerdict.FAILED, PairVerdict.REFERENCE_ONLY)
    assert [found.fingerprint for found in one.findings if found.ends_differently] == ["refused: <n> no such kind"]


@pytest.mark.parametrize(("other", "expected"), [("422 no such kind", True), ("500 what", False)])
def test_refused_on_both_sides(other: str, expected: bool) -> None:
    texts = {reference: "422 no such kind", candidate: other}
    legs = [
        replace(make(), events=(), execution_id=None, end=LegEnd.REFUSED, refusal=text) for make, text in texts.items()
    ]
    assert (pair(*legs, expect=Terminal.REFUSED).verdict is PairVerdict.SAME_FAIL) is expected


def test_an_unexpected_pair_outweighs_an_undecided_one() -> None:
    judged = verdict(
        reference(GOOD),
        candidate(OTHER),
        reference(GOOD, case_id="other"),
        candidate(GOOD, case_id="other", complete=False),
    )
    assert judged.exit is Exit.DIVERGED


# departures and what follows from them


def test_what_follows_from_a_departure_is_shown_and_not_counted() -> None:
    echo = {"code": "result = start"}
    left = reference(GOOD, Step("end", {"s": 1}, tool_config=echo))
    right = candidate(OTHER, Step("end", {"s": 2}, tool_config={"code": "result = {'v': 2}"}))
    one = pair(left, right)
    assert fingerprints(one) == [VALUE]
    assert [found.fingerprint for found in one.findings if found.consequence] == ["python data at /s has another value"]


def test_a_step_that_was_given_the_same_departs_on_its_own() -> None:
    one = pair(reference(GOOD, Step("end", {"s": 1})), candidate(OTHER, Step("end", {"s": 2})))
    assert fingerprints(one) == [VALUE, "python data at /s has another value"]


def test_parallel_calls_do_not_follow_from_each_other() -> None:
    def forked(side: Side, spec: object, value: int) -> Lane:
        lane = Lane(side, spec)  # type: ignore[arg-type]
        lane.begin()
        config = {"code": f"result = {value}"}
        commands = [lane.run(Step(name, stop="command.issued", tool_config=config)) for name in ("a", "b")]
        for command, name in zip(commands, ("a", "b"), strict=True):
            worker = "worker-b33acb15" if side is Side.REFERENCE else "0b0d4a5e-6d0f-4c39-9a55-9d1f2f1a7c11"
            data = {"v": value} if side is Side.REFERENCE else {"status": "success", "data": {"v": value}}
            result = {"status": "COMPLETED", "context": data}
            for event in ("command.claimed", "command.started", "call.done", "command.completed"):
                lane.event(event, name, command_id=command, worker_id=worker, result=result)
        lane.end("completed")
        return lane

    one = pair(forked(Side.REFERENCE, PYTHON, 1).evidence(), forked(Side.CANDIDATE, RUST, 2).evidence())
    assert fingerprints(one) == [VALUE, VALUE]


def test_calls_behind_a_stranded_one_are_a_consequence() -> None:
    select = Step("select", {}, kind="postgres")
    one = pair(reference(GOOD, select, Step("end", {"s": 1})), stranded("select", ALIAS, GOOD), fingerprints=KNOWN)
    assert fingerprints(one) == ["expected struct AuthConfig"]
    assert [(found.step, found.consequence) for found in one.findings if found.step == "end"] == [("end", True)]


def _joined(side: Side, spec: PoolSpec, order: str, *, forked: bool, value: int = 1) -> Evidence:
    """A step that two branches lead to, visited once by each."""
    lane = Lane(side, spec)
    lane.begin()
    if forked:
        lane.run(Step("left", stop="command.issued"))
        lane.run(Step("right", {"v": 0}))
        worker = PYTHON_WORKER if side is Side.REFERENCE else RUST_WORKER
        data = {"v": 0} if side is Side.REFERENCE else {"status": "success", "data": {"v": 0}}
        for name in ("command.claimed", "command.started", "call.done", "command.completed"):
            result = {"status": "COMPLETED", "context": data}
            lane.event(name, "left", command_id=lane.commands["left"], worker_id=worker, result=result)
    for branch in order:
        lane.run(Step("join", {"by": branch, "v": value}, tool_config={"code": f"result = '{branch}'"}))
    lane.end("completed")
    return lane.evidence()


@pytest.mark.parametrize(("forked", "value", "same"), [(True, 1, True), (True, 2, False), (False, 1, False)])
def test_visits_of_parallel_branches_may_come_in_any_order(forked: bool, value: int, same: bool) -> None:
    left = _joined(Side.REFERENCE, PYTHON, "ab", forked=forked)
    one = pair(left, _joined(Side.CANDIDATE, RUST, "ba", forked=forked, value=value))
    assert (one.verdict is PairVerdict.SAME_PASS) is same
    if forked and not same:
        assert fingerprints(one) == [VALUE, VALUE], "the order of visits is no difference, the value is"


def test_a_visit_too_many_in_a_fork_is_seen() -> None:
    left = _joined(Side.REFERENCE, PYTHON, "ab", forked=True)
    one = pair(left, _joined(Side.CANDIDATE, RUST, "bab", forked=True))
    assert fingerprints(one) == ["python call issued by the candidate only"]


def test_what_neither_side_can_show_is_said() -> None:
    sequence = Step("seq", {"status": "ok"}, kind="task_sequence")
    one = pair(reference(GOOD, sequence), candidate(GOOD, sequence))
    assert one.notes == ("lists and nested values, if there were any, are in no event of either side: seq",)
    assert pair(reference(GOOD), candidate(GOOD)).notes == ()


def test_histories_say_where_they_part() -> None:
    select = Step("select", {}, kind="postgres")
    one = pair(reference(GOOD, select), stranded("select", ALIAS, GOOD), fingerprints=KNOWN)
    parting = next(row for row in one.history if row.parts)
    assert (parting.reference, parting.candidate) == ("select  call.done ok", None)
    assert one.history[0].reference == one.history[0].candidate == "start  command.issued"


def test_a_flow_that_took_another_way_is_put_down_to_the_value_that_sent_it() -> None:
    left = reference(GOOD, Step("big", {"b": 1}, error="boom"), terminal="failed")
    one = pair(left, candidate(OTHER), expect=Terminal.FAILED)
    (ending,) = [found for found in one.findings if found.ends_differently]
    assert ending.fingerprint == f"{VALUE}, then ended completed"
    assert fingerprints(one) == [ending.fingerprint]


def test_a_value_on_record_does_not_excuse_another_ending() -> None:
    left = reference(GOOD, Step("big", {"b": 1}, error="boom"), terminal="failed")
    legs, entries = (left, candidate(OTHER)), [on_record()]
    judged = verdict(*legs, expect=Terminal.FAILED, expectations=entries)
    assert (judged.pairs[0].standing, judged.exit) == (Standing.UNEXPECTED, Exit.DIVERGED)
    entries.append(on_record(f"{VALUE}, then ended completed"))
    assert pair(*legs, expect=Terminal.FAILED, expectations=entries).standing is Standing.EXPECTED


def test_what_follows_from_a_difference_on_record_must_be_on_record_too() -> None:
    echo = {"code": "result = start"}
    left = reference(GOOD, Step("end", {"s": 1}, tool_config=echo))
    right = candidate(OTHER, Step("end", {"s": 2}, tool_config={"code": "result = {'v': 2}"}))
    behind = "python data at /s has another value"
    one = pair(left, right, expectations=[on_record()])
    assert (one.standing, fingerprints(one)) == (Standing.UNEXPECTED, [behind])
    assert pair(left, right, expectations=[on_record(), on_record(behind)]).standing is Standing.EXPECTED


def test_a_difference_on_record_does_not_make_up_for_what_is_unknown() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(OTHER)
    lane.event("step.teleported", "start")
    lane.end("completed")
    judged = verdict(reference(GOOD), lane.evidence(), expectations=[on_record()])
    assert (judged.pairs[0].verdict, judged.exit) == (PairVerdict.INDETERMINATE, Exit.INDETERMINATE)
    assert verdict(reference(GOOD), lane.evidence()).exit is Exit.DIVERGED


def test_a_lost_environment_outweighs_a_divergence() -> None:
    judged = verdict(
        reference(GOOD),
        candidate(OTHER),
        reference(GOOD, case_id="other"),
        candidate(GOOD, case_id="other", end=LegEnd.LOST, complete=False),
    )
    assert judged.exit is Exit.ENVIRONMENT


def _with_child(side: Side, spec: PoolSpec, end: str | None) -> Evidence:
    lane = Lane(side, spec)
    lane.begin()
    lane.begin("child", "suite/child")
    lane.run(Step("inner", {"n": 1}, execution="child"))
    if end is not None:
        lane.end(end, "child", "suite/child")
    lane.end("completed")
    return lane.evidence()


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("completed", "completed", []),
        (None, None, []),
        ("completed", "failed", ["child ended otherwise: failed instead of completed"]),
        ("completed", None, ["child ended otherwise: without a terminal event instead of completed"]),
    ],
)
def test_children_that_end_otherwise_behind_their_parent_s_back(
    left: str | None, right: str | None, said: list[str]
) -> None:
    one = pair(_with_child(Side.REFERENCE, PYTHON, left), _with_child(Side.CANDIDATE, RUST, right))
    assert fingerprints(one) == said
    assert (one.verdict is PairVerdict.SAME_PASS) is (not said)


def test_a_child_that_never_began() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.end("completed")
    empty = Lane(Side.REFERENCE, PYTHON)
    empty.begin()
    empty.begin("child", "suite/child")
    empty.end("completed", "child", "suite/child")
    empty.end("completed")
    one = pair(empty.evidence(), lane.evidence())
    assert fingerprints(one) == ["child ended otherwise: never began instead of completed"]


def test_a_call_that_one_side_cancelled() -> None:
    def cancelled(side: Side, spec: PoolSpec) -> Evidence:
        lane = Lane(side, spec)
        lane.begin()
        command = lane.run(Step("start", stop="command.issued"))
        lane.event("command.cancelled", "start", command_id=command)
        lane.end("completed")
        return lane.evidence()

    one = pair(reference(GOOD), cancelled(Side.CANDIDATE, RUST))
    assert fingerprints(one) == ["python call cancelled on the candidate only"]
    both = pair(cancelled(Side.REFERENCE, PYTHON), cancelled(Side.CANDIDATE, RUST))
    assert both.verdict is PairVerdict.SAME_PASS


def _side_by_side(side: Side, spec: PoolSpec, order: str) -> Evidence:
    """A parallel loop whose iterations are issued and come back in this order."""
    lane = Lane(side, spec)
    lane.begin()
    iterations = [Step("fetch", {"d": int(index)}, iteration=int(index)) for index in order]
    commands = [(lane.issue(one), one) for one in iterations]
    for command, one in commands:
        lane.work(one, command)
    lane.end("completed")
    return lane.evidence()


def test_iterations_side_by_side_are_matched_by_index_whatever_their_order() -> None:
    one = pair(_side_by_side(Side.REFERENCE, PYTHON, "012"), _side_by_side(Side.CANDIDATE, RUST, "201"))
    assert one.verdict is PairVerdict.SAME_PASS


def test_parallel_children_are_matched_by_what_they_were_given() -> None:
    def parent(side: Side, spec: object, order: tuple[int, ...]) -> Lane:
        lane = Lane(side, spec)  # type: ignore[arg-type]
        lane.begin()
        for n in order:
            lane.begin(f"child{n}", "suite/child", {"n": n})
            lane.run(Step("inner", {"n": n}, execution=f"child{n}"))
            lane.end("completed", f"child{n}", "suite/child")
        lane.end("completed")
        return lane

    legs = parent(Side.REFERENCE, PYTHON, (1, 2, 3)), parent(Side.CANDIDATE, RUST, (3, 1, 2))
    assert pair(*(lane.evidence() for lane in legs)).verdict is PairVerdict.SAME_PASS


# the run


def test_claims_are_counted_for_every_pool_of_a_lane() -> None:
    sequence = Step("seq", {"status": "ok"}, kind="task_sequence")
    judged = verdict(reference(GOOD, sequence), candidate(GOOD, sequence))
    counted = {(one.side, one.tool_kind, one.pool_id): one.count for one in judged.claims}
    assert counted[Side.CANDIDATE, "task_sequence", "python@4.12.0"] == 1
    assert counted[Side.CANDIDATE, "task_sequence", "rust@5.10.0"] == 0
    assert counted[Side.CANDIDATE, "python", "rust@5.10.0"] == 1
    assert counted[Side.REFERENCE, "task_sequence", "python@4.12.0"] == 1


def test_one_fingerprint_in_many_cases_is_one_cause() -> None:
    legs = [
        leg
        for name in ("one", "two", "three")
        for leg in (reference(GOOD, case_id=name), candidate(Step("start", {"stdout": "", "stderr": ""}), case_id=name))
    ]
    judged = verdict(*legs)
    assert [(cause.fingerprint, cause.cases) for cause in judged.causes] == [
        ("python result is {stderr, stdout}", ("one", "two", "three"))
    ]


def test_causes_that_end_executions_differently_come_first() -> None:
    legs = [
        reference(GOOD, Step("select", {}, kind="postgres")),
        stranded("select", ALIAS, GOOD),
        *(leg for name in "ab" for leg in (reference(GOOD, case_id=name), candidate(OTHER, case_id=name))),
    ]
    assert [cause.fingerprint for cause in verdict(*legs, fingerprints=KNOWN).causes] == [
        "expected struct AuthConfig",
        VALUE,
    ]


def test_judging_twice_gives_the_same_verdict() -> None:
    legs = reference(GOOD), candidate(OTHER)
    assert verdict(*legs) == verdict(*legs)


def test_a_zombie_that_is_on_record_for_a_release() -> None:
    entry = on_record("expected struct AuthConfig", "<5.10.0")
    select = Step("select", {}, kind="postgres")
    old = pool("rust@5.9.0")
    judged = verdict(
        reference(GOOD, select),
        stranded("select", ALIAS, GOOD, spec=old),
        fingerprints=KNOWN,
        expectations=[entry, on_record("python data has /z")],
        candidate_pool=old,
    )
    one = judged.pairs[0]
    assert (one.verdict, one.standing, judged.exit) == (PairVerdict.REFERENCE_ONLY, Standing.EXPECTED, Exit.OK)
    assert one.unmet == (), "a leg that was cut short could not show the other difference"


def test_a_refusal_is_no_failed_execution() -> None:
    legs = [
        replace(make(), events=(), execution_id=None, end=LegEnd.REFUSED, refusal="422 no such kind")
        for make in (reference, candidate)
    ]
    (finding,) = pair(*legs, expect=Terminal.FAILED).findings
    assert finding.fingerprint == "reference ended refused, expected failed"
    assert pair(*legs, expect=None).findings == ()
