"""A task sequence with scripted tools and a clock that does not wait: the oracle's verb `sequence`."""

from __future__ import annotations

import asyncio
import builtins
import json
import time
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from harness.model.errors import HarnessError
from harness.reference.task_sequence.executor import run

MAX_CALLS = 10_000
"""After so many calls a sequence counts as endless. NoETL has no such bound: there the worker gives the whole command
720 s (spec: noetl-python 2.7), which a clock that stands still between calls never reaches."""

_SHAPE = '{"tasks": [...], "context": {...}, "tools": {"<label>": [result | {"raise": {"type", "message"}}, ...]}}'


async def answer_sequence(request: Any) -> dict[str, Any]:
    """Run one request; keys that it does not know are ignored.

    `{tasks, context?, tools?, clock?: virtual | real}` → `{result, calls, slept}`, or `{error: {type, message}, calls,
    slept}` where NoETL's executor raises. `calls` are `{label, attempt, kind, config}` as the tools got them, `slept`
    the waits in seconds. A label's n-th call gets the n-th entry of its list, the last one for ever after, and a
    label that is not listed returns `{"v": 1}`. On the virtual clock (the default) every duration is 0. Everything in
    the answer is a JSON value. Raises HarnessError where the request is malformed.
    """
    asked = _Request.read(request)
    script = _Script(asked.tools, asked.virtual)
    try:
        result = await run(asked.tasks, asked.context, script.call, sleep=script.sleep, now=script.now)
        answer: dict[str, Any] = {"result": result}
    except _Endless:
        answer = _error("TimeoutError", f"the sequence did not end within {MAX_CALLS} tool calls")
    except Exception as error:  # noqa: BLE001 - what the executor raises is the answer
        answer = _error(type(error).__name__, str(error))
    except BaseException as error:
        # A tool that was told to raise SystemExit or the like: NoETL's executor does not hold it either.
        if error is not script.raised:
            raise
        answer = _error(type(error).__name__, str(error))
    return {key: _plain(value) for key, value in {**answer, "calls": script.calls, "slept": script.slept}.items()}


class _Endless(BaseException):
    """Not an Exception, so that the executor does not take it for an error of the tool."""


@dataclass(frozen=True, slots=True)
class _Request:
    tasks: list[Any]
    context: dict[str, Any]
    tools: dict[str, list[Any]]
    virtual: bool

    @classmethod
    def read(cls, request: Any) -> _Request:
        _check(isinstance(request, dict), "the request is not a JSON object")
        tasks, context, tools = request.get("tasks"), request.get("context"), request.get("tools")
        context = {} if context is None else context
        tools = {} if tools is None else tools
        _check("tasks" in request, "`tasks` is missing")
        _check(isinstance(tasks, list), "`tasks` is not a list")
        _check(isinstance(context, dict), "`context` is not an object")
        _check(isinstance(tools, dict), "`tools` is not an object")
        for label, entries in tools.items():
            _check(
                isinstance(entries, list) and len(entries) > 0, f"`tools.{label}` is not a list of at least one entry"
            )
            for entry in entries:
                _check(not _is_raise(entry) or _is_raise_complete(entry), f"`tools.{label}` has a malformed `raise`")
        clock = request.get("clock", "virtual")
        _check(clock in ("virtual", "real"), '`clock` is neither "virtual" nor "real"')
        return cls(tasks, context, tools, clock == "virtual")


@dataclass(slots=True)
class _Script:
    """The tools and the clock, and what they were asked for."""

    tools: dict[str, list[Any]]
    virtual: bool
    calls: list[dict[str, Any]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    raised: BaseException | None = None
    counts: Counter[str] = field(default_factory=Counter)

    async def call(self, kind: Any, config: dict[str, Any], context: dict[str, Any], label: Any, attempt: int) -> Any:
        if len(self.calls) == MAX_CALLS:
            raise _Endless
        # A copy, because a rendered config can hold the sequence's own results, which go on growing.
        self.calls.append({"label": label, "attempt": attempt, "kind": kind, "config": deepcopy(config)})
        entries = self.tools.get(label, [{"v": 1}])
        entry = entries[min(self.counts[label], len(entries) - 1)]
        self.counts[label] += 1
        if _is_raise(entry):
            self.raised = _exception(entry["raise"]["type"], entry["raise"]["message"])
            raise self.raised
        return entry

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if not self.virtual:
            await asyncio.sleep(seconds)

    def now(self) -> float:
        """Seconds. The virtual clock stands still: nothing that a sequence measures spans a wait."""
        return 0.0 if self.virtual else time.monotonic()


def _exception(name: str, message: str) -> BaseException:
    """The builtin exception of this name, if one text is all it takes; else one of a class of this name."""
    known = getattr(builtins, name, None)
    if isinstance(known, type) and issubclass(known, BaseException):
        try:
            return known(message)
        except TypeError:
            pass
    made: type[Exception] = type(name, (Exception,), {})
    return made(message)


def _is_raise(entry: Any) -> bool:
    return isinstance(entry, dict) and set(entry) == {"raise"}


def _is_raise_complete(entry: dict[str, Any]) -> bool:
    told = entry["raise"]
    return isinstance(told, dict) and all(isinstance(told.get(key), str) for key in ("type", "message"))


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message}}


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise HarnessError(what, f"Send one object a line: {_SHAPE}")


def _plain(value: Any) -> Any:
    """`value` with JSON types only: NoETL's templates can make sets, bytes and keys that JSON does not have."""
    if isinstance(value, dict):
        return {
            key if isinstance(key, str) else json.dumps(key, default=str): _plain(item) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)
