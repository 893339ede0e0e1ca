"""Executions of a real NoETL 4.12.0, replayed: same tasks, same answers of the python tool, same results.

Facts of the recordings `task_sequence`, `retry` and `vars_simple`: tasks and context from `command.issued`, results
from `call.done` and from what the next step was given.
"""

from __future__ import annotations

from typing import Any

from harness.reference.task_sequence.script import answer_sequence

OUTPUT_BEFORE = {"ref": None, "data": None, "error": None, "status": "ok"}


def context(**more: Any) -> dict[str, Any]:
    return {"ctx": {}, "iter": {}, "workload": {}, "output": OUTPUT_BEFORE, "execution_id": "1", **more}


async def replay(tasks: list[Any], tools: dict[str, list[Any]], **more: Any) -> tuple[list[Any], dict[str, Any]]:
    """The configs that the tools got, and the result without its times."""
    answer = await answer_sequence({"tasks": tasks, "context": context(**more), "tools": tools})
    result = answer["result"]
    calls = [(row["name"], row["status"], row["attempt"]) for row in result.pop("metrics")["tasks"]]
    return [call["config"] for call in answer["calls"]], {**result, "calls": calls}


async def test_task_sequence() -> None:
    tasks = [
        {"set": {"ctx.a": "{{ output.data.a }}"}, "code": "result = {'a': 1}", "kind": "python", "name": "t1"},
        {"code": "result = {'b': int(a or 0)+1}", "kind": "python", "name": "t2", "input": {"a": "{{ ctx.a }}"}},
    ]

    configs, result = await replay(tasks, {"t1": [{"a": 1}], "t2": [{"b": 1}]})

    assert configs == [
        {"set": {"ctx.a": ""}, "code": "result = {'a': 1}"},
        {"code": "result = {'b': int(a or 0)+1}", "input": {"a": ""}},
    ]
    assert result == {
        "status": "ok",
        "_prev": {"b": 1},
        "results": {"t1": {"a": 1}, "t2": {"b": 1}},
        "ctx": {},
        "calls": [("t1", "ok", 1), ("t2", "ok", 1)],
    }


async def test_retry() -> None:
    rules = [
        {
            "then": {"do": "retry", "delay": 0.2, "backoff": "fixed", "attempts": 4},
            "when": "{{ output.status == 'error' }}",
        },
        {"else": {"then": {"do": "continue"}}},
    ]
    policy = {"mode": "exclusive", "rules": rules, "before": None, "finally_": None, "on_unmatched": "continue"}
    task = {
        "code": "raise ValueError('boom')",
        "kind": "python",
        "name": "start_task",
        "spec": {"policy": policy, "timeout": None},
        "output": None,
    }
    boom = {"id": "1", "status": "error", "error": "boom 0"}

    configs, result = await replay([task], {"start_task": [boom, boom, {"attempts": 3}]})

    assert configs == [{"code": "raise ValueError('boom')"}] * 3
    assert result == {
        "status": "ok",
        "_prev": {"attempts": 3},
        "results": {"start_task": {"attempts": 3}},
        "ctx": {},
        "calls": [("start_task", "error", 1), ("start_task", "error", 2), ("start_task", "ok", 3)],
    }


async def test_vars_simple() -> None:
    assignments = {"ctx.set_message": "{{ output.data.message }}", "ctx.test_counter": "{{ output.data.test_counter }}"}
    writer = {
        "code": "result = {}",
        "kind": "python",
        "libs": {"os": "os", "logging": "logging"},
        "name": "set_vars",
        "spec": {"policy": {"rules": [{"else": {"then": {"do": "continue", "set": assignments}}}]}},
        "input": {},
    }
    written = {"status": "success", "test_counter": 42, "message": "Variable set successfully"}

    configs, result = await replay([writer], {"set_vars": [written]})

    assert configs == [{"code": "result = {}", "libs": {"os": "os", "logging": "logging"}, "input": {}}]
    assert result["_prev"] == written
    assert result["ctx"] == {"set_message": "Variable set successfully", "test_counter": "42"}

    reader = {
        "code": "result = {}",
        "kind": "python",
        "name": "get_vars",
        "input": {"counter_value": "{{ ctx.test_counter }}", "previous_message": "{{ ctx.set_message }}"},
    }

    configs, result = await replay([reader], {}, ctx=result["ctx"])

    assert configs[0]["input"] == {"counter_value": "42", "previous_message": "Variable set successfully"}
    assert result["ctx"] == {}
