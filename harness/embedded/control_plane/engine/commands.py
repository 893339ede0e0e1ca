"""Making commands (spec: noetl-python 1.7, 2.1, 5.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from harness.embedded.control_plane.engine.context import Signal
from harness.embedded.control_plane.engine.playbook import Step
from harness.embedded.control_plane.engine.state import SEQUENCE_SUFFIX, Execution
from harness.embedded.control_plane.engine.tool_spec import ToolSpec
from harness.embedded.control_plane.engine.types import EmittedEvent, IssuedCommand
from harness.reference.keychain import preserved
from harness.reference.templates import render_value

_CONTROL_KEYS = frozenset({"__loop_retry", "__loop_retry_index", "__loop_continue"})


@dataclass(frozen=True, slots=True)
class Turn:
    """One reaction of the engine: the execution, the clock, what every new command's meta says of its origin.

    `events` collects the engine's own events that come before the new commands.
    """

    execution: Execution
    now: Callable[[], datetime]
    origin: Mapping[str, Any]
    events: list[EmittedEvent] = field(default_factory=list)

    def signal(self, name: str, step: str, payload: Mapping[str, Any] | None = None) -> Signal:
        return Signal(name=name, step=step, at=self.now(), payload=payload or {})


def command(
    turn: Turn,
    step: Step,
    tool: ToolSpec | list[dict[str, Any]],
    arguments: Mapping[str, Any],
    context: dict[str, Any],
    loop_meta: Mapping[str, Any] | None = None,
) -> IssuedCommand:
    """The command for one visit of `step`.

    A list of tasks, and a single tool with policy rules, become a `task_sequence` whose templates are left to the
    worker. `arguments` are rendered together with the step's own `input`, and win over it. What mentions the keychain
    is left to the worker everywhere.
    """

    def render(text: str) -> Any:
        return render_value(text, context, strict=True)

    tasks = _tasks(step.step, tool)
    if isinstance(tool, ToolSpec) and not tasks:
        kind, config = str(tool.kind), preserved(_config(tool), render)
    else:
        kind, config = "task_sequence", {"tasks": preserved(tasks, str)}
    # An empty list of tasks is a sequence too, but keeps the step's own name.
    node = step.step + SEQUENCE_SUFFIX if tasks else step.step
    given = {**(step.input or {}), **{key: value for key, value in arguments.items() if key not in _CONTROL_KEYS}}
    sequence_meta = {"task_sequence": True, "parent_step": step.step} if tasks else {}
    return IssuedCommand(
        node=node,
        tool_kind=kind,
        context={
            "spec": {"next_mode": step.next.mode if step.next else "exclusive"},
            "input": preserved(given, render),
            "tool_config": config,
            "render_context": context,
        },
        meta={
            "step": node,
            "tool_kind": kind,
            "actionable": True,
            **turn.origin,
            **sequence_meta,
            **(loop_meta or {}),
        },
    )


def _tasks(step: str, tool: ToolSpec | list[dict[str, Any]]) -> list[dict[str, Any]]:
    if isinstance(tool, list):
        return tool
    if tool.spec and tool.spec.policy and tool.spec.policy.rules:
        return [{"name": f"{step}_task", **tool.model_dump()}]
    return []


def _config(tool: ToolSpec) -> dict[str, Any]:
    return {key: value for key, value in tool.model_dump().items() if key != "kind"}
