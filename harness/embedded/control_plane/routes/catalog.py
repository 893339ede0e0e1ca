"""`/catalog`: playbooks by path and version (spec: noetl-python 1.1)."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any, Self

import yaml
from aiohttp import web
from psycopg.types.json import Jsonb
from pydantic import BaseModel, BeforeValidator, model_validator

from harness.embedded.control_plane.database import Row
from harness.embedded.control_plane.engine import playbook
from harness.embedded.control_plane.http import Refusal, body, reply
from harness.embedded.control_plane.log import log
from harness.embedded.control_plane.services import services

routes = web.RouteTableDef()

_PLAYBOOK_LIKE = {"playbook", "agent"}
_KINDS = {
    "credentials": "credential",
    "secret": "credential",
    "secrets": "credential",
    "modelcontextprotocol": "mcp",
}
_COLUMNS = "catalog_id, path, version, kind, content, layout, payload, meta, created_at"
_IMPLICIT_END = {
    "step": "end",
    "desc": "Implicit workflow aggregator (auto-injected)",
    "tool": {"kind": "python", "code": "def main():\n    return {'status': 'aggregated'}"},
}


def _decoded(content: Any) -> Any:
    """The text itself, or the text that it is the base64 of."""
    try:
        return base64.b64decode(content).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError):
        return content


class RegisterRequest(BaseModel):
    content: Annotated[str, BeforeValidator(_decoded)]
    resource_type: str = "Playbook"


class ListRequest(BaseModel):
    resource_type: str | None = None
    path: str | None = None


def _text(value: Any) -> Any:
    return value if value is None else str(value)


class ResourceRequest(BaseModel):
    catalog_id: Annotated[str | None, BeforeValidator(_text)] = None
    path: Annotated[str | None, BeforeValidator(_text)] = None
    version: str | int | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.catalog_id and not self.path:
            raise ValueError("At least one identifier must be provided: catalog_id or path")
        return self


def _kind(name: Any) -> str:
    kind = str(name or "playbook").strip().lower()
    return _KINDS.get(kind, kind)


def _entry(row: Row) -> dict[str, Any]:
    return {**row, "catalog_id": str(row["catalog_id"])}


@routes.post("/api/catalog/register")
async def register(request: web.Request) -> web.Response:
    """Store a resource as the next version of its path, even when nothing changed."""
    wanted = await body(request, RegisterRequest)
    try:
        document = yaml.load(wanted.content, Loader=yaml.CSafeLoader) or {}
    except yaml.YAMLError as error:
        raise Refusal(500, f"Error registering resource: {error}.") from error
    fields = document if isinstance(document, dict) else {}
    metadata = fields["metadata"] if isinstance(fields.get("metadata"), dict) else {}
    path = str(metadata.get("path") or fields.get("path") or metadata.get("name") or fields.get("name") or "unknown")
    kind = _kind(fields.get("kind") or wanted.resource_type)
    if kind in _PLAYBOOK_LIKE:
        _check(document, path, kind)
        # The implicit end is stored beside the content, which alone is executed.
        workflow = document["workflow"]
        if not any(str(step.get("step", "")).lower() == "end" for step in workflow):
            document = {**document, "workflow": [*workflow, _IMPLICIT_END]}
    row = await _store(request, path, kind, wanted.content, document)
    log.info("Registered path=%s version=%s kind=%s", path, row["version"], kind)
    return reply(
        {
            "status": "success",
            "message": f"Resource '{path}' version '{row['version']}' registered.",
            "path": path,
            "version": row["version"],
            "catalog_id": str(row["catalog_id"]),
            "kind": kind,
        }
    )


def _check(document: Any, path: str, kind: str) -> None:
    if not isinstance(document, dict):
        raise Refusal(422, f"register_resource: '{path}' kind='{kind}' payload is not a YAML mapping")
    if problems := playbook.validate(document):
        raise Refusal(422, playbook.refusal(path, problems, kind))


async def _store(request: web.Request, path: str, kind: str, content: str, payload: Any) -> Row:
    used = services(request)
    async with used.database.transaction() as cursor:
        await cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (path,))
        await cursor.execute("INSERT INTO noetl.resource (name) VALUES (%s) ON CONFLICT DO NOTHING", (kind,))
        await cursor.execute(
            """
            INSERT INTO noetl.catalog (catalog_id, path, version, kind, content, payload)
            SELECT %(id)s, %(path)s, coalesce(max(version), 0) + 1, %(kind)s, %(content)s, %(payload)s
            FROM noetl.catalog WHERE path = %(path)s
            RETURNING catalog_id, version
            """,
            {"id": used.ids.next(), "path": path, "kind": kind, "content": content, "payload": _jsonable(payload)},
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


def _jsonable(value: Any) -> Jsonb:
    """YAML knows dates, JSON does not."""
    return Jsonb(json.loads(json.dumps(value, default=str)))


@routes.post("/api/catalog/list")
async def entries(request: web.Request) -> web.Response:
    """All versions, newest first."""
    wanted = await body(request, ListRequest)
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            f"""
            SELECT {_COLUMNS} FROM noetl.catalog
            WHERE (%(kind)s::text IS NULL OR lower(kind) = %(kind)s) AND (%(path)s::text IS NULL OR path = %(path)s)
            ORDER BY created_at DESC
            """,
            {"kind": _kind(wanted.resource_type) if wanted.resource_type else None, "path": wanted.path},
        )
        rows = await cursor.fetchall()
    return reply({"entries": [_entry(row) for row in rows]})


@routes.post("/api/catalog/resource")
async def resource(request: web.Request) -> web.Response:
    """One entry, by id or by path; without a version the latest."""
    wanted = await body(request, ResourceRequest)
    row = await find(request, wanted.catalog_id, wanted.path, wanted.version)
    if row is None:
        raise Refusal(404, "Catalog entry not found")
    return reply(_entry(row))


async def find(
    request: web.Request, catalog_id: str | int | None, path: str | None, version: str | int | None
) -> Row | None:
    """A catalog row: by id, by path and version, or the latest version of a path."""
    exact = None if version in (None, "latest") else int(version)
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            f"""
            SELECT {_COLUMNS} FROM noetl.catalog
            WHERE CASE WHEN %(id)s::bigint IS NOT NULL THEN catalog_id = %(id)s
                ELSE path = %(path)s AND (%(version)s::int IS NULL OR version = %(version)s) END
            ORDER BY version DESC LIMIT 1
            """,
            {"id": int(catalog_id) if catalog_id else None, "path": path, "version": exact},
        )
        return await cursor.fetchone()
