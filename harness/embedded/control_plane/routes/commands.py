"""`/commands/{event_id}`: a worker fetches and claims what was announced to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, assert_never

from aiohttp import web

from harness.embedded.control_plane import store
from harness.embedded.control_plane.claims import RETRY_AFTER_SECONDS, Busy, Grant, Holder, Same, decide
from harness.embedded.control_plane.database import Cursor, Row
from harness.embedded.control_plane.http import Refusal, body, number, reply
from harness.embedded.control_plane.log import log
from harness.embedded.control_plane.results import stored_result
from harness.embedded.control_plane.services import services
from harness.embedded.control_plane.wire import ClaimRequest

routes = web.RouteTableDef()

_ENDED = ("COMPLETED", "FAILED", "CANCELLED")
_RETRY = {"Retry-After": str(RETRY_AFTER_SECONDS)}


async def _command(cursor: Cursor, event_id: int, lock: bool) -> Row:
    await cursor.execute(
        f"SELECT * FROM noetl.command WHERE event_id = %s {'FOR UPDATE' if lock else ''}",
        (event_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise Refusal(404, f"command not found: {event_id}")
    return row


def _described(row: Row) -> dict[str, Any]:
    return {
        "execution_id": row["execution_id"],
        "node_id": row["step_name"],
        "node_name": row["step_name"],
        "action": row["tool_kind"],
        "context": row["context"] or {},
        "meta": row["meta"] or {},
    }


@routes.get("/api/commands/{event_id}")
async def command(request: web.Request) -> web.Response:
    """A command, without claiming it."""
    event_id = number(request, "event_id")
    async with services(request).database.transaction() as cursor:
        return reply(_described(await _command(cursor, event_id, lock=False)))


@routes.post("/api/commands/{event_id}/claim")
async def claim(request: web.Request) -> web.Response:
    """Give a command to one worker. Claimed twice by the same worker before it starts: the same answer twice."""
    event_id = number(request, "event_id")
    wanted = await body(request, ClaimRequest)
    used = services(request)
    async with used.database.transaction() as cursor:
        row = await _command(cursor, event_id, lock=True)
        if row["status"] in _ENDED:
            raise Refusal(409, {"code": "already_terminal", "message": f"Command status: {row['status']}"})
        if await store.terminal_event(cursor, row["execution_id"]):
            raise Refusal(409, {"code": "already_terminal", "message": "Execution already reached terminal state"})
        holder = await _holder(cursor, row)
        match decide(holder, wanted.worker_id, datetime.now(UTC), used.timing):
            case Same():
                pass
            case Busy(itself=True):
                raise Refusal(409, {"code": "active_claim", "worker_status": "running"}, _RETRY)
            case Busy():
                raise Refusal(409, {"code": "active_claim", "worker_id": row["worker_id"]}, _RETRY)
            case Grant(reason):
                new_id = used.ids.next()
                await store.append(cursor, [_claimed(row, wanted, new_id, reason)])
                await store.claim(cursor, row["command_id"], wanted.worker_id, new_id)
                log.info(
                    "Claimed by %s%s execution_id=%s command_id=%s",
                    wanted.worker_id,
                    f" from {row['worker_id']} ({reason})" if reason else "",
                    row["execution_id"],
                    row["command_id"],
                )
            case never:
                assert_never(never)
    return reply({"status": "ok", "event_id": event_id, **_described(row)})


async def _holder(cursor: Cursor, row: Row) -> Holder | None:
    if row["status"] == "PENDING" or row["worker_id"] is None:
        return None
    await cursor.execute(
        "SELECT status, heartbeat FROM noetl.runtime WHERE kind = 'worker_pool' AND name = %s", (row["worker_id"],)
    )
    worker = await cursor.fetchone() or {}
    since = row["claimed_at"] or row["started_at"] or row["updated_at"]
    return Holder(row["worker_id"], since, row["status"] == "RUNNING", worker.get("status"), worker.get("heartbeat"))


def _claimed(row: Row, wanted: ClaimRequest, event_id: int, reason: str | None) -> store.NewEvent:
    """As NoETL does, the column command_id stays NULL: the id is in meta and in the result's context."""
    meta: dict[str, Any] = {
        "command_id": row["command_id"],
        "worker_id": wanted.worker_id,
        "actionable": False,
        "informative": True,
    }
    if wanted.locality:
        meta["locality"] = wanted.locality
        meta["worker_locator"] = _locator(wanted.worker_id, wanted.locality)
    if reason:
        meta |= {"reclaimed": True, "reclaimed_from_worker": row["worker_id"], "reclaimed_reason": reason}
    return store.NewEvent(
        event_id,
        row["execution_id"],
        row["catalog_id"],
        "command.claimed",
        row["step_name"],
        "RUNNING",
        result=stored_result({"command_id": row["command_id"]}, "RUNNING"),
        meta=meta,
        worker_id=wanted.worker_id,
    )


def _locator(worker_id: str, locality: dict[str, Any]) -> str:
    parts = ["tenant", "default", "org", "default"]
    for key, label in (("region", "region"), ("zone", "zone"), ("cluster_id", "cluster"), ("node_id", "node")):
        if locality.get(key):
            parts += [label, str(locality[key])]
    parts += ["worker", str(locality.get("worker_pool") or worker_id)]
    return "noetl://" + "/".join(parts)
