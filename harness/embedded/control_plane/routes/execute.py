"""`POST /execute`: starts a playbook."""

from __future__ import annotations

import yaml
from aiohttp import web

from harness.embedded.control_plane.commands import InvalidCommand
from harness.embedded.control_plane.engine.playbook import API_VERSION
from harness.embedded.control_plane.http import Refusal, body, reply
from harness.embedded.control_plane.routes.catalog import find
from harness.embedded.control_plane.services import services
from harness.embedded.control_plane.wire import ExecuteRequest

routes = web.RouteTableDef()

_EXECUTABLE = {"playbook", "agent"}


@routes.post("/api/execute")
async def execute(request: web.Request) -> web.Response:
    """Start the latest version of a path, or the version or catalog entry that is asked for."""
    wanted = await body(request, ExecuteRequest)
    kind = (wanted.resource_kind or "").strip().lower().removesuffix("s")
    if kind and kind not in _EXECUTABLE:
        raise Refusal(422, f"Catalog kind '{wanted.resource_kind}' is not executable")
    row = await find(request, wanted.catalog_id, wanted.path, wanted.version)
    if row is None or row["kind"].lower() not in ({kind} if kind else _EXECUTABLE):
        named = f"catalog_id={wanted.catalog_id}" if wanted.catalog_id else wanted.path
        raise Refusal(404, f"Executable catalog entry not found: {named}")
    document = yaml.load(row["content"], Loader=yaml.CSafeLoader)
    if document.get("apiVersion") != API_VERSION:
        raise Refusal(500, f"Playbook not found: catalog_id={row['catalog_id']}")
    try:
        execution_id, issued = await services(request).executions.start(
            row["catalog_id"],
            row["path"],
            document,
            wanted.payload,
            wanted.parent_execution_id,
            wanted.execution_pool,
        )
    except InvalidCommand as refused:
        raise Refusal(422, str(refused)) from refused
    return reply({"execution_id": str(execution_id), "status": "started", "commands_generated": issued})
