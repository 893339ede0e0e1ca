"""Which task definitions are taken, and what a tool gets of them (spec: noetl-python 2.2, 2.3)."""

from __future__ import annotations

from typing import Any

import pytest

from harness.reference.task_sequence.script import answer_sequence

WRONG_SHAPE = (
    "Task at index 1: Invalid format. Must be either:\n"
    "  1. Canonical: { name: 'task_name', kind: 'http', ... }\n"
    "  2. Unnamed: { kind: 'http', ... }\n"
    "Got: "
)
NO_EVAL = "'eval' is not allowed in v10. Use 'spec.policy.rules' for output handling."


async def ask(*tasks: Any, **more: Any) -> dict[str, Any]:
    return await answer_sequence({"tasks": list(tasks), **more})


def retry_once() -> dict[str, Any]:
    rules = [{"when": "{{ _attempt == 1 }}", "then": {"do": "retry"}}]
    return {"policy": {"rules": rules}}


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (None, "Task at index 1 must be a dict, got NoneType"),
        ("noop", "Task at index 1 must be a dict, got str"),
        ([], "Task at index 1 must be a dict, got list"),
        ({}, WRONG_SHAPE + "[]"),
        ({"name": "a", "code": "x"}, WRONG_SHAPE + "['name', 'code']"),
        ({"sugar": {"kind": "python"}}, WRONG_SHAPE + "['sugar']"),
        ({"name": "a", "kind": "http", "eval": []}, f"Task 'a': {NO_EVAL}"),
        ({"kind": "http", "eval": None}, f"Task 'task_1': {NO_EVAL}"),
    ],
)
async def test_a_malformed_task_is_refused_before_anything_runs(task: Any, message: str) -> None:
    answer = await ask({"kind": "noop"}, task)

    assert answer == {"error": {"type": "ValueError", "message": message}, "calls": [], "slept": []}


async def test_an_empty_list_is_done_and_has_no_ctx() -> None:
    assert await ask() == {
        "result": {"status": "ok", "_prev": None, "results": {}, "metrics": {"task_count": 0}},
        "calls": [],
        "slept": [],
    }


async def test_labels_default_to_the_index_and_may_repeat() -> None:
    answer = await ask(
        {"kind": "shell"},
        {"name": "a", "kind": "python"},
        {"name": "a", "kind": "http"},
        tools={"a": [1, 2]},
    )

    assert [(call["label"], call["kind"]) for call in answer["calls"]] == [
        ("task_0", "shell"),
        ("a", "python"),
        ("a", "http"),
    ]
    assert answer["result"]["results"] == {"task_0": {"v": 1}, "a": 2}


async def test_a_tool_gets_the_rendered_rest_of_its_task() -> None:
    task = {
        "name": "a",
        "kind": "python",
        "spec": {"x": "{{ n }}"},
        "output": "{{ n }}",
        "code": "result = {{ n }}",
        "input": {"native": "{{ n }}", "sum": "{{ n + 1 }}", "list": ["{{ missing }}"], "left": 3},
        "set": {"ctx.a": "{{ output.status }}"},
    }

    answer = await ask(task, context={"n": 5})

    assert answer["calls"] == [
        {
            "label": "a",
            "attempt": 1,
            "kind": "python",
            "config": {
                "code": "result = 5",
                "input": {"native": 5, "sum": 6, "list": [""], "left": 3},
                "set": {"ctx.a": ""},
            },
        }
    ]


async def test_a_set_on_the_task_itself_does_nothing() -> None:
    answer = await ask({"kind": "noop", "set": {"ctx.a": 1}}, {"kind": "shell", "cmd": "{{ ctx.a }}"})

    assert answer["result"]["ctx"] == {}
    assert answer["calls"][1]["config"] == {"cmd": ""}


async def test_noop_is_not_rendered() -> None:
    answer = await ask({"kind": "noop", "input": {"a": "{{ n }}"}}, context={"n": 5})

    assert answer["calls"][0]["config"] == {"input": {"a": "{{ n }}"}}


async def test_what_a_task_sees_of_those_before_it() -> None:
    seen = {
        name: "{{ " + name + " }}"
        for name in (
            "_prev",
            "_task",
            "_attempt",
            "results",
            "one",
            "output.data",
            "output.status",
            "ctx",
            "iter",
            "two",
        )
    }

    answer = await ask(
        {
            "name": "one",
            "kind": "python",
            "spec": {"policy": {"rules": [{"then": {"do": "continue", "set": {"ctx.c": 1, "iter.i": 2}}}]}},
        },
        {"name": "two", "kind": "python", "input": seen},
        tools={"one": [{"a": 1}]},
        context={"ctx": {"base": True, "c": 0}, "iter": {"item": "x"}},
    )  # fmt: skip

    assert answer["calls"][1]["config"]["input"] == {
        "_prev": {"a": 1},
        "_task": "two",
        "_attempt": 1,
        "results": {"one": {"a": 1}},
        "one": {"a": 1},
        "output.data": {"a": 1},
        "output.status": "ok",
        "ctx": {"base": True, "c": 1},
        "iter": {"item": "x", "i": 2},
        "two": "",
    }


async def test_before_the_first_task_output_is_empty() -> None:
    answer = await ask({"kind": "shell", "input": ["{{ output }}", "{{ _prev }}", "{{ results }}"]})

    assert answer["calls"][0]["config"]["input"] == [{}, None, {}]


async def test_a_result_hides_what_the_context_has_under_its_label() -> None:
    tasks = [{"name": name, "kind": "python", "input": "{{ a }}"} for name in ("a", "b")]

    answer = await ask(*tasks, context={"a": "from an earlier step"})

    assert [call["config"]["input"] for call in answer["calls"]] == ["from an earlier step", {"v": 1}]


async def test_a_label_does_not_hide_the_bindings() -> None:
    answer = await ask(
        {"name": "_prev", "kind": "python"},
        {"name": "output", "kind": "python"},
        {"kind": "shell", "input": ["{{ _prev }}", "{{ output.status }}"]},
        tools={"_prev": [1], "output": [2]},
    )

    assert answer["calls"][2]["config"]["input"] == [2, "ok"]


@pytest.mark.parametrize(
    ("scope", "value", "kind"), [("ctx", None, "NoneType"), ("iter", "x", "str"), ("ctx", [1], "list")]
)
async def test_a_scope_that_is_no_dict_stops_the_sequence(scope: str, value: Any, kind: str) -> None:
    answer = await ask({"kind": "noop"}, context={scope: value})

    assert answer["error"] == {"type": "TypeError", "message": f"'{kind}' object is not a mapping"}


@pytest.mark.parametrize("result", [None, [], "text", 0, False, {"status": "failed"}, {"status": "Error"}, {}])
async def test_anything_but_status_error_is_ok(result: Any) -> None:
    answer = await ask({"name": "a", "kind": "python"}, tools={"a": [result]})

    assert answer["result"]["status"] == "ok"
    assert answer["result"]["_prev"] == result
    assert answer["result"]["results"] == {"a": result}


@pytest.mark.parametrize("entry", [{"status": "error"}, {"raise": {"type": "OSError", "message": "gone"}}])
async def test_an_error_leaves_prev_and_results_but_not_output(entry: Any) -> None:
    swallow = {"policy": {"rules": [{"then": {"do": "continue"}}]}}

    answer = await ask(
        {"name": "a", "kind": "python"},
        {"name": "b", "kind": "python", "spec": swallow},
        {"name": "c", "kind": "python", "input": ["{{ _prev }}", "{{ output.status }}", "{{ results.b }}"]},
        tools={"a": [1], "b": [entry]},
    )

    assert answer["calls"][2]["config"]["input"] == [1, "error", ""]
    assert list(answer["result"]["results"]) == ["a", "c"]


async def test_an_attempt_is_rendered_again() -> None:
    answer = await ask({"name": "a", "kind": "python", "input": "{{ _attempt }}", "spec": retry_once()})

    assert [(call["attempt"], call["config"]) for call in answer["calls"]] == [(1, {"input": 1}), (2, {"input": 2})]


async def test_metrics_count_calls() -> None:
    answer = await ask(
        {"name": "a", "kind": "python", "spec": retry_once()},
        {"name": "", "kind": "http"},
        tools={"a": [{"status": "error"}, 1]},
    )

    zero = {"duration_ms": 0, "render_ms": 0, "tool_ms": 0}
    assert answer["result"]["metrics"] == {
        "task_count": 3,
        **zero,
        "by_kind": {
            "python": {"count": 2, "error_count": 1, **zero},
            "http": {"count": 1, "error_count": 0, **zero},
        },
        "by_name": {
            "a": {"count": 2, "error_count": 1, **zero},
            "unknown": {"count": 1, "error_count": 0, **zero},
        },
        "tasks": [
            {"name": "a", "kind": "python", "attempt": 1, "status": "error", **zero},
            {"name": "a", "kind": "python", "attempt": 2, "status": "ok", **zero},
            {"name": "", "kind": "http", "attempt": 1, "status": "ok", **zero},
        ],
    }


@pytest.mark.parametrize(
    ("kind", "entry", "row"),
    [
        (None, 1, "unknown"),
        ("", {"status": "error"}, "unknown"),
        ("", {"raise": {"type": "OSError", "message": "gone"}}, ""),
        (5, 1, "5"),
    ],
)
async def test_the_kind_in_metrics_is_text(kind: Any, entry: Any, row: str) -> None:
    metrics = (await ask({"name": "a", "kind": kind}, tools={"a": [entry]}))["result"]["metrics"]

    assert [timing["kind"] for timing in metrics["tasks"]] == [row]
    assert list(metrics["by_kind"]) == [row or "unknown"]
