"""Health, pool telemetry, metrics, and SQL on the platform database."""

from __future__ import annotations

from typing import Any

import psycopg
from aiohttp import web
from pydantic import BaseModel

from harness.embedded.control_plane.http import Refusal, body, reply
from harness.embedded.control_plane.services import services

routes = web.RouteTableDef()


class PostgresRequest(BaseModel):
    query: str | None = None
    parameters: Any = None


@routes.get("/health")
@routes.get("/api/health")
async def health(request: web.Request) -> web.Response:
    """Answers when the process can."""
    return reply({"status": "ok"})


@routes.get("/api/pool/status")
async def pool_status(request: web.Request) -> web.Response:
    """How busy the database connections are; Python workers slow down by it."""
    database = services(request).database
    return reply(
        {
            "pool_min": database.size,
            "pool_max": database.size,
            "pool_size": database.size,
            "pool_available": database.available,
            "requests_waiting": 0,
            "utilization": round(1 - database.available / database.size, 3),
            "slots_available": database.available,
            "status": "ok",
        }
    )


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """The one gauge that says the process is up."""
    return web.Response(text="# HELP noetl_up NoETL server up status\n# TYPE noetl_up gauge\nnoetl_up 1\n")


@routes.post("/api/postgres/execute")
async def execute(request: web.Request) -> web.Response:
    """Run a statement on the platform database: rows as objects, null for a statement without rows."""
    wanted = await body(request, PostgresRequest)
    if not wanted.query or not wanted.query.strip():
        raise Refusal(400, "query or procedure is required")
    values = wanted.parameters
    if values is not None and not isinstance(values, list | dict):
        values = [values]
    try:
        async with services(request).database.transaction() as cursor:
            await cursor.execute(wanted.query, values)
            rows = await cursor.fetchall() if cursor.description else None
    except psycopg.Error as error:
        return reply({"status": "error", "result": None, "error": str(error)})
    return reply({"status": "ok", "result": rows, "error": None})
