"""`/credentials` (spec: noetl-python 4.3). Clear values go into the database and one answer, never into the log."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated, Any

from aiohttp import web
from psycopg.types.json import Jsonb
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from harness.embedded.control_plane.database import Cursor, Row
from harness.embedded.control_plane.http import Refusal, body, query, reply
from harness.embedded.control_plane.services import services
from harness.embedded.control_plane.status import now_utc

routes = web.RouteTableDef()

_COLUMNS = "id, name, type, meta, tags, description, created_at, updated_at"
_CACHED_FOR = timedelta(hours=1)


def _tags(value: Any) -> Any:
    match value:
        case str():
            return [tag.strip() for tag in value.split(",") if tag.strip()]
        case list():
            return [str(tag) for tag in value]
    return value


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class CredentialRequest(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    name: Annotated[str, BeforeValidator(_stripped), Field(min_length=1)]
    type: Annotated[str, BeforeValidator(lambda value: _stripped(value) or "generic")] = Field(
        "generic", alias="credential_type"
    )
    data: dict[str, Any] = Field(repr=False)
    meta: dict[str, Any] | None = None
    tags: Annotated[list[str] | None, BeforeValidator(_tags)] = None
    description: str | None = None


class ListQuery(BaseModel):
    type: str | None = None
    q: str | None = None


class GetQuery(BaseModel):
    include_data: bool = False
    catalog_id: int | None = None
    execution_id: int | None = None
    parent_execution_id: int | None = None


def _shown(row: Row, data: dict[str, Any] | None = None) -> dict[str, Any]:
    fields = {key: row[key] for key in _COLUMNS.split(", ")}
    return {**fields, "id": str(row["id"]), "data": data}


async def find(cursor: Cursor, identifier: str) -> Row:
    """A credential by name, or by id when the identifier is all digits. Raises a 404."""
    by_id = identifier.isdigit()
    await cursor.execute(
        f"SELECT {_COLUMNS}, data_encrypted FROM noetl.credential WHERE {'id' if by_id else 'name'} = %s",
        (int(identifier) if by_id else identifier,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise Refusal(404, "Credential not found")
    return row


@routes.post("/api/credentials")
async def save(request: web.Request) -> web.Response:
    """Create a credential, or replace the one of that name."""
    wanted = await body(request, CredentialRequest)
    used = services(request)
    async with used.database.transaction() as cursor:
        await cursor.execute(
            f"""
            INSERT INTO noetl.credential (id, name, type, data_encrypted, meta, tags, description)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (name) DO UPDATE SET type = excluded.type, data_encrypted = excluded.data_encrypted,
                meta = excluded.meta, tags = excluded.tags, description = excluded.description, updated_at = now()
            RETURNING {_COLUMNS}
            """,
            (
                used.ids.next(),
                wanted.name,
                wanted.type,
                json.dumps(wanted.data),
                None if wanted.meta is None else Jsonb(wanted.meta),
                wanted.tags,
                wanted.description,
            ),
        )
        row = await cursor.fetchone()
    assert row is not None
    return reply(_shown(row))


@routes.get("/api/credentials")
async def entries(request: web.Request) -> web.Response:
    """All credentials by name, without their data."""
    wanted = query(request, ListQuery)
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            f"""
            SELECT {_COLUMNS} FROM noetl.credential
            WHERE (%(type)s::text IS NULL OR type = %(type)s)
                AND (%(q)s::text IS NULL OR name ILIKE %(like)s OR description ILIKE %(like)s)
            ORDER BY name
            """,
            {"type": wanted.type, "q": wanted.q, "like": f"%{wanted.q}%"},
        )
        rows = await cursor.fetchall()
    return reply({"items": [_shown(row) for row in rows], "filter": {"type": wanted.type, "q": wanted.q}})


@routes.get("/api/credentials/{identifier}")
async def credential(request: web.Request) -> web.Response:
    """One credential; with `include_data` its clear values, which are then cached in the keychain too."""
    wanted = query(request, GetQuery)
    async with services(request).database.transaction() as cursor:
        row = await find(cursor, request.match_info["identifier"])
        if not wanted.include_data:
            return reply(_shown(row))
        await _cache(cursor, row, wanted)
        return reply(_shown(row, json.loads(row["data_encrypted"])))


async def _cache(cursor: Cursor, row: Row, wanted: GetQuery) -> None:
    """NoETL's side effect: a keychain row of one hour, where the catalog entry is known."""
    scope = wanted.execution_id or wanted.parent_execution_id
    await cursor.execute(
        """
        INSERT INTO noetl.keychain (cache_key, keychain_name, catalog_id, credential_type, cache_type, scope_type,
            execution_id, parent_execution_id, data_encrypted, expires_at)
        SELECT %(name)s || ':' || catalog_id || ':' || %(scope)s, %(name)s, catalog_id, %(type)s, 'secret', %(kind)s,
            %(execution)s::bigint, %(parent)s::bigint, %(data)s, %(expires)s
        FROM noetl.catalog
        WHERE catalog_id = coalesce(%(catalog)s::bigint,
            (SELECT catalog_id FROM noetl.execution WHERE execution_id = %(known)s::bigint))
        ON CONFLICT (cache_key) DO UPDATE SET data_encrypted = excluded.data_encrypted, accessed_at = now(),
            access_count = noetl.keychain.access_count + 1, expires_at = excluded.expires_at
        """,
        {
            "name": row["name"],
            "type": row["type"],
            "scope": str(wanted.execution_id or "global"),
            "kind": "local" if wanted.execution_id else "global",
            "execution": wanted.execution_id,
            "parent": wanted.parent_execution_id,
            "data": row["data_encrypted"],
            "expires": now_utc() + _CACHED_FOR,
            "catalog": wanted.catalog_id,
            "known": scope,
        },
    )


@routes.delete("/api/credentials/{identifier}")
async def remove(request: web.Request) -> web.Response:
    """Delete a credential."""
    async with services(request).database.transaction() as cursor:
        row = await find(cursor, request.match_info["identifier"])
        await cursor.execute("DELETE FROM noetl.credential WHERE id = %s", (row["id"],))
    return reply({"message": "Credential deleted successfully", "id": str(row["id"]), "name": row["name"]})
