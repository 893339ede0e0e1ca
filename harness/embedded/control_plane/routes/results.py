"""`/result`: results too big for an event; the Rust worker stores those over 100 KiB (spec: noetl-rust 2.3)."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import BaseModel

from harness.embedded.control_plane.http import Refusal, body, number, reply
from harness.embedded.control_plane.services import services

routes = web.RouteTableDef()


_SCOPES = ("step", "execution", "workflow", "permanent")


class PutRequest(BaseModel):
    name: str
    data: Any
    scope: str = "execution"
    source_step: str | None = None
    correlation: dict[str, Any] | None = None


@routes.put("/api/result/{execution_id}")
async def put(request: web.Request) -> web.Response:
    """Store data and answer with its reference."""
    wanted = await body(request, PutRequest)
    if wanted.scope not in _SCOPES:
        raise Refusal(400, f"Invalid scope: {wanted.scope}. Use: {', '.join(_SCOPES)}")
    kept = await services(request).references.put(
        number(request, "execution_id"),
        wanted.name,
        wanted.data,
        wanted.scope,
        wanted.source_step,
        wanted.correlation,
    )
    answer = {"ref": kept.ref, "store": kept.store, "scope": kept.scope, "expires_at": kept.expires_at}
    return reply({**answer, "bytes": kept.bytes, "sha256": kept.sha256})


@routes.get("/api/result/resolve")
async def resolve(request: web.Request) -> web.Response:
    """The data behind a reference."""
    ref = request.query.get("ref", "")
    try:
        return reply(await services(request).references.get(ref))
    except KeyError as error:
        raise Refusal(404, f"TempRef not found: {ref}") from error


@routes.get("/api/result/{execution_id}/{name}")
async def latest(request: web.Request) -> web.Response:
    """The data that was stored last under a name."""
    name = request.match_info["name"]
    try:
        return reply(await services(request).references.latest(number(request, "execution_id"), name))
    except KeyError as error:
        raise Refusal(404, f"Result not found for step: {name}") from error
