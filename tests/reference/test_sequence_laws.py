"""What holds for every task sequence."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest import mock

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.reference.task_sequence import script

LABELS = ("a", "b", "c", "d")

labels = st.sampled_from(LABELS)
results = st.one_of(
    st.integers(0, 9),
    st.fixed_dictionaries({"v": st.integers(0, 9)}),
    st.just({"status": "failed"}),
    st.fixed_dictionaries({"status": st.just("error"), "status_code": st.sampled_from([None, 404, 500])}),
    st.just({"raise": {"type": "ValueError", "message": "boom"}}),
)
conditions = st.sampled_from(
    [True, False, "{{ output.status == 'error' }}", "{{ output.status == 'ok' }}", "{{ _attempt < 3 }}", "{{ none }}"]
)
keys = st.sampled_from(["ctx.x", "iter.y", "step.z", "bare"])
assignments = st.dictionaries(keys, st.sampled_from([1, "{{ _task }}", "{{ output }}"]), max_size=2)
retries = st.fixed_dictionaries(
    {"do": st.just("retry"), "attempts": st.integers(0, 5)},
    optional={
        "backoff": st.sampled_from(["none", "linear", "exponential", "fixed"]),
        "delay": st.sampled_from([0, 0.5, 1, "2"]),
        "set": assignments,
    },
)
steps = st.fixed_dictionaries(
    {"do": st.sampled_from(["continue", "break", "fail", "other"])}, optional={"set": assignments}
)
forward = st.one_of(retries, steps)
jumps = st.fixed_dictionaries({"do": st.just("jump"), "to": st.sampled_from([*LABELS, "previous", "nowhere"])})
anything = st.one_of(forward, jumps)


def rules(thens: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    rule = st.one_of(
        st.fixed_dictionaries({"when": conditions, "then": thens}),
        st.fixed_dictionaries({"else": st.fixed_dictionaries({"then": thens})}),
        st.fixed_dictionaries({"else": thens}),
        st.fixed_dictionaries({"then": thens}),
    )
    return st.lists(rule, max_size=3)


def _name(task: Any) -> str:
    return str(task["name"])


def requests(thens: st.SearchStrategy[Any] = forward, *, unique: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    task = st.fixed_dictionaries(
        {"name": labels, "kind": st.sampled_from(["python", "http", "postgres", "noop"])},
        optional={
            "spec": rules(thens).map(lambda made: {"policy": {"rules": made}}),
            "input": st.sampled_from(["{{ _prev }}", "{{ results }}", "{{ ctx.x }}"]),
        },
    )
    tasks = st.lists(task, max_size=4, unique_by=_name if unique else None)
    tools = st.dictionaries(labels, st.lists(results, min_size=1, max_size=4))
    return st.fixed_dictionaries({"tasks": tasks, "tools": tools})


def ask(request: dict[str, Any]) -> dict[str, Any]:
    with mock.patch.object(script, "MAX_CALLS", 50):
        return asyncio.run(script.answer_sequence(request))


def given_back(request: dict[str, Any], answer: dict[str, Any]) -> list[tuple[str, Any]]:
    """Label and scripted entry of each call, in order."""
    counts: Counter[str] = Counter()
    entries = []
    for call in answer["calls"]:
        listed = request["tools"].get(call["label"], [{"v": 1}])
        entries.append((call["label"], listed[min(counts[call["label"]], len(listed) - 1)]))
        counts[call["label"]] += 1
    return entries


def is_ok(entry: Any) -> bool:
    return not (isinstance(entry, dict) and (entry.get("status") == "error" or "raise" in entry))


@settings(deadline=None)
@given(requests(anything, unique=False))
def test_a_result_has_one_of_three_shapes(request: dict[str, Any]) -> None:
    answer = ask(request)
    assume("result" in answer)
    result = answer["result"]
    common = {"status", "_prev", "results", "metrics"} | ({"ctx"} if request["tasks"] else set())
    more: dict[str, set[str]] = {"ok": set(), "failed": {"error", "failed_task"}, "break": {"remaining_actions"}}

    assert set(result) == common | more[result["status"]]


@settings(deadline=None)
@given(requests(anything, unique=False))
def test_prev_and_results_are_those_of_the_ok_calls(request: dict[str, Any]) -> None:
    answer = ask(request)
    assume("result" in answer)
    ok = [(label, entry) for label, entry in given_back(request, answer) if is_ok(entry)]

    assert answer["result"]["_prev"] == (ok[-1][1] if ok else None)
    assert answer["result"]["results"] == dict(ok)


@settings(deadline=None)
@given(requests(anything, unique=False))
def test_metrics_have_one_row_a_call(request: dict[str, Any]) -> None:
    answer = ask(request)
    assume("result" in answer)
    metrics = answer["result"]["metrics"]

    assert metrics["task_count"] == len(answer["calls"])
    if request["tasks"]:
        rows = [(row["name"], row["kind"], row["attempt"]) for row in metrics["tasks"]]
        assert rows == [(call["label"], call["kind"], call["attempt"]) for call in answer["calls"]]
        assert sum(group["count"] for group in metrics["by_name"].values()) == len(rows)
        assert sum(group["error_count"] for group in metrics["by_kind"].values()) == sum(
            not is_ok(entry) for _, entry in given_back(request, answer)
        )


@settings(deadline=None)
@given(requests())
def test_without_jumps_a_task_is_called_no_more_often_than_its_attempts(request: dict[str, Any]) -> None:
    answer = ask(request)
    allowed = {task["name"]: max([1, *(then.get("attempts", 1) for then in _thens(task))]) for task in request["tasks"]}

    assert all(count <= allowed[label] for label, count in Counter(call["label"] for call in answer["calls"]).items())


@settings(deadline=None)
@given(requests())
def test_without_jumps_tasks_come_in_order_and_attempts_count_up(request: dict[str, Any]) -> None:
    calls = [(call["label"], call["attempt"]) for call in ask(request)["calls"]]
    counts = Counter(label for label, _ in calls)
    order = [task["name"] for task in request["tasks"]]
    visited = list(dict.fromkeys(label for label, _ in calls))

    assert visited == order[: len(visited)]
    assert calls == [(label, attempt + 1) for label in visited for attempt in range(counts[label])]


@settings(deadline=None)
@given(st.lists(labels), st.dictionaries(labels, st.lists(st.integers(), min_size=1)))
def test_without_rules_and_errors_every_task_is_called_once_in_order(
    names: list[str], tools: dict[str, list[int]]
) -> None:
    answer = ask({"tasks": [{"name": name, "kind": "python"} for name in names], "tools": tools})

    assert [call["label"] for call in answer["calls"]] == names
    assert answer["result"]["status"] == "ok"


@settings(deadline=None)
@given(requests(unique=False))
def test_a_failed_sequence_names_its_last_task(request: dict[str, Any]) -> None:
    answer = ask(request)
    result = answer["result"]

    if result["status"] == "failed":
        label, entry = given_back(request, answer)[-1]
        assert result["failed_task"] == label
        assert (result["error"] is None) == is_ok(entry)


@settings(deadline=None)
@given(requests())
def test_a_broken_sequence_returns_the_raw_tail(request: dict[str, Any]) -> None:
    answer = ask(request)

    if answer["result"]["status"] == "break":
        position = [task["name"] for task in request["tasks"]].index(answer["calls"][-1]["label"])
        assert answer["result"]["remaining_actions"] == request["tasks"][position + 1 :]


@settings(deadline=None)
@given(st.integers(1, 8), st.sampled_from(["linear", "exponential", "fixed", "none"]), st.floats(0.001, 1e6))
def test_waits_follow_the_formula(attempts: int, backoff: str, delay: float) -> None:
    then = {"do": "retry", "attempts": attempts, "backoff": backoff, "delay": delay}
    task = {"name": "a", "kind": "python", "spec": {"policy": {"rules": [{"then": then}]}}}
    formula: dict[str, Callable[[int], float]] = {
        "linear": lambda n: delay * n,
        "exponential": lambda n: delay * 2 ** (n - 1),
        "fixed": lambda n: delay,
    }
    waits = [formula[backoff](n) for n in range(1, attempts)] if backoff != "none" else []

    assert ask({"tasks": [task]})["slept"] == waits


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(2, 5))
def test_attempts_used_before_a_jump_are_gone(used: int, attempts: int) -> None:
    """A label that was retried `used` times comes back with the next attempt's number."""
    retry = {"when": "{{ output.status == 'error' }}", "then": {"do": "retry", "attempts": attempts}}
    back = {"when": "{{ ctx.back is not defined }}", "then": {"do": "jump", "to": "a", "set": {"ctx.back": 1}}}
    tasks = [
        {"name": "a", "kind": "python", "spec": {"policy": {"rules": [retry]}}},
        {"name": "b", "kind": "python", "spec": {"policy": {"rules": [back]}}},
    ]
    error = {"status": "error"}

    answer = ask({"tasks": tasks, "tools": {"a": [*[error] * used, 1, error]}})
    calls = [call["attempt"] for call in answer["calls"] if call["label"] == "a"]

    first = list(range(1, min(used + 1, attempts) + 1))
    assert calls == (first + list(range(used + 1, attempts + 1)) if used < attempts else first)


@settings(deadline=None)
@given(requests(anything, unique=False))
def test_nothing_that_was_given_is_changed_and_answers_repeat(request: dict[str, Any]) -> None:
    before = json.dumps(request)

    first = ask(request)

    assert json.dumps(request) == before
    assert ask(request) == first


def _thens(task: dict[str, Any]) -> list[dict[str, Any]]:
    made = task.get("spec", {"policy": {"rules": []}})["policy"]["rules"]
    blocks = [rule.get("then") or rule["else"].get("then") for rule in made]
    return [block for block in blocks if block]
