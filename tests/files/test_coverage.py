"""What a playbook uses, and what the cases reach together."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from harness.files.coverage import coverage
from harness.files.features import Feature, features, tool_kinds
from harness.files.pools import load_pool
from harness.model.suite import Case, Terminal

SEQUENCE = """
metadata: {name: s, path: t/s}
workload: {n: 1}
workflow:
  - step: start
    set: {ctx.a: 1}
    tool:
      - name: a
        kind: http
        spec: {policy: {rules: [{when: x, then: {do: retry}}, {else: {then: {do: jump, to: a}}}, {else: {do: fail}}]}}
    next: {spec: {mode: inclusive}, arcs: [{step: start, when: "{{ event.name == 'call.error' }}", set: {ctx.b: 1}}]}
workbook:
  - name: w
    tool: {kind: postgres, auth: pg_local}
"""


def step(**keys: Any) -> dict[str, Any]:
    return {"workflow": [{"step": "start", "tool": {"kind": "python"}, **keys}]}


def case(name: str, source: str, expect: Terminal = Terminal.COMPLETED, *children: str) -> Case:
    return Case(
        name, f"t/{name}", "t.yaml", source, requires=tuple(("t/child", text) for text in children), expect=expect
    )


def test_all_that_stands_in_a_playbook_is_found() -> None:
    document = yaml.safe_load(SEQUENCE)
    assert tool_kinds(document) == {"http", "postgres", "task_sequence"}
    assert features(document) == {
        Feature.WORKLOAD,
        Feature.STEP_SET,
        Feature.TOOL_LIST,
        Feature.POLICY,
        Feature.RETRY,
        Feature.JUMP,
        Feature.FAIL,
        Feature.ELSE,
        Feature.INCLUSIVE,
        Feature.ARC_WHEN,
        Feature.ERROR_ARC,
        Feature.ARC_SET,
        Feature.BACK_EDGE,
        Feature.ALIAS,
    }


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (step(), set()),
        (step(loop={"in": "x", "spec": {"mode": "parallel"}}), {Feature.LOOP_PARALLEL}),
        (step(loop={"in": "x", "mode": "parallel"}), {Feature.LOOP_PARALLEL}),
        (step(loop={"in": "x"}), {Feature.LOOP_SEQUENTIAL}),
        (step(next={"spec": {"mode": "exclusive"}, "arcs": [{"step": "end"}]}), set()),
        (step(tool={"kind": "playbook", "path": "x"}), {Feature.CHILD}),
        (step(tool={"kind": "python", "script": {"uri": "x"}}), {Feature.SCRIPT}),
        (step(tool={"kind": "postgres", "auth": {"type": "postgres"}}), set()),
    ],
)
def test_one_feature_at_a_time(document: dict[str, Any], expected: set[Feature]) -> None:
    assert features(document) == expected


def test_a_single_tool_with_rules_is_a_sequence_and_one_without_is_not() -> None:
    ruled = step(tool={"kind": "noop", "spec": {"policy": {"rules": [{"then": {"do": "continue"}}]}}})
    assert tool_kinds(ruled) == {"noop", "task_sequence"}
    assert tool_kinds(step(tool={"kind": "noop", "spec": {"policy": {"rules": []}}})) == {"noop"}


def test_cells_count_cases_with_their_children_and_how_they_end() -> None:
    plain = "workload: {n: 1}\nworkflow: [{step: start, tool: {kind: python}}]"
    child = "workflow: [{step: start, tool: {kind: shell}}]"
    found = coverage([case("a", plain), case("b", plain, Terminal.FAILED, child)], [load_pool("python")])
    assert found.cells == {
        ("python", Feature.WORKLOAD, Terminal.COMPLETED): 1,
        ("python", Feature.WORKLOAD, Terminal.FAILED): 1,
        ("shell", Feature.WORKLOAD, Terminal.FAILED): 1,
    }
    assert found.kinds == ("python", "shell")
    assert ("python", Feature.WORKLOAD) not in found.unreached()
    assert ("shell", Feature.RETRY) in found.unreached()
    assert "http" in found.missing["python@4.12.0"]
    assert "python" not in found.missing["python@4.12.0"]
