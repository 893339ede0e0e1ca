"""`/worker`: which workers there are (spec: noetl-python 8, noetl-rust 2.4)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from aiohttp import web
from psycopg.types.json import Jsonb
from pydantic import AliasChoices, BaseModel, BeforeValidator, Field

from harness.embedded.control_plane.http import Refusal, body, query, reply
from harness.embedded.control_plane.log import log
from harness.embedded.control_plane.services import services

routes = web.RouteTableDef()

_RETRY_AFTER = {"Retry-After": "3"}


def _text(value: Any) -> Any:
    return value if value is None else str(value).strip()


class Registration(BaseModel):
    name: Annotated[str, BeforeValidator(_text)]
    kind: Literal["worker_pool"] = Field("worker_pool", validation_alias=AliasChoices("component_type", "kind"))
    runtime: Annotated[str | None, BeforeValidator(_text)] = None
    uri: Annotated[str | None, BeforeValidator(_text)] = Field(None, validation_alias=AliasChoices("base_url", "uri"))
    status: Annotated[str, BeforeValidator(lambda value: str(value).strip().lower())] = "ready"
    capacity: int | None = Field(None, ge=0)
    labels: dict[str, Any] | None = None
    pid: int | None = None
    hostname: Annotated[str | None, BeforeValidator(_text)] = None
    meta: dict[str, Any] | None = None


class Named(BaseModel):
    name: Annotated[str, BeforeValidator(_text)]


class ListQuery(BaseModel):
    runtime: str | None = None
    status: str | None = None


@routes.post("/api/worker/pool/register")
async def register(request: web.Request) -> web.Response:
    """Add a worker, or renew its row."""
    wanted = await body(request, Registration)
    used = services(request)
    runtime = {"type": wanted.runtime, "pid": wanted.pid, "hostname": wanted.hostname, **(wanted.meta or {})}
    async with used.database.transaction() as cursor:
        await cursor.execute(
            """
            INSERT INTO noetl.runtime (runtime_id, name, kind, uri, status, labels, capacity, runtime)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (kind, name) DO UPDATE SET uri = excluded.uri, status = excluded.status,
                labels = excluded.labels, capacity = excluded.capacity, runtime = excluded.runtime,
                heartbeat = now(), updated_at = now()
            RETURNING runtime_id
            """,
            (
                used.ids.next(),
                wanted.name,
                wanted.kind,
                wanted.uri,
                wanted.status,
                None if wanted.labels is None else Jsonb(wanted.labels),
                wanted.capacity,
                Jsonb(runtime),
            ),
        )
        row = await cursor.fetchone()
    assert row is not None
    log.info("Worker registered %s runtime=%s", wanted.name, wanted.runtime)
    answer = {"status": "ok", "name": wanted.name, "runtime_id": str(row["runtime_id"])}
    return reply({**answer, "kind": wanted.kind, "runtime": wanted.runtime})


@routes.post("/api/worker/pool/deregister")
@routes.delete("/api/worker/pool/deregister")
async def deregister(request: web.Request) -> web.Response:
    """Mark a worker offline. Workers use POST; both methods take the name in the body."""
    wanted = await body(request, Named)
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            "UPDATE noetl.runtime SET status = 'offline', updated_at = now() WHERE kind = 'worker_pool' AND name = %s",
            (wanted.name,),
        )
    log.info("Worker deregistered %s", wanted.name)
    answer = {"status": "ok", "name": wanted.name, "runtime_id": None}
    return reply({**answer, "kind": "worker_pool", "runtime": None})


@routes.post("/api/worker/pool/heartbeat")
async def heartbeat(request: web.Request) -> web.Response:
    """A worker lives; 404 for one that never registered."""
    wanted = await body(request, Named)
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            """
            UPDATE noetl.runtime SET heartbeat = now(), status = 'ready', updated_at = now()
            WHERE kind = 'worker_pool' AND name = %s RETURNING runtime_id
            """,
            (wanted.name,),
        )
        row = await cursor.fetchone()
    if row is None:
        raise Refusal(404, {"status": "unknown", "name": wanted.name}, _RETRY_AFTER)
    return reply({"status": "ok", "name": wanted.name, "runtime_id": str(row["runtime_id"]), "runtime": None})


@routes.get("/api/worker/pools")
async def pools(request: web.Request) -> web.Response:
    """All workers by name."""
    wanted = query(request, ListQuery)
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            """
            SELECT name, runtime, status, capacity, labels, heartbeat, created_at, updated_at FROM noetl.runtime
            WHERE kind = 'worker_pool' AND (%(runtime)s::text IS NULL OR runtime ->> 'type' = lower(%(runtime)s))
                AND (%(status)s::text IS NULL OR status = lower(%(status)s))
            ORDER BY name
            """,
            {"runtime": wanted.runtime, "status": wanted.status},
        )
        rows = await cursor.fetchall()
    return reply({"items": rows, "count": len(rows), "runtime": wanted.runtime, "status": wanted.status, "error": None})
