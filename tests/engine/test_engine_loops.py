"""Loops: what is issued when, what an iteration sees, and what the loop leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
from engine_drive import Drive, playbook, step

SEQUENCE = [{"name": "t", "kind": "noop"}]


def looping(name: str, *arcs: Any, over: str = "{{ items }}", spec: Any = None, **more: Any) -> dict[str, Any]:
    loop = {"in": over, "iterator": "it", **({"spec": spec} if spec else {})}
    return step(name, *arcs, loop=loop, **more)


def parallel(limit: Any) -> dict[str, Any]:
    return {"mode": "parallel", "max_in_flight": limit}


def indices(drive: Drive, node: str = "start") -> list[int]:
    return [command.meta["loop_iteration_index"] for command in drive.issued if command.node == node]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([1, 2], [1, 2]),
        ({"a": 1}, [{"a": 1}]),
        ("text", ["text"]),
        (7, [7]),
        ([[1], None], [[1], None]),
    ],
)
def test_collection_is_normalised(items: Any, expected: list[Any]) -> None:
    drive = Drive(playbook(looping("start", spec=parallel(9)), workload={"items": items}))
    assert [command.context["render_context"]["iter"]["it"] for command in drive.issued] == expected


@pytest.mark.parametrize("items", [[], None, "{{ x }}"])
def test_loop_over_nothing_is_done_at_once(items: Any) -> None:
    document = playbook(looping("start", "end"), step("end", input={"r": "{{ start }}"}), workload={"items": items})
    drive = Drive(document)
    assert drive.nodes == ["end"]
    nothing = {"results": [], "stats": {"total": 0, "success": 0, "failed": 0}}
    assert drive.issued[0].context["input"] == {"r": {**nothing, "context": nothing}}
    assert drive.ending == ["loop.done"]


@pytest.mark.parametrize("tool", [{"kind": "noop"}, SEQUENCE], ids=["single", "list"])
def test_sequential_loop_issues_each_index_once_in_order(tool: Any) -> None:
    drive = Drive(playbook(looping("start", "end", tool=tool), step("end"), workload={"items": [5, 6, 7]}))
    node = drive.nodes[0]
    for index in range(3):
        assert drive.waiting == [node]
        drive.done(node, {"results": {"t": {"n": index}}}, index)
    assert indices(drive, node) == [0, 1, 2]
    assert (drive.waiting, drive.ending) == (["end"], ["loop.done"])


@pytest.mark.parametrize("limit", [2, "2", "{{ limit }}"])
def test_parallel_loop_keeps_its_limit(limit: Any) -> None:
    document = playbook(looping("start", spec=parallel(limit)), workload={"items": [0, 1, 2, 3], "limit": 2})
    drive = Drive(document)
    assert indices(drive) == [0, 1]
    drive.done("start", {"v": 1}, 1)
    assert indices(drive) == [0, 1, 2]
    for index in (2, 0, 3):
        drive.done("start", {"v": index}, index)
    assert indices(drive) == [0, 1, 2, 3]
    assert drive.ending == ["loop.done", "workflow.completed", "playbook.completed"]


@pytest.mark.parametrize("limit", [0, -1, "many", "{{ nothing }}"])
def test_loop_with_a_senseless_limit_fails_the_execution(limit: Any) -> None:
    if limit == 0:
        assert indices(Drive(playbook(looping("start", spec=parallel(0)), workload={"items": [1, 2]}))) == [0]
        return
    drive = Drive(playbook(looping("start", spec=parallel(limit)), workload={"items": [1, 2]}))
    assert drive.ending == ["workflow.failed", "playbook.failed"]
    assert str(drive.emitted[-1].error).startswith("loop.spec.max_in_flight must render to a positive integer, got ")


def test_collection_that_does_not_render_fails_the_execution() -> None:
    drive = Drive(playbook(step("start", "each"), looping("each", over="{{ gone.away }}")))
    drive.done("start")
    assert drive.ending == ["workflow.failed", "playbook.failed"]
    assert drive.last.status == "FAILED"
    assert "gone" in str(drive.emitted[-1].error)


def test_only_the_last_result_is_left_and_failures_are_counted() -> None:
    document = playbook(looping("start", "end"), step("end"), workload={"items": [1, 2]})
    drive = Drive(document)
    drive.answer(drive.find("start", 0), {"result": {"status": "error", "context": {"error": "masked"}}})
    drive.done("start", {"v": 2}, 1)
    aggregate = {"results": [{"v": 2}], "stats": {"total": 2, "success": 1, "failed": 1}}
    assert drive.issued[-1].context["render_context"]["start"] == {**aggregate, "context": aggregate}
    assert drive.engine.state()["loop_state"]["start"]["failed_count"] == 1


def test_long_last_result_is_left_as_a_preview() -> None:
    drive = Drive(playbook(looping("start"), workload={"items": [1]}))
    rows = [{"text": "x" * 20, "deep": {"a": 1}, "list": [1]}] * 2000
    drive.done("start", {"rows": rows, **{f"k{place}": place for place in range(9)}}, 0)
    left = drive.engine.state()["loop_state"]["start"]["last_result"]
    assert (left["_truncated"], left["_type"]) == (True, "dict")
    assert left["_original_size_bytes"] > 65536
    row = "dict(3 keys)"
    assert left["_preview"] == {
        "rows": [row, row, row, "... 1997 more"],
        **{f"k{place}": place for place in range(7)},
        "_truncated_keys": 2,
    }


def test_sequence_iteration_leaves_its_results_by_label() -> None:
    document = playbook(looping("start", "end", tool=SEQUENCE), step("end"), workload={"items": [1]})
    drive = Drive(document)
    drive.done("start:task_sequence", {"status": "ok", "results": {"t": {"v": 1}}}, 0)
    assert drive.issued[-1].context["render_context"]["start"]["results"] == [{"t": {"v": 1}}]


def test_finished_loop_forgets_the_results_of_earlier_steps() -> None:
    document = playbook(
        step("start", "each"),
        looping("each", "end"),
        step("end", input={"s": "{{ start.v }}"}),
        workload={"items": [1]},
    )
    drive = Drive(document)
    drive.done("start", {"v": 1})
    assert "start" in drive.issued[-1].context["render_context"]
    drive.done("each", {"w": 1}, 0)
    assert drive.issued[-1].context["input"] == {"s": "{{ start.v }}"}


def test_arcs_wait_for_the_loop_and_see_loop_done() -> None:
    arcs = [{"step": "wrong", "when": "{{ event.name == 'call.done' }}"}, {"step": "end"}]
    document = playbook(looping("start", *arcs), step("wrong"), step("end"), workload={"items": [1, 2]})
    drive = Drive(document)
    drive.done("start", {}, 0)
    drive.done("start", {}, 1)
    assert drive.nodes == ["start", "start", "end"]


def test_step_set_runs_after_each_iteration() -> None:
    document = playbook(
        looping("start", set={"ctx.sum": "{{ sum | int + output.data.v }}"}), workload={"items": [1, 2]}
    )
    drive = Drive(document, payload={"sum": 0})
    drive.done("start", {"v": 3}, 0)
    drive.done("start", {"v": 4}, 1)
    assert drive.engine.variables["sum"] == "7"


def test_failed_iteration_of_a_single_tool_ends_the_loop_without_its_arcs() -> None:
    arcs = [{"step": "end", "when": "{{ event.name == 'call.error' }}"}]
    drive = Drive(playbook(looping("start", *arcs), step("end"), workload={"items": [1, 2, 3]}))
    drive.done("start", {}, 0)
    drive.fail("start", "third time lucky", 1)
    assert drive.nodes == ["start", "start"]
    assert drive.ending == ["workflow.failed", "playbook.failed"]
    assert drive.emitted[-1].error == "third time lucky"


def test_failed_iteration_of_a_sequence_may_take_an_arc() -> None:
    arcs = [{"step": "end", "when": "{{ event.name == 'call.error' }}"}]
    drive = Drive(playbook(looping("start", *arcs, tool=SEQUENCE), step("end"), workload={"items": [1, 2]}))
    drive.fail("start:task_sequence", index=0)
    assert drive.waiting == ["end"]
    drive.done("end")
    assert drive.ending == ["workflow.failed", "playbook.failed"]


def test_parallel_loop_that_lost_an_iteration_runs_out_and_fails() -> None:
    drive = Drive(playbook(looping("start", "end", spec=parallel(2)), step("end"), workload={"items": [1, 2, 3]}))
    drive.fail("start", index=0)
    assert (drive.waiting, drive.ending) == (["start"], [])
    drive.done("start", {}, 1)
    drive.done("start", {}, 2)
    assert indices(drive) == [0, 1, 2]
    assert drive.ending == ["workflow.failed", "playbook.failed"]


def test_loop_behind_which_no_arc_holds_ends() -> None:
    arcs = [{"step": "end", "when": "{{ false }}"}]
    drive = Drive(playbook(looping("start", *arcs), step("end"), workload={"items": [1]}))
    drive.done("start", {}, 0)
    assert drive.ending == ["loop.done", "workflow.completed", "playbook.completed"]


def test_payload_reaches_the_first_iterations_only() -> None:
    document = playbook(looping("start"), workload={"items": [1, 2]})
    drive = Drive(document, payload={"q": 1})
    drive.done("start", {}, 0)
    assert [command.context["input"].get("q") for command in drive.issued] == [1, None]
    assert [command.context["input"]["__loop_claimed_index"] for command in drive.issued] == [0, 1]


def test_loop_can_be_entered_again() -> None:
    again = {"step": "start", "when": "{{ mark == 'no' }}", "set": {"ctx.mark": "yes"}}
    document = playbook(looping("start", "mid"), step("mid", again, "end"), step("end"), workload={"items": [1]})
    drive = Drive(document, payload={"mark": "no"})
    drive.done("start", {}, 0)
    drive.done("mid")
    drive.done("start", {}, 0)
    drive.done("mid")
    assert drive.nodes == ["start", "mid", "start", "mid", "end"]
    assert drive.ending == ["loop.done", "loop.done"]


def test_join_into_a_loop_does_not_issue_its_iterations_again() -> None:
    fork = step("start", "left", "right", mode="inclusive")
    document = playbook(fork, step("left", "each"), step("right", "each"), looping("each"), workload={"items": [1, 2]})
    drive = Drive(document)
    drive.done("start")
    drive.done("left")
    drive.done("right")
    drive.done("each", {}, 0)
    drive.done("each", {}, 1)
    assert drive.nodes == ["start", "left", "right", "each", "each"]
    assert drive.ending == ["loop.done", "workflow.completed", "playbook.completed"]


def test_two_arcs_into_one_loop_enter_it_once() -> None:
    document = playbook(step("start", "each", "each", mode="inclusive"), looping("each"), workload={"items": [1]})
    drive = Drive(document)
    drive.done("start")
    assert drive.nodes == ["start", "each"]


def test_error_arc_back_into_a_loop_of_which_nothing_is_out_starts_it_anew() -> None:
    again = {"step": "start", "when": "{{ event.name == 'call.error' }}"}
    drive = Drive(playbook(looping("start", again, tool=[{"kind": "noop"}]), workload={"items": [1, 2]}))
    drive.fail("start:task_sequence", index=0)
    assert [command.meta["loop_iteration_index"] for command in drive.issued] == [0, 0]


@pytest.mark.parametrize("mode", ["exclusive", "inclusive"])
def test_circle_of_loops_over_nothing_ends(mode: str) -> None:
    first, second = looping("start", "other", "start", mode=mode), looping("other", "start", "other", mode=mode)
    drive = Drive(playbook(first, second, workload={"items": []}))
    assert drive.nodes == []
    assert drive.ending[-2:] == ["workflow.completed", "playbook.completed"]
