"""Single events, as the Rust worker posts them, and how an outcome drives its execution (spec: noetl-rust 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Literal

from harness.embedded.control_plane import store
from harness.embedded.control_plane.database import Cursor, Database
from harness.embedded.control_plane.engine.types import CallEvent
from harness.embedded.control_plane.executions import Execution, Executions
from harness.embedded.control_plane.ids import Snowflakes
from harness.embedded.control_plane.log import log
from harness.embedded.control_plane.results import (
    check_payload,
    command_id_of,
    error_text,
    status_from_name,
    stored_result,
)
from harness.embedded.control_plane.wire import EventItem, EventRequest

_ONCE = {"call.done", "call.error", "step.exit", "command.started", "command.completed", "command.failed"}


def _outcome(event: EventItem, command_id: int | None) -> Literal["call.done", "call.error"] | None:
    """What an event means for its command, if it says that it is over.

    `step.exit` and `command.failed` stand in for a `call.*` that never came (spec: noetl-rust 2.3), but only where they
    name their command: the next visit of the step may be out already.
    """
    match event.name:
        case "call.done" | "call.error":
            return event.name
        case "step.exit" if command_id is not None:
            return "call.error" if str(event.payload.get("status")).upper() == "FAILED" else "call.done"
        case "command.failed" if command_id is not None:
            return "call.error"
    return None


class Ingest:
    """Stores events and drives executions with their outcomes, in order within each execution."""

    def __init__(self, database: Database, executions: Executions, ids: Snowflakes) -> None:
        self._database = database
        self._executions = executions
        self._ids = ids

    async def single(self, event: EventRequest) -> tuple[int, int]:
        """Store one event and act on it: its id, and how many commands it led to.

        A repeated event of a command is stored once; that is how a worker may retry. Raises `ValueError` for a payload
        that NoETL refuses.
        """
        check_payload(event.payload)
        execution_id = int(event.execution_id)
        command_id = command_id_of(event.payload, event.meta)
        execution = self._executions.live(execution_id)
        async with AsyncExitStack() as stack:
            if execution is not None:
                await stack.enter_async_context(execution.lock)
            async with self._database.transaction() as cursor:
                if command_id is not None and event.name in _ONCE:
                    earlier = await store.duplicate(cursor, execution_id, event.name, event.step, command_id)
                    if earlier is not None:
                        return earlier, 0
                event_id = await self._store(cursor, event, execution_id, command_id)
            if execution is None:
                return event_id, 0
            trigger = {"triggered_by": event.name, "trigger_step": event.step}
            return event_id, await self.drive(execution, event, command_id, event_id, trigger)

    async def _store(self, cursor: Cursor, event: EventRequest, execution_id: int, command_id: int | None) -> int:
        """As NoETL does, the columns worker_id and command_id stay NULL for a single event: both are in its meta."""
        catalog_id = await store.catalog_of(cursor, execution_id)
        event_id = self._ids.next()
        status = status_from_name(event.name)
        result, error = stored_result(event.payload, status), error_text(event.payload)
        meta = {
            **(event.meta or {}),
            "actionable": event.actionable,
            "informative": event.informative,
            "worker_id": event.worker_id,
            "command_id": command_id,
            "persisted_event_id": str(event_id),
        }
        row = store.NewEvent(
            event_id=event_id,
            execution_id=execution_id,
            catalog_id=catalog_id,
            event_type=event.name,
            node=event.step,
            status=status,
            result=result,
            meta=meta,
            error=error,
        )
        await store.append(cursor, [row])
        if command_id is not None:
            await store.move_command(cursor, event.name, command_id, event_id, result, error)
        return event_id

    async def drive(
        self,
        execution: Execution,
        event: EventItem,
        command_id: int | None,
        event_id: int,
        trigger: Mapping[str, Any],
    ) -> int:
        """Hand a stored event to its execution, under its lock; how many commands it led to.

        Anything but an outcome changes nothing. Raises `commands.InvalidCommand`.
        """
        outcome = _outcome(event, command_id)
        if outcome is None:
            return 0
        known = execution.find(command_id, event.step)
        if known is None:
            what = f"{event.name} of step {event.step} belongs to no command"
            log.warning("%s execution_id=%s command_id=%s", what, execution.execution_id, command_id)
            return 0
        call = CallEvent(
            name=outcome,
            command_id=known,
            command=execution.commands[known],
            payload=event.payload,
            error=error_text(event.payload),
            event_id=event_id,
        )
        return await self._executions.drive(execution, call, trigger)
