"""Ends of an execution that come from outside: cancel, finalize, and the worker's question whether it was cancelled."""

from __future__ import annotations

from contextlib import AsyncExitStack

from aiohttp import web
from pydantic import BaseModel

from harness.embedded.control_plane import store
from harness.embedded.control_plane.database import Cursor
from harness.embedded.control_plane.http import Refusal, number, optional_body, reply
from harness.embedded.control_plane.log import log
from harness.embedded.control_plane.services import Services, services

routes = web.RouteTableDef()

_COMPLETED = {"playbook.completed", "workflow.completed"}
_FAILED = {"playbook.failed", "workflow.failed", "command.failed"}


class CancelRequest(BaseModel):
    reason: str | None = "User requested cancellation"
    cascade: bool = True


class FinalizeRequest(BaseModel):
    reason: str = "Abandoned or timed out"


@routes.post("/api/executions/{execution_id}/cancel")
async def cancel(request: web.Request) -> web.Response:
    """Write `execution.cancelled` for an execution and, with `cascade`, for its descendants; rows of commands stay."""
    wanted = await optional_body(request, CancelRequest)
    execution_id = number(request, "execution_id")
    used = services(request)
    async with used.database.transaction() as cursor:
        if await store.catalog_of(cursor, execution_id) is None:
            raise Refusal(404, f"Execution {execution_id} not found")
        ended = await store.terminal_event(cursor, execution_id)
        family = await _family(cursor, execution_id) if wanted.cascade else [execution_id]
    if ended is not None:
        message = f"Execution {execution_id} is already {ended['status']}"
        return reply(_cancelled("already_completed", execution_id, [], message))
    cancelled = [one for one in family if await _cancel(used, one, execution_id, wanted)]
    message = f"Cancelled {len(cancelled)} execution(s)"
    return reply(_cancelled("cancelled", execution_id, cancelled, message))


def _cancelled(status: str, execution_id: int, cancelled: list[int], message: str) -> dict[str, object]:
    ids = [str(one) for one in cancelled]
    return {"status": status, "execution_id": str(execution_id), "cancelled_executions": ids, "message": message}


async def _family(cursor: Cursor, execution_id: int) -> list[int]:
    await cursor.execute(
        """
        WITH RECURSIVE family (execution_id) AS (
            SELECT %s::bigint
            UNION
            SELECT e.execution_id FROM noetl.execution e JOIN family f ON e.parent_execution_id = f.execution_id
        )
        SELECT execution_id FROM family ORDER BY execution_id
        """,
        (execution_id,),
    )
    return [int(row["execution_id"]) for row in await cursor.fetchall()]


async def _cancel(used: Services, execution_id: int, root_id: int, wanted: CancelRequest) -> bool:
    execution = used.executions.live(execution_id)
    async with AsyncExitStack() as stack:
        if execution is not None:
            await stack.enter_async_context(execution.lock)
        cursor = await stack.enter_async_context(used.database.transaction())
        if await store.terminal_event(cursor, execution_id):
            return False
        catalog_id = await store.catalog_of(cursor, execution_id)
        if catalog_id is None:
            return False
        meta = {
            "reason": wanted.reason,
            "cancelled_by": "api",
            "cascade": wanted.cascade,
            "parent_cancel_id": None if execution_id == root_id else str(root_id),
            "actionable": True,
        }
        event_id = used.ids.next()
        row = store.NewEvent(
            event_id, execution_id, catalog_id, "execution.cancelled", "cancel", "CANCELLED", meta=meta
        )
        await store.append(cursor, [row])
        if execution is not None:
            execution.engine.cancel()
            execution.ended = True
    log.info("Cancelled execution_id=%s", execution_id)
    return True


@routes.post("/api/executions/{execution_id}/finalize")
async def finalize(request: web.Request) -> web.Response:
    """End an execution that hangs: `workflow.failed` and `playbook.failed` with the reason."""
    wanted = await optional_body(request, FinalizeRequest)
    execution_id = number(request, "execution_id")
    execution = services(request).executions.live(execution_id)
    if execution is None:
        message = f"Execution {execution_id} not found in engine state store"
        return reply({"status": "not_found", "execution_id": str(execution_id), "message": message})
    async with execution.lock:
        if execution.ended:
            message = f"Execution {execution_id} is already completed"
            return reply({"status": "already_completed", "execution_id": str(execution_id), "message": message})
        await services(request).executions.fail(execution, wanted.reason)
    message = f"Emitted terminal events for execution {execution_id}"
    return reply({"status": "finalized", "execution_id": str(execution_id), "message": message})


@routes.get("/api/executions/{execution_id}/cancellation-check")
async def cancellation_check(request: web.Request) -> web.Response:
    """By the latest event alone, so RUNNING even for what completed (spec: noetl-python 5.8)."""
    execution_id = number(request, "execution_id")
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            """
            SELECT event_type, EXISTS (
                SELECT 1 FROM noetl.event WHERE execution_id = %(id)s AND event_type = 'execution.cancelled'
            ) AS cancelled
            FROM noetl.event WHERE execution_id = %(id)s ORDER BY event_id DESC LIMIT 1
            """,
            {"id": execution_id},
        )
        row = await cursor.fetchone()
    if row is None:
        raise Refusal(404, f"Execution {execution_id} not found")
    latest = row["event_type"]
    completed, failed = latest in _COMPLETED, latest in _FAILED
    status = "COMPLETED" if completed else "FAILED" if failed else "CANCELLED" if row["cancelled"] else "RUNNING"
    return reply(
        {
            "execution_id": str(execution_id),
            "status": status,
            "event_type": latest,
            "cancelled": row["cancelled"],
            "completed": completed,
            "failed": failed,
        }
    )
