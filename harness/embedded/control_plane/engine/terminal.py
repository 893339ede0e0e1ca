"""The engine's own lifecycle events (spec: noetl-python 5.5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.embedded.control_plane.engine.state import Execution
from harness.embedded.control_plane.engine.types import EmittedEvent


def initialized(execution: Execution) -> tuple[EmittedEvent, EmittedEvent]:
    """`playbook.initialized` and `workflow.initialized`."""
    workload = {
        key: value
        for key, value in execution.variables.items()
        if not (isinstance(value, Mapping) and "status" in value)
    }
    started = {"workload": workload, "playbook_path": execution.path}
    entry = {"first_step": execution.playbook.entry_step}
    return (
        _event("playbook", execution.path, "initialized", result=started),
        _event("workflow", "workflow", "initialized", result={**entry, **started}),
    )


def finished(execution: Execution, final_step: str, result: Any, error: Any) -> tuple[EmittedEvent, EmittedEvent]:
    """`workflow.*` and `playbook.*`, with the result and the error of the event that ended the execution.

    Failed if any step ever failed, handled or not; then `error` is None unless the last event was the failure.
    The playbook event is named after `metadata.path`, or `playbook` where there is none.
    """
    outcome = "failed" if execution.failed or error is not None else "completed"
    path = str(execution.playbook.metadata.get("path", "playbook"))
    return (
        _event("workflow", "workflow", outcome, final_step, result, error),
        _event("playbook", path, outcome, final_step, result, error),
    )


def _event(
    kind: str, node: str, status: str, final_step: str | None = None, result: Any = None, error: Any = None
) -> EmittedEvent:
    return EmittedEvent(
        event_type=f"{kind}.{status}",
        node_name=node,
        status=status,
        context={"status": status, "final_step": final_step, "result": result, "error": error},
        result=dict(result) if isinstance(result, Mapping) and "status" in result else None,
        error=error if error is None or isinstance(error, str) else json.dumps(error, default=str),
    )
