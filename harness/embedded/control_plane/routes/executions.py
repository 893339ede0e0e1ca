"""`/executions`: what became of an execution, and its end from outside."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from harness.embedded.control_plane import store
from harness.embedded.control_plane.database import Cursor, Row
from harness.embedded.control_plane.executions import Execution
from harness.embedded.control_plane.http import Refusal, query, reply, utc, zulu
from harness.embedded.control_plane.services import services
from harness.embedded.control_plane.status import Facts, Standing, compact, durations, now_utc, standing

routes = web.RouteTableDef()

_EVENT_COLUMNS = (
    "event_id, event_type, node_id, node_name, status, created_at, context, result, error, catalog_id, "
    "parent_execution_id, parent_event_id, duration"
)


class Page(BaseModel):
    page: int = Field(1, ge=1)
    page_size: int = Field(100, ge=10, le=500)
    since_event_id: int | None = None
    event_type: str | None = None
    include_events: bool = True


class ListPage(BaseModel):
    page: int = 1
    page_size: int = 100


class StatusQuery(BaseModel):
    full: bool = False


def _id(request: web.Request) -> int:
    text = request.match_info["execution_id"]
    if not text.isdigit():
        raise Refusal(404, "Execution not found")
    return int(text)


async def _standing(cursor: Cursor, execution_id: int, execution: Execution | None) -> tuple[Standing, Row | None]:
    terminal = await store.terminal_event(cursor, execution_id)
    open_now = await store.open_commands(cursor, execution_id)
    if execution is not None:
        failed, waiting = execution.engine.failed, execution.waiting
    else:
        failed, waiting = bool(await store.terminal_event(cursor, execution_id, ["command.failed"])), 0
    facts = Facts(terminal["event_type"] if terminal else None, not open_now and not waiting, failed)
    return standing(facts), terminal


async def _edge(cursor: Cursor, execution_id: int, newest: bool) -> Row | None:
    await cursor.execute(
        f"""
        SELECT event_type, node_name, status, error, catalog_id, parent_execution_id, created_at FROM noetl.event
        WHERE execution_id = %s ORDER BY event_id {"DESC" if newest else "ASC"} LIMIT 1
        """,
        (execution_id,),
    )
    return await cursor.fetchone()


@routes.get("/api/executions/{execution_id}/status")
async def status(request: web.Request) -> web.Response:
    """The engine's view: steps, variables, and whether it is over."""
    execution_id = _id(request)
    used = services(request)
    execution = used.executions.live(execution_id)
    async with AsyncExitStack() as stack:
        if execution is not None:
            await stack.enter_async_context(execution.lock)
        cursor = await stack.enter_async_context(used.database.transaction())
        first = await _edge(cursor, execution_id, newest=False)
        if first is None:
            raise Refusal(404, "Execution not found")
        latest = await _edge(cursor, execution_id, newest=True) or first
        where, terminal = await _standing(cursor, execution_id, execution)
        end = (terminal or latest)["created_at"] if where.ended else None
        full = query(request, StatusQuery).full
        return reply(
            {
                "execution_id": request.match_info["execution_id"],
                **_progress(execution, latest, full),
                "failed": where.status == "FAILED",
                "completed": where.status in ("COMPLETED", "CANCELLED"),
                "completion_inferred": where.inferred,
                "start_time": _iso(first["created_at"]),
                "end_time": _iso(end),
                **durations(first["created_at"], end, now_utc()),
            }
        )


def _progress(execution: Execution | None, latest: Row, full: bool) -> dict[str, Any]:
    if execution is None:
        empty: dict[str, Any] = {"completed_steps": [], "variables": {}, "source": "event_log_fallback"}
        return {"current_step": latest["node_name"], **empty}
    variables = dict(execution.engine.variables)
    return {
        "current_step": execution.engine.current_step,
        "completed_steps": list(execution.engine.completed_steps),
        "variables": variables if full else compact(variables),
    }


def _iso(moment: datetime | None) -> str | None:
    aware = utc(moment)
    return aware.isoformat() if aware else None


@routes.get("/api/executions")
async def executions(request: web.Request) -> web.Response:
    """Newest first; only an explicit terminal event ends an execution in this list."""
    wanted = query(request, ListPage)
    size = max(1, min(200, wanted.page_size))
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            """
            SELECT e.execution_id, e.catalog_id, e.parent_execution_id, e.error, e.start_time, c.path, c.version,
                t.event_type AS terminal, t.created_at AS end_time
            FROM noetl.execution e
            JOIN noetl.catalog c USING (catalog_id)
            LEFT JOIN LATERAL (
                SELECT event_type, created_at FROM noetl.event
                WHERE execution_id = e.execution_id AND event_type = ANY(%s) ORDER BY event_id DESC LIMIT 1
            ) t ON true
            ORDER BY e.start_time DESC, e.execution_id DESC LIMIT %s OFFSET %s
            """,
            (list(store.TERMINAL_EVENTS), size, (max(1, wanted.page) - 1) * size),
        )
        rows = await cursor.fetchall()
    return reply([_summary(row, standing(Facts(row["terminal"], idle=False, failed=False))) for row in rows])


def _summary(row: Row, where: Standing) -> dict[str, Any]:
    parent = row["parent_execution_id"]
    end = row["end_time"] if where.ended else None
    return {
        "execution_id": str(row["execution_id"]),
        "catalog_id": str(row["catalog_id"]),
        "path": row["path"],
        "version": row["version"],
        "status": where.status,
        "start_time": zulu(row["start_time"]),
        "end_time": zulu(end),
        **durations(row["start_time"], end, now_utc()),
        "progress": 100 if where.ended else 0,
        "result": None,
        "error": row["error"],
        "parent_execution_id": None if parent is None else str(parent),
    }


@routes.get("/api/executions/{execution_id}")
async def execution_detail(request: web.Request) -> web.Response:
    """One execution with a page of its events, newest first."""
    wanted = query(request, Page)
    execution_id = _id(request)
    used = services(request)
    async with used.database.transaction() as cursor:
        detail = await _detail(cursor, execution_id, used.executions.live(execution_id))
        events, pages = await _page(cursor, execution_id, wanted) if wanted.include_events else ([], None)
    answer = {
        **detail,
        "events": events,
        "events_included": wanted.include_events,
        "events_endpoint": f"/api/executions/{execution_id}/events",
        "pagination": pages,
    }
    return reply(answer)


async def _detail(cursor: Cursor, execution_id: int, execution: Execution | None) -> dict[str, Any]:
    first = await _edge(cursor, execution_id, newest=False)
    if first is None:
        raise Refusal(404, f"Execution {execution_id} not found")
    latest = await _edge(cursor, execution_id, newest=True) or first
    await cursor.execute("SELECT path, version FROM noetl.catalog WHERE catalog_id = %s", (first["catalog_id"],))
    entry = await cursor.fetchone() or {"path": "unknown", "version": 0}
    where, terminal = await _standing(cursor, execution_id, execution)
    row = {
        **first,
        **entry,
        "execution_id": execution_id,
        "start_time": first["created_at"],
        "end_time": (terminal or latest)["created_at"],
        "error": terminal["error"] if terminal and terminal["error"] is not None else latest["error"],
    }
    return _summary(row, where)


async def _page(cursor: Cursor, execution_id: int, wanted: Page) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    chosen = """
        execution_id = %(execution)s AND (%(since)s::bigint IS NULL OR event_id > %(since)s)
        AND (%(type)s::text IS NULL OR event_type = %(type)s)
    """
    values = {
        "execution": execution_id,
        "since": wanted.since_event_id,
        "type": wanted.event_type,
        "size": wanted.page_size,
        "skip": (wanted.page - 1) * wanted.page_size,
    }
    await cursor.execute(f"SELECT count(*) AS total FROM noetl.event WHERE {chosen}", values)
    counted = await cursor.fetchone()
    total = int(counted["total"]) if counted else 0
    await cursor.execute(
        f"""
        SELECT {_EVENT_COLUMNS} FROM noetl.event WHERE {chosen}
        ORDER BY event_id DESC LIMIT %(size)s OFFSET %(skip)s
        """,
        values,
    )
    events = [_item(row, execution_id) for row in await cursor.fetchall()]
    pages = max(1, -(-total // wanted.page_size))
    return events, {
        "page": wanted.page,
        "page_size": wanted.page_size,
        "total_events": total,
        "total_pages": pages,
        "has_next": wanted.page < pages,
        "has_prev": wanted.page > 1,
    }


def _item(row: Row, execution_id: int) -> dict[str, Any]:
    ids = {
        key: None if row[key] is None else str(row[key])
        for key in ("catalog_id", "parent_execution_id", "parent_event_id")
    }
    when = zulu(row["created_at"])
    return {"execution_id": str(execution_id), **row, **ids, "created_at": when, "timestamp": when}


@routes.get("/api/executions/{execution_id}/events")
async def events(request: web.Request) -> web.Response:
    """A page of events alone."""
    wanted = query(request, Page)
    execution_id = _id(request)
    used = services(request)
    async with used.database.transaction() as cursor:
        detail = await _detail(cursor, execution_id, used.executions.live(execution_id))
        items, pages = await _page(cursor, execution_id, wanted)
    named = {key: detail[key] for key in ("execution_id", "path", "status")}
    return reply({**named, "events": items, "pagination": pages})
