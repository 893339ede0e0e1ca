"""`/events`: what workers report."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from harness.embedded.control_plane.http import Refusal, body, reply
from harness.embedded.control_plane.services import services
from harness.embedded.control_plane.wire import BatchRequest, EventRequest

routes = web.RouteTableDef()


@routes.post("/api/events")
async def single(request: web.Request) -> web.Response:
    """One event; it is stored, and acted on, before the answer."""
    event = await body(request, EventRequest)
    event_id, issued = await services(request).ingest.single(event)
    return reply({"status": "ok", "event_id": event_id, "commands_generated": issued})


@routes.post("/api/events/batch")
async def batch(request: web.Request) -> web.Response:
    """Several events of one execution; stored before the answer, acted on after it."""
    wanted = await body(request, BatchRequest)
    key = request.headers.get("Idempotency-Key") or request.headers.get("X-Idempotency-Key")
    batches = services(request).batches
    try:
        accepted = await batches.accept(wanted, key)
    except ValueError as error:
        raise Refusal(500, {"code": "enqueue_error", "message": str(error)}) from error
    answer: dict[str, Any] = {
        "status": "accepted",
        "request_id": accepted.request_id,
        "event_ids": accepted.event_ids,
        "commands_generated": 0,
        "queue_depth": batches.depth,
        "duplicate": accepted.duplicate,
        "idempotency_key": key,
    }
    return reply(answer, 202)


@routes.get("/api/events/batch/{request_id}/status")
async def batch_status(request: web.Request) -> web.Response:
    """How far a batch is: accepted, processing, completed or failed."""
    request_id = request.match_info["request_id"]
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            """
            SELECT execution_id, event_type, status, result, error, created_at, meta FROM noetl.event
            WHERE node_name = 'events.batch' AND meta ->> 'batch_request_id' = %s
            ORDER BY event_id DESC LIMIT 1
            """,
            (request_id,),
        )
        row = await cursor.fetchone()
    if row is None:
        raise Refusal(404, f"Batch request not found: {request_id}")
    context = (row["result"] or {}).get("context") or {}
    return reply(
        {
            "request_id": request_id,
            "execution_id": str(row["execution_id"]),
            "state": row["event_type"].removeprefix("batch."),
            "status": row["status"],
            "error_code": context.get("error_code"),
            "message": context.get("message") or row["error"],
            "commands_generated": context.get("commands_generated"),
            "idempotency_key": (row["meta"] or {}).get("idempotency_key"),
            "updated_at": f"{row['created_at'].isoformat()}+00:00",
        }
    )
