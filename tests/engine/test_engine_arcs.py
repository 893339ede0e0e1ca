"""Arcs, `when`, `set`, and how an execution ends."""

from __future__ import annotations

from typing import Any

import pytest
from engine_drive import Drive, playbook, step

from harness.embedded.control_plane.engine.types import Decision

COMPLETED = ["workflow.completed", "playbook.completed"]
FAILED = ["workflow.failed", "playbook.failed"]


def toolless(name: str, *arcs: Any, **more: Any) -> dict[str, Any]:
    written = step(name, *arcs, **more)
    del written["tool"]
    return written


@pytest.mark.parametrize(
    ("when", "value", "taken"),
    [
        ("{{ start.v }}", 5, True),
        ("{{ start.v }}", 0, False),
        ("{{ start.v }}", [], False),
        ("{{ start.v }}", {"a": 1}, True),
        ("{{ start.v }}", "No", False),
        ("{{ start.v }}", " no ", True),
        ("{{ start.v }}", None, False),
        ("{{ start.v > 3 }}", 5, True),
        ("{{ start.v > 3 }}", 2, False),
        ("{{ event.name == 'call.done' }}", 0, True),
        ("{{ output.status == 'ok' and output.data.v == 7 }}", 7, True),
        ("{{ event.name == 'step.done' }}", 0, False),
        ("no template", 0, True),
        ("false", 0, False),
    ],
)
def test_condition_is_loose(when: str, value: Any, taken: bool) -> None:
    drive = Drive(playbook(step("start", {"step": "end", "when": when}), step("end")))
    drive.done("start", {"v": value})
    assert drive.nodes == (["start", "end"] if taken else ["start"])


def test_exclusive_takes_the_first_arc_that_holds_and_inclusive_all() -> None:
    arcs = [{"step": "a", "when": "{{ false }}"}, {"step": "b"}, {"step": "c"}]
    for mode, expected in (("exclusive", ["b"]), ("inclusive", ["b", "c"])):
        drive = Drive(playbook(step("start", *arcs, mode=mode), step("a"), step("b"), step("c")))
        drive.done("start")
        assert drive.nodes[1:] == expected


def test_arc_to_a_step_that_is_not_there_does_not_count() -> None:
    drive = Drive(playbook(step("start", "nowhere", "end"), step("end")))
    drive.done("start")
    assert drive.nodes == ["start", "end"]


def test_condition_that_raises_does_not_hold_and_keeps_the_end_open() -> None:
    drive = Drive(playbook(step("start", {"step": "end", "when": "{{ nothing.at.all }}"}), step("end")))
    drive.done("start")
    assert (drive.nodes, drive.ending, drive.last.status) == (["start"], [], "RUNNING")


def test_quiet_router_ends_its_branch_without_an_end() -> None:
    quiet = step("start", {"step": "end", "when": "{{ false }}"})
    quiet["next"]["spec"]["on_no_match"] = "quiet"
    drive = Drive(playbook(quiet, step("end")))
    drive.done("start")
    assert (drive.nodes, drive.ending) == (["start"], [])


def test_step_set_keeps_text_and_arc_set_coerces_it() -> None:
    drive = Drive(
        playbook(
            step(
                "start",
                {"step": "end", "set": {"ctx.arc": "{{ 5 }}", "iter.seen": "{{ text }}", "workload.x": 1}},
                set={"ctx.text": "{{ 2 + 3 }}", "step.whole": "{{ start.v }}", "broken": "{{ gone }}", "n": 4},
            ),
            step("end"),
        )
    )
    drive.done("start", {"v": {"deep": 1}})
    assert dict(drive.engine.variables) == {
        "start": {"v": {"deep": 1}, "context": {"v": {"deep": 1}}},
        "text": "5",
        "whole": {"deep": 1},
        "n": 4,
        "arc": 5,
        "seen": "5",
        "workload.x": 1,
    }


def test_arc_set_is_seen_by_its_target_only_after_the_condition() -> None:
    end = step("end", input={"given": "{{ flag }}"})
    drive = Drive(playbook(step("start", {"step": "end", "set": {"ctx.flag": "up"}}), end))
    drive.done("start")
    assert drive.issued[-1].context["input"] == {"given": "up"}


def test_entry_gets_the_whole_payload_as_input_and_variables() -> None:
    document = playbook(step("start", "end", input={"a": "{{ q }}"}), step("end"), workload={"q": "default", "w": 1})
    drive = Drive(document, payload={"q": "hello", "ctx": {"c": 2}})
    assert drive.issued[0].context["input"] == {"a": "hello", "q": "hello", "ctx": {"c": 2}}
    assert drive.issued[0].context["render_context"]["ctx"] == {"q": "hello", "w": 1, "c": 2}
    drive.done("start")
    assert drive.issued[1].context["input"] == {}


def test_entry_step_can_be_named() -> None:
    document = playbook(step("a"), step("b"), executor={"spec": {"entry_step": "b"}})
    assert Drive(document).nodes == ["b"]


def test_failure_is_bound_for_the_arcs_and_stays_to_the_end() -> None:
    when = (
        "{{ event.name == 'call.error' and output.status == 'error' and output.error == 'boom' and error == 'boom' }}"
    )
    drive = Drive(
        playbook(
            step("start", {"step": "mend", "when": when}, "end"),
            step("mend", input={"left": "{{ start.status }}", "routing": "{{ event.name }}"}),
            step("end"),
        )
    )
    assert drive.fail("start").status == "FAILED"
    assert drive.issued[1].meta["triggered_by"] == "call.error"
    assert drive.issued[1].context["input"] == {"left": "{{ start.status }}", "routing": "command_creation"}
    drive.done("mend")
    assert drive.ending == FAILED
    assert {event.error for event in drive.emitted} == {None}


def test_failure_without_an_arc_ends_with_its_error() -> None:
    drive = Drive(playbook(step("start", "bad"), step("bad", {"step": "end", "when": "{{ false }}"}), step("end")))
    drive.done("start")
    drive.fail("bad", "kaboom")
    assert drive.ending == FAILED
    assert [(event.error, event.context and event.context["final_step"]) for event in drive.emitted[-2:]] == [
        ("kaboom", "bad"),
        ("kaboom", "bad"),
    ]


def test_rust_answer_keeps_its_envelope() -> None:
    drive = Drive(playbook(step("start", "end"), step("end", input={"s": "{{ start }}"})))
    envelope = {"status": "success", "context": {"status": "success", "data": {"v": 1}}}
    drive.answer(drive.find("start"), {"command_id": 1, "call_index": 0, "result": envelope})
    assert drive.issued[1].context["input"] == {"s": envelope}


def test_masked_error_of_a_rust_worker_does_not_fail_the_execution() -> None:
    drive = Drive(playbook(step("start")))
    envelope = {"status": "error", "context": {"status": "error", "error": "boom"}}
    drive.answer(drive.find("start"), {"command_id": 1, "call_index": 0, "result": envelope})
    assert drive.ending == COMPLETED
    assert drive.emitted[-1].result == envelope


def test_rust_failure_without_an_envelope() -> None:
    drive = Drive(playbook(step("start")))
    payload = {"command_id": 1, "call_index": 0, "error": "Tool not found: x"}
    drive.answer(drive.find("start"), payload, "call.error")
    assert drive.ending == FAILED
    assert (drive.emitted[-1].error, drive.emitted[-1].result) == ("Tool not found: x", None)


@pytest.mark.parametrize("tool", [{"kind": "noop"}, [{"name": "t", "kind": "noop"}]])
def test_playbook_of_one_step_ends(tool: Any) -> None:
    drive = Drive(playbook(step("start", tool=tool)))
    drive.done(drive.nodes[0], {"results": {}})
    assert drive.ending == COMPLETED
    assert drive.engine.completed_steps == ("start",)


def test_failed_sequence_at_the_entry_ends() -> None:
    arcs = [{"step": "end", "when": "{{ event.name == 'call.done' }}"}]
    drive = Drive(playbook(step("start", *arcs, tool=[{"kind": "noop"}]), step("end")))
    drive.fail("start:task_sequence")
    assert drive.ending == FAILED
    assert drive.engine.current_step == "start:task_sequence"


def test_toolless_step_passes_on_to_its_own_arcs() -> None:
    drive = Drive(
        playbook(
            step("start", "router"),
            toolless("router", {"step": "a", "when": "{{ start.v == 1 }}"}, "b", set={"ctx.routed": "{{ start.v }}"}),
            step("a"),
            step("b", input={"r": "{{ routed }}"}),
        )
    )
    drive.done("start", {"v": 2})
    assert drive.nodes == ["start", "b"]
    assert drive.issued[1].context["input"] == {"r": 2}
    drive.done("b")
    assert drive.ending == COMPLETED


@pytest.mark.parametrize("arcs", [[], ["router"]], ids=["no arcs", "a circle"])
def test_toolless_step_ends_its_branch(arcs: list[str]) -> None:
    drive = Drive(playbook(step("start", "router"), toolless("router", *arcs)))
    drive.done("start")
    assert drive.ending == COMPLETED


def test_toolless_entry_passes_on_or_ends_at_once() -> None:
    assert Drive(playbook(toolless("start", "end"), step("end"))).nodes == ["end"]
    drive = Drive(playbook(toolless("start")))
    assert (drive.ending, drive.last.status) == (COMPLETED, "COMPLETED")


def test_fork_ends_when_its_last_branch_does() -> None:
    drive = Drive(playbook(step("start", "a", "b", mode="inclusive"), step("a"), step("b")))
    drive.done("start")
    drive.done("b")
    assert (drive.ending, drive.waiting) == ([], ["a"])
    drive.done("a")
    assert drive.ending == COMPLETED


def test_join_is_issued_once_while_it_is_under_way() -> None:
    drive = Drive(playbook(step("start", "a", "b", mode="inclusive"), step("a", "j"), step("b", "j"), step("j")))
    drive.done("start")
    assert [command.meta["fanout_reduce"]["reduce_steps"] for command in drive.issued[1:]] == [["j"], ["j"]]
    drive.done("a")
    drive.done("b")
    assert drive.nodes == ["start", "a", "b", "j"]
    assert drive.issued[-1].meta["planner_reducer"] == {
        "source_step": "a",
        "reducer_step": "j",
        "upstream_steps": ["a", "b"],
        "planner_version": 1,
    }
    drive.done("j")
    assert drive.ending == COMPLETED


def test_step_can_be_visited_again() -> None:
    again = {"step": "start", "when": "{{ start.n < 2 }}"}
    drive = Drive(playbook(step("start", again, "end"), step("end")))
    drive.done("start", {"n": 1})
    drive.done("start", {"n": 2})
    assert drive.nodes == ["start", "start", "end"]


def test_arc_back_to_a_failed_sequence_issues_nothing_and_ends() -> None:
    """The release takes the failed sequence for one under way, and waits for it."""
    handler = step("mend", "try")
    trying = step("try", {"step": "mend", "when": "{{ event.name == 'call.error' }}"}, tool=[{"kind": "noop"}])
    drive = Drive(playbook(step("start", "try"), trying, handler))
    drive.done("start")
    drive.fail("try:task_sequence")
    drive.done("mend")
    assert drive.nodes == ["start", "try:task_sequence", "mend"]
    assert drive.ending == FAILED


def test_arc_back_to_a_failed_sequence_is_passed_over_for_the_next() -> None:
    handler = step("mend", "try", "end")
    trying = step("try", {"step": "mend", "when": "{{ event.name == 'call.error' }}"}, tool=[{"kind": "noop"}])
    drive = Drive(playbook(step("start", "try"), trying, handler, step("end")))
    drive.done("start")
    drive.fail("try:task_sequence")
    drive.done("mend")
    assert drive.nodes[-1] == "end"


def test_sequence_promotes_its_last_task_and_brings_its_context() -> None:
    drive = Drive(
        playbook(
            step("start", "end", tool=[{"kind": "noop"}], set={"ctx.b": "{{ start.b }}"}),
            step(
                "end", input={"s": "{{ start.status }}", "b": "{{ b }}", "n": "{{ n }}", "a": "{{ start.results.t.a }}"}
            ),
        )
    )
    response = {
        "status": "ok",
        "_prev": {"b": 2},
        "results": {"t": {"a": 1}, "u": {"b": 2, "status": "fine"}},
        "ctx": {"n": "5"},
    }
    drive.done("start:task_sequence", response)
    assert drive.issued[1].context["input"] == {"s": "ok", "b": 2, "n": "5", "a": 1}


def test_sequence_left_by_break_goes_on_to_the_arcs() -> None:
    drive = Drive(playbook(step("start", "end", tool=[{"kind": "noop"}, {"kind": "noop"}]), step("end")))
    drive.done("start:task_sequence", {"status": "break", "results": {}, "remaining_actions": [{"kind": "noop"}]})
    assert drive.nodes == ["start:task_sequence", "end"]


def test_second_answer_to_a_command_is_ignored() -> None:
    drive = Drive(playbook(step("start", "start")))
    first = drive.find("start")
    drive.done("start")
    assert drive.answer(first, {"response": {}}) == Decision()
    assert drive.waiting == ["start"]


def test_answer_to_a_command_of_nobody_is_ignored() -> None:
    other = Drive(playbook(step("other")))
    drive = Drive(playbook(step("start")))
    drive.issued.extend(other.issued)
    assert drive.done("other") == Decision()
    assert drive.engine.completed_steps == ()


def test_cancelled_execution_ignores_what_comes_later() -> None:
    drive = Drive(playbook(step("start", "end"), step("end")))
    drive.engine.cancel()
    assert drive.done("start") == Decision()
    assert drive.ending == []


def test_terminal_event_is_named_after_the_metadata_path() -> None:
    document = playbook(step("start"))
    del document["metadata"]["path"]
    drive = Drive(document)
    drive.done("start")
    assert [event.node_name for event in drive.emitted] == ["test/t", "workflow", "workflow", "playbook"]
