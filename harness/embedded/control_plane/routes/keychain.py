"""`/keychain/{catalog_id}/{name}`: tokens that outlive a command (spec: noetl-python 4.3)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from harness.embedded.control_plane.http import body, number, query, reply
from harness.embedded.control_plane.keychain import TTL, Entry, Scope, cache_key, save
from harness.embedded.control_plane.services import services
from harness.embedded.control_plane.status import now_utc

routes = web.RouteTableDef()


class SetRequest(BaseModel):
    token_data: dict[str, Any] = Field(repr=False)
    credential_type: str
    cache_type: Literal["token", "secret"] = "token"
    scope_type: Scope = "global"
    execution_id: int | None = None
    parent_execution_id: int | None = None
    ttl_seconds: int | None = None
    expires_at: datetime | None = None
    auto_renew: bool = False
    renew_config: dict[str, Any] | None = None


class GetQuery(BaseModel):
    execution_id: int | None = None
    scope_type: str = "global"


@routes.post("/api/keychain/{catalog_id}/{name}")
async def put(request: web.Request) -> web.Response:
    """Store an entry until it expires."""
    wanted = await body(request, SetRequest)
    name, catalog_id = request.match_info["name"], number(request, "catalog_id")
    if wanted.ttl_seconds is None and wanted.expires_at is not None:
        expires, ttl = wanted.expires_at, int((wanted.expires_at - now_utc()).total_seconds())
    else:
        ttl = wanted.ttl_seconds if wanted.ttl_seconds is not None else TTL[wanted.scope_type]
        expires = now_utc() + timedelta(seconds=ttl)
    entry = Entry(
        name=name,
        catalog_id=catalog_id,
        data=wanted.token_data,
        credential_type=wanted.credential_type,
        cache_type=wanted.cache_type,
        scope=wanted.scope_type,
        expires_at=expires,
        execution_id=wanted.execution_id,
        parent_execution_id=wanted.parent_execution_id,
        auto_renew=wanted.auto_renew,
        renew_config=wanted.renew_config,
    )
    async with services(request).database.transaction() as cursor:
        await save(cursor, entry)
    return reply(
        {
            "status": "success",
            "message": f"Keychain entry cached successfully with {ttl}s TTL",
            "keychain_name": name,
            "catalog_id": catalog_id,
            "cache_key": cache_key(name, catalog_id, wanted.scope_type, wanted.execution_id),
            "expires_at": expires,
            "ttl_seconds": ttl,
            "auto_renew": wanted.auto_renew,
        }
    )


@routes.get("/api/keychain/{catalog_id}/{name}")
async def get(request: web.Request) -> web.Response:
    """An entry: `success`, `expired` (only where it renews itself) or `not_found`, each with status 200."""
    wanted = query(request, GetQuery)
    name, catalog_id = request.match_info["name"], number(request, "catalog_id")
    key = cache_key(name, catalog_id, wanted.scope_type, wanted.execution_id)
    answer: dict[str, Any] = {"status": "not_found", "keychain_name": name, "catalog_id": catalog_id, "cache_key": key}
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            """
            UPDATE noetl.keychain SET accessed_at = now(), access_count = access_count + 1 WHERE cache_key = %s
            RETURNING data_encrypted, credential_type, cache_type, scope_type, expires_at, accessed_at, access_count,
                auto_renew, renew_config
            """,
            (key,),
        )
        row = await cursor.fetchone()
    nothing = {"token_data": None, "auto_renew": False, "expired": False}
    if row is None:
        return reply({**answer, **nothing})
    left = (row["expires_at"] - now_utc()).total_seconds()
    if left <= 0:
        renewing = {"status": "expired", "expired": True, "auto_renew": True, "renew_config": row["renew_config"]}
        return reply({**answer, **nothing, **(renewing if row["auto_renew"] else {})})
    data = json.loads(row.pop("data_encrypted"))
    return reply({**answer, **row, "status": "success", "token_data": data, "ttl_seconds": left, "expired": False})
