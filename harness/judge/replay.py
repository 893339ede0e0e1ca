"""What the reference implementations make of a command as it was issued, where its record holds all that they need."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from harness.judge.checkers.base import LegContext
from harness.judge.tokens import Tokens
from harness.model.envelope import Call
from harness.model.json import JsonObject
from harness.reference.task_sequence.executor import run
from harness.reference.templates import render_policy, render_value

_MOST_CALLS = 1000
"""Nothing bounds the jumps of a sequence: one that calls more tools than this is not replayed to its end."""

_HIDDEN = "***"
"""How a secret begins that was taken out of the recording: what is computed from it is not what the worker had."""


def issued(leg: LegContext, call: Call) -> JsonObject:
    """The context of the call's `command.issued`: `tool_config`, `input`, `render_context`. Empty where it is lost."""
    for event in leg.evidence.events:
        if event.event_id == call.issued_event and event.event_type == "command.issued":
            return event.context
    return {}


def part(context: JsonObject, name: str) -> dict[str, Any]:
    """One object of an issued context, empty where there is none."""
    found = context.get(name)
    return dict(found) if isinstance(found, Mapping) else {}


def templates(value: Any) -> Iterator[str]:
    """Every text in `value` that is a template."""
    if isinstance(value, str):
        if "{{" in value or "{%" in value:
            yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from templates(child)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from templates(child)


def renders(leg: LegContext, call: Call) -> bool:
    """Whether NoETL's renderer makes something of every template of the tool's configuration: one that fails comes
    back unchanged (spec: noetl-python 1.8)."""
    context = issued(leg, call)
    found = tuple(templates(part(context, "tool_config")))
    values = part(context, "render_context")
    return bool(found) and all(render_value(one, dict(values)) != one for one in found)


def sequence_result(leg: LegContext, call: Call) -> dict[str, Any] | None:
    """What the sequence of this call comes to by NoETL's rules; None where a task's outcome is not on record.

    A `noop` has no outcome but its own. Any other task has the one that the sequence itself recorded under `results`,
    and may be called once: of an earlier attempt nothing is on record.
    """
    context = issued(leg, call)
    tasks = part(context, "tool_config").get("tasks")
    if not isinstance(tasks, list) or not tasks or _HIDDEN in repr(context):
        return None
    data = call.envelope.data
    tools = _Recorded(call.key.step, part(data, "results") if isinstance(data, Mapping) else {})
    coroutine = run(tasks, part(context, "render_context"), tools.call, sleep=tools.sleep, now=lambda: 0.0)
    try:
        coroutine.send(None)
    except StopIteration as ended:
        result: dict[str, Any] = Tokens.of(leg.evidence).replace(ended.value)
        return result
    except (_NotRecorded, ValueError, TypeError, AttributeError):
        return None
    finally:
        coroutine.close()
    return None


def returned_input(leg: LegContext, call: Call, key: str) -> tuple[str, Any] | None:
    """The template that a Python step returns unchanged under `key`, and what NoETL renders it to.

    None unless the script does nothing but return an object in which `key` is one of its inputs.
    """
    context = issued(leg, call)
    config = part(context, "tool_config")
    given = {**part(config, "args"), **part(config, "input"), **part(context, "input")}
    name = _returned(str(config.get("code", ""))).get(key)
    template = given.get(name) if name is not None else None
    if not isinstance(template, str) or not any(templates(template)):
        return None
    values = part(context, "render_context")
    plain = template.strip().removeprefix("{{").removesuffix("}}").strip()
    value = values[plain] if plain in values else render_policy(template, values)
    if value == template or _HIDDEN in repr(value):
        return None
    return template, Tokens.of(leg.evidence).replace(value)


class _NotRecorded(BaseException):
    """Not an Exception, so that the executor does not take it for an error of the tool."""


class _Recorded:
    """Tools that answer with what is on record."""

    def __init__(self, step: str, results: Mapping[str, Any]) -> None:
        self._step = step
        self._results = dict(results)
        self._calls = 0

    async def call(self, kind: Any, config: dict[str, Any], context: dict[str, Any], label: Any, attempt: int) -> Any:
        self._calls += 1
        if self._calls > _MOST_CALLS:
            raise _NotRecorded
        if kind == "noop":
            return {"status": "noop", "step": self._step}
        if label not in self._results:
            raise _NotRecorded
        return self._results.pop(label)

    async def sleep(self, seconds: float) -> None:
        """Nothing is waited for."""


def _returned(code: str) -> dict[str, str]:
    """Keys of the object that a script returns, with the names that stand for their values. Empty for a script that
    does anything beside."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError):
        return {}
    match body:
        case [ast.FunctionDef(name="main", body=[ast.Return(value=ast.Dict() as made)], decorator_list=[])]:
            pass
        case [ast.Assign(targets=[ast.Name(id="result")], value=ast.Dict() as made)]:
            pass
        case _:
            return {}
    pairs = zip(made.keys, made.values, strict=True)
    return {
        str(key.value): value.id
        for key, value in pairs
        if isinstance(key, ast.Constant) and isinstance(value, ast.Name)
    }
