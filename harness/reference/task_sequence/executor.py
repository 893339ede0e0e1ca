"""Runs a task sequence as NoETL 4.12.0 does (spec: noetl-python 2.3, 2.7, 2.8)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, Protocol

from harness.reference.task_sequence.classify import classify
from harness.reference.task_sequence.metrics import Timing, metrics
from harness.reference.task_sequence.normalise import Task, normalise
from harness.reference.task_sequence.outcome import error_of, error_outcome, is_error, ok_outcome, view
from harness.reference.task_sequence.progress import no_progress
from harness.reference.task_sequence.rules import Directive, decide
from harness.reference.templates import render_policy, render_value

_PREVIOUS_TASK = frozenset({"previous", "prev", "_previous", "@previous"})


class CallTool(Protocol):
    """Runs one tool: `config` is rendered, `context` holds every binding of spec: noetl-python 1.10.

    What it returns is the task's result, an error if it is a dict with `status: error`; what it raises is an error.
    """

    def __call__(
        self, kind: Any, config: dict[str, Any], context: dict[str, Any], label: Any, attempt: int
    ) -> Awaitable[Any]: ...


async def run(
    tasks: Sequence[Any],
    context: dict[str, Any],
    call_tool: CallTool,
    *,
    sleep: Callable[[float], Awaitable[object]],
    now: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Run raw task definitions in `context`, and return NoETL's own sequence result.

    `{status: ok | failed | break, _prev, results, ctx, metrics}`, with `error, failed_task` when failed and
    `remaining_actions` (raw definitions) when broken; an empty list gives `{status, _prev, results, metrics}` only.
    Nothing bounds a loop of jumps. `sleep` and `now` are in seconds. What the release lets escape is raised here too:
    ValueError for malformed tasks and rules, TypeError and AttributeError for parameters of a wrong type.
    """
    if not tasks:
        return {"status": "ok", "_prev": None, "results": {}, "metrics": {"task_count": 0}}
    return await _Sequence(tasks, context, call_tool, sleep, now).finish()


class _Sequence:
    """The state of one run. Retry counters belong to labels and are never reset, whatever jumps back."""

    def __init__(
        self,
        definitions: Sequence[Any],
        base: dict[str, Any],
        call_tool: CallTool,
        sleep: Callable[[float], Awaitable[object]],
        now: Callable[[], float],
    ) -> None:
        self.definitions = definitions
        self.tasks = normalise(definitions)
        self.base = base
        self.call_tool = call_tool
        self.sleep = sleep
        self.now = now
        self.position = 0
        self.attempt = 1
        self.previous: Any = None
        self.outcome: dict[str, Any] | None = None
        self.results: dict[Any, Any] = {}
        self.ctx: dict[str, Any] = {}
        self.iter: dict[str, Any] = {}
        self.retries: dict[Any, int] = {}
        self.timings: list[Timing] = []

    async def finish(self) -> dict[str, Any]:
        while self.position < len(self.tasks):
            task = self.tasks[self.position]
            self.attempt = self.retries.get(task.label, 0) + 1
            context = self._context(task)
            self.outcome = await self._call(task, context)
            context = context | self._progress(task)
            directive = decide(task.rules, context, failed=self.outcome["status"] == "error")
            self._set(directive.set, context)
            if (ended := await self._follow(task, directive)) is not None:
                return ended
        return self._result("ok")

    def _context(self, task: Task) -> dict[str, Any]:
        """What templates see before the call. The scopes are copies, so a rule's `set` shows only in later tasks."""
        scopes = {
            "ctx": {**self.base.get("ctx", {}), **self.ctx},
            "iter": {**self.base.get("iter", {}), **self.iter},
        }
        return self.base | self.results | self._progress(task) | scopes

    def _progress(self, task: Task) -> dict[str, Any]:
        return {
            "_task": task.label,
            "_prev": self.previous,
            "_attempt": self.attempt,
            "output": view(self.outcome),
            "results": self.results,
        }

    async def _call(self, task: Task, context: dict[str, Any]) -> dict[str, Any]:
        """Render, call, classify and time one task; the outcome. On ok it becomes `_prev` and its label's result."""
        started = self.now()
        render_ms = tool_ms = 0
        before = self.tasks[self.position - 1].label if self.position else None
        try:
            config = dict(task.config) if task.kind == "noop" else render_value(task.config, context)
            rendered = self.now()
            render_ms = _milliseconds(rendered - started)
            result = await self.call_tool(task.kind, config, context, task.label, self.attempt)
            returned = self.now()
            tool_ms = _milliseconds(returned - rendered)
            times = {"attempt": self.attempt, "duration_ms": _milliseconds(returned - started)}
            if is_error(result):
                outcome = error_outcome(task.kind, error_of(result, before), **times)
            else:
                outcome = ok_outcome(task.kind, result, **times)
                self.previous = self.results[task.label] = result
            kind = str(task.kind or "unknown")
        except Exception as error:  # noqa: BLE001 - the rule: whatever a tool raises is an error outcome
            times = {"attempt": self.attempt, "duration_ms": _milliseconds(self.now() - started)}
            outcome = error_outcome(task.kind, classify(error, task.kind, before), **times)
            kind = str(task.kind)
        self.timings.append(
            Timing(task.label, kind, status=outcome["status"], render_ms=render_ms, tool_ms=tool_ms, **times)
        )
        return outcome

    def _set(self, assignments: Any, context: dict[str, Any]) -> None:
        """Write a rule's `set`: `iter.` stays in the pipeline, `ctx.`, `step.` and bare keys go to the execution."""
        if not assignments:
            return
        for key, value in assignments.items():
            if isinstance(value, str) and "{{" in value:
                value = render_policy(value, context)
            if key.startswith("iter."):
                self.iter[key.removeprefix("iter.")] = value
            elif key.startswith("ctx."):
                self.ctx[key.removeprefix("ctx.")] = value
            else:
                self.ctx[key.removeprefix("step.")] = value

    async def _follow(self, task: Task, directive: Directive) -> dict[str, Any] | None:
        """Act on a directive: move `position`, or return the sequence's result."""
        match directive.do:
            case "continue":
                self.position += 1
                return None
            case "retry":
                return await self._retry(task, directive)
            case "jump":
                return self._jump(task, directive.to)
            case "break":
                return self._break(task)
            case _:
                return self._failed(task)

    async def _retry(self, task: Task, directive: Directive) -> dict[str, Any] | None:
        retry = self.retries[task.label] = self.retries.get(task.label, 0) + 1
        if retry >= directive.attempts:
            return self._failed(task)
        seconds = directive.wait(retry)
        if seconds > 0:
            await self.sleep(seconds)
        return None

    def _jump(self, task: Task, target: Any) -> dict[str, Any] | None:
        if not target:
            return self._failed(task, _config_error("Jump action missing 'to' target"))
        if isinstance(target, str) and target.strip().lower() in _PREVIOUS_TASK:
            if self.position == 0:
                return self._failed(task, _config_error("Jump target 'previous' invalid for first task"))
            self.position -= 1
            return None
        position = next((index for index, other in enumerate(self.tasks) if other.label == target), None)
        if position is None:
            return self._failed(task, _config_error(f"Jump target '{target}' not found"))
        self.position = position
        return None

    def _break(self, task: Task) -> dict[str, Any]:
        remaining = list(self.definitions[self.position + 1 :])
        if error := no_progress(task.label, self.base, remaining, self.results):
            return self._failed(task, error)
        return self._result("break", remaining_actions=remaining)

    def _failed(self, task: Task, error: dict[str, Any] | None = None) -> dict[str, Any]:
        """Failed at `task` with this error, by default that of the outcome, which is None after an ok outcome."""
        if error is None and self.outcome:
            error = self.outcome.get("error")
        return self._result("failed", error=error, failed_task=task.label)

    def _result(self, status: Literal["ok", "failed", "break"], **more: Any) -> dict[str, Any]:
        return {
            "status": status,
            "_prev": self.previous,
            "results": self.results,
            "ctx": self.ctx,
            "metrics": metrics(self.timings),
            **more,
        }


def _config_error(message: str) -> dict[str, Any]:
    return {"kind": "config", "message": message}


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
