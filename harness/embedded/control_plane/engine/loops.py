"""Loops over a collection (spec: noetl-python 1.6).

Two departures from NoETL 4.12.0. A loop over a list of tasks issues no iteration twice. A loop over nothing is done at
once, where the release issues no command and no `loop.done`, so that nothing ever follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.embedded.control_plane.engine import results
from harness.embedded.control_plane.engine.commands import Turn, command
from harness.embedded.control_plane.engine.context import Signal, iteration_context, render_context
from harness.embedded.control_plane.engine.playbook import Loop, Step
from harness.embedded.control_plane.engine.state import Execution, LoopState
from harness.embedded.control_plane.engine.types import EmittedEvent, IssuedCommand
from harness.reference.templates import render_server, render_value

_FAILED_WORDS = ("FAILED", "ERROR")


class LoopError(Exception):
    """A loop that can not be started or go on. The text is what the execution fails with."""


def begin(turn: Turn, step: Step, loop: Loop, arguments: Mapping[str, Any]) -> tuple[IssuedCommand, ...]:
    """Starts a new run through `step`'s loop; returns its first commands, none for an empty collection."""
    execution = turn.execution
    execution.loops.pop(step.step, None)
    context = render_context(execution, turn.signal("loop_init", step.step))
    state = LoopState(
        epoch=f"loop_{execution.execution_id}_{int(turn.now().timestamp() * 1_000_000)}",
        iterator=loop.iterator,
        mode=loop.mode,
        collection=_collection(loop, context),
    )
    limit = _max_in_flight(loop, context)
    execution.loops[step.step] = state
    return _issue(turn, step, state, context, limit, arguments)


def proceed(turn: Turn, step: Step, loop: Loop) -> tuple[IssuedCommand, ...]:
    """The commands for which an iteration that came back has made room."""
    context = render_context(turn.execution, turn.signal("loop_init", step.step))
    return _issue(turn, step, turn.execution.loops[step.step], context, _max_in_flight(loop, context), {})


def record(state: LoopState, result: Any) -> None:
    """Counts an iteration that came back with call.done. One that failed is never counted."""
    state.done += 1
    state.last_result = results.bounded(result)
    if isinstance(result, Mapping):
        word = str(result.get("status") or "").upper()
        if word in _FAILED_WORDS:
            state.failed += 1
        elif word == "BREAK" or result.get("policy_break") is True:
            state.broken += 1


def is_done(state: LoopState) -> bool:
    return state.done >= len(state.collection)


def finish(turn: Turn, step: Step) -> Signal:
    """Keeps the loop's aggregate as the step's result, emits `loop.done` and forgets the results of other steps."""
    execution = turn.execution
    state = execution.loops[step.step]
    state.finished = True
    aggregate = state.aggregate()
    execution.complete(step.step, aggregate)
    payload = {
        "status": "completed",
        "iterations": state.done,
        "result": aggregate,
        "loop_event_id": state.epoch,
    }
    turn.events.append(EmittedEvent(event_type="loop.done", node_name=step.step, status="completed", context=payload))
    execution.forget_results(keep={step.step, execution.current_step})
    return turn.signal("loop.done", step.step, payload)


def _issue(
    turn: Turn, step: Step, state: LoopState, context: dict[str, Any], limit: int, arguments: Mapping[str, Any]
) -> tuple[IssuedCommand, ...]:
    room = max(limit - (state.scheduled - state.done), 0)
    last = min(state.scheduled + room, len(state.collection))
    return tuple(_iteration(turn, step, state, context, index, arguments) for index in range(state.scheduled, last))


def _iteration(
    turn: Turn, step: Step, state: LoopState, base: dict[str, Any], index: int, arguments: Mapping[str, Any]
) -> IssuedCommand:
    execution: Execution = turn.execution
    item = state.collection[index]
    state.scheduled = index + 1
    execution.variables[state.iterator] = item
    execution.variables["loop_index"] = index
    # The release leaks its own control keys into the input of every iteration.
    given = {
        **arguments,
        "__loop_collection_size": len(state.collection),
        "__loop_claimed_index": index,
        "__loop_epoch_id": state.epoch,
    }
    meta = {
        "loop_step": step.step,
        "loop_event_id": state.epoch,
        "__loop_epoch_id": state.epoch,
        "loop_iteration_index": index,
    }
    assert step.tool is not None
    return command(turn, step, step.tool, given, iteration_context(execution, base, state, index, item), meta)


def _collection(loop: Loop, context: dict[str, Any]) -> list[Any]:
    try:
        found = render_server(loop.in_, context)
    except Exception as failure:
        raise LoopError(str(failure)) from failure
    return _as_list(found)


def _as_list(value: Any) -> list[Any]:
    """A string or an object is one item; a text that is still a template is nothing."""
    if value is None or (isinstance(value, str) and ("{{" in value or "{%" in value)):
        return []
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    return [value]


def _max_in_flight(loop: Loop, context: dict[str, Any]) -> int:
    written = loop.spec.max_in_flight if loop.spec else None
    if loop.mode != "parallel" or not written:
        return 1
    rendered = render_value(written.strip(), context, strict=True) if isinstance(written, str) else written
    try:
        limit = int(rendered)
    except (TypeError, ValueError):
        limit = 0
    if limit < 1:
        raise LoopError(f"loop.spec.max_in_flight must render to a positive integer, got {rendered!r}")
    return limit
