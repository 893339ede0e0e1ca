"""Scripted tools and the virtual clock: the oracle's verb `sequence`."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from harness.model.errors import Exit, HarnessError
from harness.reference.task_sequence import run
from harness.reference.task_sequence.script import MAX_CALLS, answer_sequence

RETRY = {"policy": {"rules": [{"when": "{{ _attempt < 3 }}", "then": {"do": "retry", "backoff": "fixed"}}]}}


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        (None, "the request is not a JSON object"),
        ([], "the request is not a JSON object"),
        ({}, "`tasks` is missing"),
        ({"tasks": {}}, "`tasks` is not a list"),
        ({"tasks": [], "context": []}, "`context` is not an object"),
        ({"tasks": [], "tools": []}, "`tools` is not an object"),
        ({"tasks": [], "tools": {"a": 1}}, "`tools.a` is not a list of at least one entry"),
        ({"tasks": [], "tools": {"a": []}}, "`tools.a` is not a list of at least one entry"),
        ({"tasks": [], "tools": {"a": [{"raise": "x"}]}}, "`tools.a` has a malformed `raise`"),
        ({"tasks": [], "tools": {"a": [{"raise": {"type": "X"}}]}}, "`tools.a` has a malformed `raise`"),
        ({"tasks": [], "clock": "slow"}, '`clock` is neither "virtual" nor "real"'),
    ],
)
async def test_a_malformed_request_says_what_is_wrong(request_: Any, what: str) -> None:
    with pytest.raises(HarnessError) as raised:
        await answer_sequence(request_)

    assert raised.value.what == what
    assert raised.value.exit is Exit.USAGE


async def test_absent_and_null_are_the_same() -> None:
    bare = await answer_sequence({"tasks": [{"kind": "noop"}]})

    assert await answer_sequence({"tasks": [{"kind": "noop"}], "context": None, "tools": None}) == bare
    assert bare["result"]["results"] == {"task_0": {"v": 1}}


async def test_the_last_entry_is_given_for_ever_after() -> None:
    answer = await answer_sequence({"tasks": [{"name": "a", "kind": "noop"}] * 4, "tools": {"a": [1, 2]}})

    assert [timing["attempt"] for timing in answer["result"]["metrics"]["tasks"]] == [1, 1, 1, 1]
    assert answer["result"]["results"] == {"a": 2}


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("ValueError", "PY_ValueError", "boom"),
        ("KeyError", "PY_KeyError", "'boom'"),
        ("OurOwnError", "PY_OurOwnError", "boom"),
        ("UnicodeDecodeError", "PY_UnicodeDecodeError", "boom"),
        ("object", "PY_object", "boom"),
    ],
)
async def test_raised_by_name(name: str, code: str, message: str) -> None:
    entry = {"raise": {"type": name, "message": "boom"}}

    answer = await answer_sequence({"tasks": [{"name": "a", "kind": "python"}], "tools": {"a": [entry]}})

    assert answer["result"]["error"]["code"] == code
    assert answer["result"]["error"]["message"] == message


async def test_what_no_executor_holds_is_answered_too() -> None:
    entry = {"raise": {"type": "SystemExit", "message": "out"}}

    answer = await answer_sequence({"tasks": [{"name": "a", "kind": "python"}], "tools": {"a": [entry]}})

    assert answer["error"] == {"type": "SystemExit", "message": "out"}
    assert len(answer["calls"]) == 1


async def test_a_result_may_have_a_key_raise() -> None:
    entry = {"raise": 1, "and": "more"}

    answer = await answer_sequence({"tasks": [{"name": "a", "kind": "python"}], "tools": {"a": [entry]}})

    assert answer["result"]["_prev"] == entry


async def test_the_virtual_clock_does_not_wait() -> None:
    task = {"name": "a", "kind": "python", "spec": {"policy": {"rules": [_retry_after(3600)]}}}
    started = time.monotonic()

    answer = await answer_sequence({"tasks": [task], "tools": {"a": [{"status": "error"}]}, "clock": "virtual"})

    assert answer["slept"] == [3600, 3600]
    assert answer["result"]["metrics"]["duration_ms"] == 0
    assert time.monotonic() - started < 60


async def test_the_real_clock_does() -> None:
    task = {"name": "a", "kind": "python", "spec": {"policy": {"rules": [_retry_after(0.05)]}}}
    started = time.monotonic()

    answer = await answer_sequence({"tasks": [task], "tools": {"a": [{"status": "error"}]}, "clock": "real"})

    assert answer["slept"] == [0.05, 0.05]
    assert time.monotonic() - started >= 0.09


async def test_durations_are_whole_milliseconds_without_waits() -> None:
    clock = [0.0]

    async def call_tool(kind: Any, config: Any, context: Any, label: Any, attempt: int) -> Any:
        clock[0] += 0.0125
        return {"status": "error"} if attempt == 1 else attempt

    async def sleep(seconds: float) -> None:
        clock[0] += seconds

    task = {"name": "a", "kind": "python", "spec": {"policy": {"rules": [_retry_after(5, "output.status == 'error'")]}}}

    result = await run([task], {}, call_tool, sleep=sleep, now=lambda: clock[0])

    assert clock[0] > 5
    assert {key: result["metrics"][key] for key in ("task_count", "duration_ms", "render_ms", "tool_ms")} == {
        "task_count": 2,
        "duration_ms": 24,
        "render_ms": 0,
        "tool_ms": 24,
    }


async def test_an_endless_loop_is_ended() -> None:
    task = {"name": "a", "kind": "noop", "spec": {"policy": {"rules": [{"then": {"do": "jump", "to": "a"}}]}}}

    answer = await answer_sequence({"tasks": [task]})

    assert answer["error"] == {
        "type": "TimeoutError",
        "message": f"the sequence did not end within {MAX_CALLS} tool calls",
    }
    assert len(answer["calls"]) == MAX_CALLS


async def test_calls_keep_what_the_tool_got_at_the_time() -> None:
    """`results` is one dict that grows while the sequence runs."""
    tasks = [{"name": name, "kind": "python", "input": "{{ results }}"} for name in ("a", "b")]

    answer = await answer_sequence({"tasks": tasks})

    assert [call["config"]["input"] for call in answer["calls"]] == [{}, {"a": {"v": 1}}]


async def test_everything_in_an_answer_is_json() -> None:
    odd = {"a": "{{ '{1}' }}", "b": "{{ '{1: (2,), None: 3}' }}", "c": "{{ \"b'x'\" }}"}

    answer = await answer_sequence({"tasks": [{"kind": "python", "input": odd}]})

    assert json.loads(json.dumps(answer)) == answer
    assert answer["calls"][0]["config"]["input"] == {"a": "{1}", "b": {"1": [2], "null": 3}, "c": "b'x'"}


async def test_a_request_is_left_as_it_was() -> None:
    request = {"tasks": [{"name": "a", "kind": "python", "spec": RETRY}], "tools": {"a": [{"x": [1]}]}, "context": {}}
    before = json.dumps(request)

    await answer_sequence(request)

    assert json.dumps(request) == before


def _retry_after(seconds: float, condition: str = "true") -> dict[str, Any]:
    then = {"do": "retry", "attempts": 3, "backoff": "fixed", "delay": seconds}
    return {"when": "{{ " + condition + " }}", "then": then}
