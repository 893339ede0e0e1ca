"""What goes into the engine and what comes out of it. Ids, rows and messages are the control plane's business."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class IssuedCommand:
    """A command to issue.

    `node` is the step name, with `:task_sequence` where the step is a sequence. `context` is
    `{spec, input, tool_config, render_context}` (spec/noetl-python.md 5.7). `meta` lacks only what the control plane
    adds: `command_id`, and for the first step `catalog_id`, `execution_id`.
    """

    node: str
    tool_kind: str
    context: dict[str, Any]
    meta: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EmittedEvent:
    """An event of the engine itself: `loop.done`, `workflow.*`, `playbook.*`, with its columns."""

    event_type: str
    node_name: str
    status: str
    context: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a start or an event, in order: first the events, then the commands, then the last events.

    `status` is what `noetl.execution.status` becomes, or None to leave it.
    """

    events: tuple[EmittedEvent, ...] = ()
    commands: tuple[IssuedCommand, ...] = ()
    final_events: tuple[EmittedEvent, ...] = ()
    status: Literal["RUNNING", "COMPLETED", "FAILED", "CANCELLED"] | None = None


@dataclass(frozen=True, slots=True)
class CallEvent:
    """`call.done` or `call.error` of a command that this engine issued.

    `command` is that command, `payload` the event's payload as the worker sent it, `error` its error text.
    """

    name: Literal["call.done", "call.error"]
    command_id: int
    command: IssuedCommand
    payload: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    event_id: int = 0
