"""How far a Python control plane came with what workers reported, from its `batch.*` rows.

A worker's results come as one batch; the engine issues what follows while it deals with the batch (spec: noetl-python
5.6). A Rust worker posts its events one by one, which leaves no such rows: then nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from harness.model.event import EventRow

_CLOSING = frozenset({"command.completed", "command.failed", "command.cancelled"})


class EngineState(StrEnum):
    """Whether the control plane still owes an answer to a result."""

    UNKNOWN = "unknown"
    IDLE = "idle"
    BUSY = "busy"
    FAILED = "failed"


def engine_state(events: Iterable[EventRow], execution_id: int) -> EngineState:
    """`IDLE`: every batch of the execution is done with, and the last result came in one of them. `FAILED`: the newest
    batch failed; one before it did no harm."""
    own = [event for event in events if event.execution_id == execution_id]
    batches: dict[str, str] = {}
    for event in sorted(own, key=lambda one: (one.created_at, one.event_id)):
        if event.event_type.startswith("batch."):
            stage = event.event_type.removeprefix("batch.")
            name = _batch(event)
            if batches.get(name) not in ("completed", "failed"):  # batch.accepted may carry a later time
                batches[name] = stage
    if any(stage not in ("completed", "failed") for stage in batches.values()):
        return EngineState.BUSY
    if batches and list(batches.values())[-1] == "failed":
        return EngineState.FAILED
    last = max((event for event in own if event.event_type in _CLOSING), key=lambda one: one.event_id, default=None)
    return EngineState.IDLE if last is not None and _batch(last) in batches else EngineState.UNKNOWN


def _batch(event: EventRow) -> str:
    return str(event.meta.get("batch_request_id") or "")
