"""What continue, retry, jump, break and fail do (spec: noetl-python 2.7, 2.8)."""

from __future__ import annotations

from typing import Any

import pytest

from harness.reference.task_sequence.script import answer_sequence

ERROR = {"status": "error", "error": "boom"}
BOOM = {"kind": "tool_error", "retryable": False, "code": None, "status_code": None, "message": "boom"}


def task(name: str, *rules: Any, **config: Any) -> dict[str, Any]:
    return {"name": name, "kind": "python", "spec": {"policy": {"rules": list(rules)}}, **config}


def then(do: Any, **more: Any) -> dict[str, Any]:
    return {"then": {"do": do, **more}}


def when(condition: str, do: Any, **more: Any) -> dict[str, Any]:
    return {"when": "{{ " + condition + " }}", **then(do, **more)}


async def ask(*tasks: Any, **tools: list[Any]) -> dict[str, Any]:
    return await answer_sequence({"tasks": list(tasks), "tools": tools})


def called(answer: dict[str, Any]) -> list[tuple[str, int]]:
    return [(call["label"], call["attempt"]) for call in answer["calls"]]


def ending(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer["result"].items() if key != "metrics"}


async def test_all_ok() -> None:
    assert ending(await ask(task("a"), task("b"), a=[1], b=[2])) == {
        "status": "ok",
        "_prev": 2,
        "results": {"a": 1, "b": 2},
        "ctx": {},
    }


async def test_an_error_without_rules_fails() -> None:
    answer = await ask(task("a"), task("b"), task("c"), a=[1], b=[ERROR])

    assert called(answer) == [("a", 1), ("b", 1)]
    assert ending(answer) == {
        "status": "failed",
        "_prev": 1,
        "results": {"a": 1},
        "ctx": {},
        "error": BOOM,
        "failed_task": "b",
    }


async def test_continue_swallows_an_error() -> None:
    answer = await ask(task("a", then("continue")), a=[ERROR])

    assert ending(answer) == {"status": "ok", "_prev": None, "results": {}, "ctx": {}}


@pytest.mark.parametrize("do", ["fail", "weird", "Continue", None, ["continue"], 5])
async def test_fail_and_whatever_is_unknown(do: Any) -> None:
    answer = await ask(task("a", then(do)), task("b"), a=[1])

    assert ending(answer) == {
        "status": "failed",
        "_prev": 1,
        "results": {"a": 1},
        "ctx": {},
        "error": None,
        "failed_task": "a",
    }


@pytest.mark.parametrize(("attempts", "calls"), [(3, 3), (2, 2), (1, 1), (0, 1), (-1, 1), (2.5, 3), (True, 1)])
async def test_attempts_are_calls_in_all(attempts: Any, calls: int) -> None:
    answer = await ask(task("a", then("retry", attempts=attempts)), a=[ERROR])

    assert called(answer) == [("a", attempt + 1) for attempt in range(calls)]
    assert ending(answer) == {
        "status": "failed",
        "_prev": None,
        "results": {},
        "ctx": {},
        "error": BOOM,
        "failed_task": "a",
    }


async def test_three_attempts_are_the_default() -> None:
    assert len((await ask(task("a", then("retry")), a=[ERROR]))["calls"]) == 3


@pytest.mark.parametrize(("attempts", "kind"), [("3", "str"), (None, "NoneType")])
async def test_attempts_that_are_no_number_escape(attempts: Any, kind: str) -> None:
    answer = await ask(task("a", then("retry", attempts=attempts)), a=[ERROR])

    assert answer["error"] == {
        "type": "TypeError",
        "message": f"'>=' not supported between instances of 'int' and '{kind}'",
    }
    assert called(answer) == [("a", 1)]


async def test_a_retry_ends_when_the_rule_no_longer_matches() -> None:
    answer = await ask(task("a", when("output.status == 'error'", "retry", attempts=5)), a=[ERROR, ERROR, "done"])

    assert called(answer) == [("a", 1), ("a", 2), ("a", 3)]
    assert ending(answer) == {"status": "ok", "_prev": "done", "results": {"a": "done"}, "ctx": {}}


async def test_retries_of_ok_run_out_without_an_error() -> None:
    answer = await ask(task("a", then("retry", attempts=2)), a=[1, 2])

    assert ending(answer) == {
        "status": "failed",
        "_prev": 2,
        "results": {"a": 2},
        "ctx": {},
        "error": None,
        "failed_task": "a",
    }


@pytest.mark.parametrize(
    ("params", "slept"),
    [
        ({}, []),
        ({"delay": 5}, []),
        ({"backoff": "none", "delay": 5}, []),
        ({"backoff": "linear"}, [1, 2, 3]),
        ({"backoff": "exponential", "delay": "0.5"}, [0.5, 1, 2]),
        ({"backoff": "fixed", "delay": 0.2}, [0.2, 0.2, 0.2]),
        ({"backoff": None, "delay": "abc"}, [1, 1, 1]),
        ({"backoff": "fixed", "delay": 0}, []),
        ({"backoff": "fixed", "delay": -1}, []),
    ],
)
async def test_waits_between_attempts(params: dict[str, Any], slept: list[float]) -> None:
    answer = await ask(task("a", then("retry", attempts=4, **params)), a=[ERROR])

    assert answer["slept"] == slept


async def test_a_delay_that_is_no_number_escapes() -> None:
    answer = await ask(task("a", then("retry", backoff="fixed", delay=None)), a=[ERROR])

    assert answer["error"] == {
        "type": "TypeError",
        "message": "'>' not supported between instances of 'NoneType' and 'int'",
    }


async def test_jump_forward_leaves_out_what_is_between() -> None:
    answer = await ask(task("a", then("jump", to="c")), task("b"), task("c"))

    assert called(answer) == [("a", 1), ("c", 1)]
    assert list(answer["result"]["results"]) == ["a", "c"]


async def test_jump_back_overwrites_results() -> None:
    answer = await ask(task("a"), task("b", when("_prev < 3", "jump", to="a"), input="{{ a }}"), a=[1, 2], b=[1, 3])

    assert called(answer) == [("a", 1), ("b", 1), ("a", 1), ("b", 1)]
    assert answer["result"]["results"] == {"a": 2, "b": 3}


async def test_counters_outlive_a_jump_back() -> None:
    """Both retries are used before the jump, so the visit after it has none."""
    answer = await ask(
        task("a", when("output.status == 'error'", "retry", attempts=3)),
        task("b", then("jump", to="a")),
        a=[ERROR, ERROR, 1, ERROR],
    )

    assert called(answer) == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("a", 3)]
    assert answer["result"]["failed_task"] == "a"


async def test_tasks_of_one_label_share_a_counter_and_jumps_go_to_the_first() -> None:
    answer = await ask(
        task("a", when("output.status == 'error'", "retry", attempts=3)),
        task("a", when("_attempt == 2 and output.data == 2", "jump", to="a"), when("false", "fail")),
        a=[ERROR, 1, 2, 3, 4],
    )

    assert called(answer) == [("a", 1), ("a", 2), ("a", 2), ("a", 2), ("a", 2)]
    assert answer["result"]["status"] == "ok"


@pytest.mark.parametrize("to", ["previous", "prev", "_previous", "@previous", " Previous "])
async def test_jump_to_the_task_before(to: str) -> None:
    answer = await ask(task("a"), task("b"), task("c", when("results.c == 1", "jump", to=to)), c=[1, 2])

    assert called(answer) == [("a", 1), ("b", 1), ("c", 1), ("b", 1), ("c", 1)]


async def test_previous_means_the_place_before_even_where_labels_repeat() -> None:
    answer = await ask(task("x"), task("y"), task("x"), task("z", when("results.z == 1", "jump", to="prev")), z=[1, 2])

    assert [label for label, _ in called(answer)] == ["x", "y", "x", "z", "x", "z"]


@pytest.mark.parametrize(
    ("to", "message"),
    [
        (None, "Jump action missing 'to' target"),
        ("", "Jump action missing 'to' target"),
        ("nowhere", "Jump target 'nowhere' not found"),
        ("A", "Jump target 'A' not found"),
        (5, "Jump target '5' not found"),
        ("previous", "Jump target 'previous' invalid for first task"),
    ],
)
async def test_jumps_that_lead_nowhere(to: Any, message: str) -> None:
    answer = await ask(task("a", then("jump", to=to)), a=[1])

    assert ending(answer) == {
        "status": "failed",
        "_prev": 1,
        "results": {"a": 1},
        "ctx": {},
        "error": {"kind": "config", "message": message},
        "failed_task": "a",
    }


async def test_break_returns_the_raw_rest() -> None:
    rest = [task("b", input="{{ _prev }}"), {"kind": "noop"}]

    assert ending(await ask(task("a", then("break")), *rest, a=[1])) == {
        "status": "break",
        "_prev": 1,
        "results": {"a": 1},
        "ctx": {},
        "remaining_actions": rest,
    }


async def test_break_at_the_end_leaves_nothing() -> None:
    assert ending(await ask(task("a", then("break")), a=[ERROR])) == {
        "status": "break",
        "_prev": None,
        "results": {},
        "ctx": {},
        "remaining_actions": [],
    }


@pytest.mark.parametrize("do", ["continue", "break", "fail"])
async def test_scopes_of_set(do: str) -> None:
    assignments = {"ctx.a": 1, "step.b": 2, "c": 3, "workload.d": 4, "ctx.e.f": 5, "iter.g": 6}

    answer = await ask(task("a", then(do, set=assignments)))

    assert answer["result"]["ctx"] == {"a": 1, "b": 2, "c": 3, "workload.d": 4, "e.f": 5}


@pytest.mark.parametrize(("do", "more"), [("retry", {}), ("jump", {"to": "a"})])
async def test_set_before_going_back(do: str, more: dict[str, Any]) -> None:
    again = when("_attempt == 1 and iter.seen is not defined", do, set={"iter.seen": 1, "ctx.went": do}, **more)

    answer = await ask(task("a", again, input="{{ iter.seen }}"))

    assert [call["config"] for call in answer["calls"]] == [{"input": ""}, {"input": 1}]
    assert answer["result"]["ctx"] == {"went": do}


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("{{ output.data.n }}", "5"),
        ("{{ true }}", "True"),
        ("{{ output.data }}", {"n": 5}),
        ("{{ output.data.rows }}", ""),
        ("{{ [1, 2] }}", [1, 2]),
        ("{{ 1 / 0 }}", "{{ 1 / 0 }}"),
        ("{% if true %}x{% endif %}", "{% if true %}x{% endif %}"),
        (5, 5),
        (None, None),
        ({"deep": "{{ output.data.n }}"}, {"deep": "{{ output.data.n }}"}),
        (["{{ output.data.n }}"], ["{{ output.data.n }}"]),
    ],
)
async def test_what_set_stores(value: Any, stored: Any) -> None:
    answer = await ask(task("a", then("continue", set={"ctx.v": value})), a=[{"n": 5}])

    assert answer["result"]["ctx"] == {"v": stored}


async def test_a_rule_does_not_see_its_own_set() -> None:
    answer = await ask(task("a", then("continue", set={"ctx.a": 1, "ctx.b": "{{ ctx.a }}"})))

    assert answer["result"]["ctx"] == {"a": 1, "b": ""}


async def test_counting_with_ctx() -> None:
    step = then("jump", to="a", set={"ctx.n": "{{ ctx.n | default(0) | int + 1 }}"})

    answer = await ask(task("a", when("ctx.n == '3'", "break"), step))

    assert answer["result"]["ctx"] == {"n": "3"}
    assert len(answer["calls"]) == 4


async def test_the_own_label_is_not_bound_in_a_rule_of_the_first_visit() -> None:
    answer = await ask(task("a", then("continue", set={"own": "{{ a }}", "result": "{{ results.a.v }}"})))

    assert answer["result"]["ctx"] == {"own": "", "result": "1"}


@pytest.mark.parametrize(("assignments", "kind"), [("x", "str"), (["x"], "list"), (5, "int")])
async def test_a_set_that_is_no_dict_escapes(assignments: Any, kind: str) -> None:
    answer = await ask(task("a", then("continue", set=assignments)))

    assert answer["error"] == {"type": "AttributeError", "message": f"'{kind}' object has no attribute 'items'"}


@pytest.mark.parametrize("assignments", [None, {}, [], ""])
async def test_an_empty_set_is_none(assignments: Any) -> None:
    assert (await ask(task("a", then("continue", set=assignments))))["result"]["ctx"] == {}


def nested(depth: int) -> dict[str, Any]:
    return {"in": nested(depth - 1)} if depth else {"patient_count": 1}


PAGES = [task("Paginate"), task("fetch_page"), {"kind": "noop"}]


@pytest.mark.parametrize(
    ("context", "count"),
    [
        ({"patient_count": 3}, 3),
        ({"a": [{"b": {" Total_Patients ": "12"}}], "patient_count": 2}, 12),
        ({"patient_total": 2.9}, 2),
        (nested(8), 1),
    ],
)
async def test_a_break_before_the_first_page_is_a_failure(context: dict[str, Any], count: int) -> None:
    tasks = [task("init_page", then("break")), *PAGES]

    answer = await answer_sequence({"tasks": tasks, "context": context})

    assert answer["result"]["status"] == "failed"
    assert answer["result"]["failed_task"] == "init_page"
    assert answer["result"]["error"] == {
        "kind": "logic",
        "code": "TASK_SEQUENCE_NO_PROGRESS",
        "retryable": False,
        "message": f"Task sequence broke at 'init_page' without page fetch progress while patient_count={count}.",
        "details": {"patient_count": count, "remaining_tasks": ["Paginate", "fetch_page", "task_2"]},
    }


@pytest.mark.parametrize(
    ("label", "rest", "context"),
    [
        ("start_page", PAGES, {"patient_count": 3}),
        ("init_page", PAGES[1:], {"patient_count": 3}),
        ("init_page", PAGES[:1], {"patient_count": 3}),
        ("init_page", PAGES, {"patient_count": 0}),
        ("init_page", PAGES, {"patient_count": True}),
        ("init_page", PAGES, {"patient_count": "some"}),
        ("init_page", PAGES, {"patients": 3}),
        ("init_page", PAGES, nested(9)),
    ],
)
async def test_any_other_break_is_none(label: str, rest: list[Any], context: dict[str, Any]) -> None:
    answer = await answer_sequence({"tasks": [task(label, then("break")), *rest], "context": context})

    assert answer["result"]["status"] == "break"
