"""What templates see, and what a command carries as its `render_context` (spec: noetl-python 1.10, 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harness.embedded.control_plane.engine import results
from harness.embedded.control_plane.engine.state import SEQUENCE_SUFFIX, Execution, LoopState

_PROTECTED = frozenset({"execution_id", "catalog_id", "job"})


@dataclass(frozen=True, slots=True)
class Signal:
    """The event that templates are rendered for: a worker's, the engine's `loop.done`, or the making of a command."""

    name: str
    step: str
    at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


def render_context(execution: Execution, signal: Signal) -> dict[str, Any]:
    """The bindings for `signal`. A snapshot: later changes of the execution do not show in it."""
    loop = execution.loops.get(signal.step)
    variables = dict(execution.variables)
    identity = str(execution.execution_id)
    context: dict[str, Any] = {
        "event": {
            "name": signal.name,
            "payload": dict(signal.payload),
            "step": signal.step,
            "timestamp": _written(signal.at),
        },
        "ctx": variables,
        "iter": _iteration(execution, loop) if loop else {},
        "workload": dict(variables),
    }
    for name, value in (*execution.step_results.items(), *variables.items()):
        if name not in context and name not in _PROTECTED:
            context[name] = value
    context["execution_id"] = identity
    context["catalog_id"] = str(execution.catalog_id) if execution.catalog_id else None
    context["job"] = {"uuid": identity, "execution_id": identity, "id": identity}
    if loop:
        context["loop"] = loop_binding(loop, len(loop.collection))
    context["output"] = results.output_view(signal.payload, _result_of(execution, signal.step))
    if context["output"]["error"] is not None:
        context["error"] = context["output"]["error"]
    return context


def iteration_context(
    execution: Execution, base: Mapping[str, Any], loop: LoopState, index: int, item: Any
) -> dict[str, Any]:
    """`base` for one iteration of `loop`, whose item and index are already variables of `execution`."""
    return {
        **base,
        "ctx": dict(execution.variables),
        "workload": dict(execution.variables),
        loop.iterator: item,
        "loop_index": index,
        "iter": {
            **base["iter"],
            loop.iterator: item,
            "_index": index,
            "_first": index == 0,
            "_last": index >= len(loop.collection) - 1,
            "loop_event_id": loop.epoch,
        },
        # The release looks the length up under a key that is never written: in commands it is always 0.
        "loop": loop_binding(loop, 0),
    }


def loop_binding(loop: LoopState, length: int) -> dict[str, Any]:
    return {
        "index": max(loop.scheduled - 1, 0),
        "first": loop.scheduled == 1,
        "length": length,
        "done": loop.finished,
    }


def _iteration(execution: Execution, loop: LoopState) -> dict[str, Any]:
    bindings = {loop.iterator: execution.variables[loop.iterator]} if loop.iterator in execution.variables else {}
    return bindings | {
        "_index": max(loop.scheduled - 1, 0),
        "_first": loop.scheduled == 1,
        "_last": loop.scheduled >= len(loop.collection) - 1,
    }


def _result_of(execution: Execution, step: str) -> Any:
    found = execution.step_results.get(step)
    return found if found is not None else execution.step_results.get(step.removesuffix(SEQUENCE_SUFFIX))


def _written(moment: datetime) -> str:
    """UTC without its offset, as the release writes it."""
    return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None).isoformat()
