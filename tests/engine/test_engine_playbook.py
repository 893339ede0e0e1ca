"""What registering refuses, and what can be registered but not run here."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from engine_drive import Drive, playbook, step

from harness.embedded.control_plane.engine.playbook import refusal, validate
from harness.model.errors import HarnessError

GOOD = playbook(
    step("start", "end", loop={"in": "{{ x }}", "iterator": "i", "spec": {"mode": "parallel"}}, unknown="ignored"),
    step("end", tool=[{"name": "a", "kind": "of no registry"}, {"kind": "noop"}]),
)
LEGACY = (
    "step must use canonical fields only (legacy args/set_ctx/set_iter/result/outcome are not allowed; use input/set "
    "and tool.output)"
)


def changed(path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    place: Any = document
    for part in parents:
        place = place[part]
    place[last] = value
    return document


def test_accepts_a_good_playbook() -> None:
    assert validate(GOOD) == []


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("apiVersion", "v1", "apiVersion: Input should be 'noetl.io/v2' or 'noetl.io/v10'"),
        ("workflow", [], "workflow: Value error, Workflow must have at least one step"),
        ("workflow.0.args", {}, f"workflow.0: Value error, {LEGACY}"),
        (
            "workflow.0.tool",
            "python",
            "workflow.0.tool: Value error, tool must be an object with 'kind' or a list of tasks",
        ),
        ("workflow.1.tool.1", "x", "workflow.1.tool: Value error, tool[1] must be an object"),
        ("workflow.0.next", {"spec": {}}, "workflow.0.next: Value error, next router must have 'arcs' field"),
        ("workflow.0.next", ["end"], "workflow.0.next: Input should be a valid dictionary or instance of NextRouter"),
        (
            "workflow.0.next.arcs.0.args",
            {},
            "workflow.0.next.arcs.0: Value error, next.arcs[] must use 'set' (legacy 'args' is not allowed)",
        ),
        ("workflow.0.loop", {"in": "x"}, "workflow.0.loop.iterator: Field required"),
        (
            "workflow.0.loop",
            {"iterator": "i"},
            "workflow.0.loop: Value error, loop: one of `in` (collection) or `cursor` (pull) is required",
        ),
        (
            "workflow.0.loop",
            {"iterator": "i", "in": "x", "cursor": {"kind": "k", "auth": "a", "claim": "c"}},
            "workflow.0.loop: Value error, loop: specify either `in` (collection) or `cursor` (pull), not both",
        ),
        ("workflow.0.next.spec.mode", "all", "workflow.0.next.spec.mode: Input should be 'exclusive' or 'inclusive'"),
    ],
)
def test_refuses(path: str, value: Any, problem: str) -> None:
    assert validate(changed(path, value)) == [problem]


def test_unknown_kind_of_a_single_tool_is_refused_in_both_readings() -> None:
    problems = validate(changed("workflow.0.tool", {"kind": "telepathy"}))
    assert problems[0].startswith("workflow.0.tool.ToolSpec.kind: Input should be 'http', 'postgres', ")
    assert problems[1:] == ["workflow.0.tool.list[dict[str,any]]: Input should be a valid list"]


def test_metadata_needs_a_name() -> None:
    assert validate(changed("metadata", {})) == ["metadata.name: Field required"]


def test_refusal_shows_three_problems_and_counts_the_rest() -> None:
    assert refusal("p", ["a", "b"]) == "register_resource: 'p' is not a valid playbook: a; b"
    assert refusal("p", list("abcde")) == "register_resource: 'p' is not a valid playbook: a; b; c (+2 more)"


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (changed("apiVersion", "noetl.io/v10"), "can be registered but not run"),
        ({**GOOD, "executor": {"spec": {"entry_step": "gone"}}}, "Entry step 'gone' not found."),
        (changed("workflow.0.tool", "python"), "is not a valid playbook: workflow.0.tool"),
        (
            changed(
                "workflow.0.loop",
                {"iterator": "i", "cursor": {"kind": "k", "auth": "a", "claim": "c"}, "spec": {"mode": "cursor"}},
            ),
            "step 'start' of 'test/t' loops over a cursor",
        ),
    ],
)
def test_what_can_not_run_is_refused_at_the_start(document: dict[str, Any], what: str) -> None:
    with pytest.raises(HarnessError, match=what.replace(".", r"\.")):
        Drive(document)


def test_single_tool_with_policy_rules_becomes_a_sequence_of_one() -> None:
    rules = [{"else": {"then": {"do": "continue"}}}]
    tool = {"kind": "http", "url": "{{ base }}/x", "spec": {"policy": {"rules": rules}}}
    drive = Drive(playbook(step("start", tool=tool), workload={"base": "http://h"}))
    command = drive.issued[0]
    assert (command.node, command.tool_kind) == ("start:task_sequence", "task_sequence")
    assert command.meta["parent_step"] == "start"
    (task,) = command.context["tool_config"]["tasks"]
    assert (task["name"], task["kind"], task["url"]) == ("start_task", "http", "{{ base }}/x")
    assert task["spec"]["policy"]["rules"] == rules


def test_empty_rules_leave_a_single_tool_alone() -> None:
    tool = {"kind": "http", "url": "{{ base }}/x", "spec": {"policy": {"rules": []}}}
    drive = Drive(playbook(step("start", tool=tool), workload={"base": "http://h"}))
    assert (drive.issued[0].node, drive.issued[0].context["tool_config"]["url"]) == ("start", "http://h/x")


def test_workbook_and_playbook_steps_are_left_to_the_worker() -> None:
    document = playbook(
        step("start", "sub", tool={"kind": "workbook", "name": "w"}),
        step("sub", tool={"kind": "playbook", "path": "a/b", "return_step": "end"}),
        workbook=[{"name": "w", "tool": {"kind": "python", "code": "result = 1"}}],
    )
    drive = Drive(document)
    drive.done("start", 1)
    assert [(c.tool_kind, c.context["tool_config"].get("name")) for c in drive.issued] == [
        ("workbook", "w"),
        ("playbook", None),
    ]
    assert drive.issued[1].context["render_context"]["start"] == 1
