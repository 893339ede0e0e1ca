"""Health, pool telemetry, metrics, and SQL for clients."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from aiohttp import web
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from pydantic import BaseModel, Field

from harness.embedded.control_plane.database import Cursor, Database
from harness.embedded.control_plane.http import Refusal, body, reply
from harness.embedded.control_plane.routes import credentials
from harness.embedded.control_plane.services import services
from harness.reference.routing import RUST_SERVER, SINCE

routes = web.RouteTableDef()


class PostgresRequest(BaseModel):
    query: str | None = None
    procedure: str | None = None
    parameters: Any = None
    search_path: str | None = Field(None, alias="schema")
    database: str | None = None
    credential: str | None = None
    connection_string: str | None = Field(None, repr=False)


@routes.get("/health")
@routes.get("/api/health")
async def health(request: web.Request) -> web.Response:
    """Answers when the process can. Rust servers tell their version: ours is the oldest that routes as it does."""
    version = {"version": SINCE} if services(request).routing == RUST_SERVER else {}
    return reply({"status": "ok", **version})


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
    """Run a statement: rows as objects, null for a statement without rows.

    Where: `connection_string`, else the postgres `credential`, else `database`, else the platform database.
    """
    wanted = await body(request, PostgresRequest)
    statement = (wanted.query or wanted.procedure or "").strip()
    if not statement:
        raise Refusal(400, "query or procedure is required")
    values = wanted.parameters
    if values is not None and not isinstance(values, list | dict):
        values = [values]
    try:
        async with _cursor(services(request).database, wanted) as cursor:
            await cursor.execute(statement, values)
            rows = await cursor.fetchall() if cursor.description else None
    except psycopg.Error as error:
        return reply({"status": "error", "result": None, "error": str(error)})
    return reply({"status": "ok", "result": rows, "error": None})


@asynccontextmanager
async def _cursor(database: Database, wanted: PostgresRequest) -> AsyncIterator[Cursor]:
    if not (wanted.connection_string or wanted.credential or wanted.database):
        async with database.transaction() as cursor:
            yield cursor
        return
    dsn = wanted.connection_string or await _dsn(database, wanted)
    async with (
        await psycopg.AsyncConnection.connect(dsn, row_factory=dict_row) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor


async def _dsn(database: Database, wanted: PostgresRequest) -> str:
    if not wanted.credential:
        options = f"-c search_path={wanted.search_path}" if wanted.search_path else None
        return database.dsn(dbname=wanted.database, options=options)
    async with database.transaction() as cursor:
        found = await credentials.find(cursor, wanted.credential)
    if found["type"] != "postgres":
        detail = f"Credential '{wanted.credential}' not found or not a postgres credential"
        raise Refusal(400, detail)
    data = json.loads(found["data_encrypted"])
    fields = {
        "dbname": data.get("db_name") or data.get("database"),
        "user": data.get("db_user") or data.get("user"),
        "password": data.get("db_password") or data.get("password"),
        "host": data.get("db_host") or data.get("host"),
        "port": data.get("db_port") or data.get("port"),
    }
    if not all(fields.values()):
        raise Refusal(400, f"Credential '{wanted.credential}' missing required fields")
    schema = wanted.search_path or data.get("db_schema") or data.get("schema", "public")
    return make_conninfo("", **fields, options=f"-c search_path={schema}")
