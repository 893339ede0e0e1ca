"""`/vars/{execution_id}`: an execution's variables that workers keep."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from harness.embedded.control_plane.database import Row
from harness.embedded.control_plane.http import Refusal, body, number, reply
from harness.embedded.control_plane.services import services

routes = web.RouteTableDef()

_TYPES = ("user_defined", "step_result", "computed", "iterator_state")
_COLUMNS = "var_name, var_value, var_type, source_step, created_at, accessed_at, access_count"


class SetRequest(BaseModel):
    variables: dict[str, Any]
    var_type: str = "user_defined"
    source_step: str | None = None


def _variable(row: Row) -> dict[str, Any]:
    kept = {key: row[key] for key in ("source_step", "created_at", "accessed_at", "access_count")}
    return {"value": row["var_value"], "type": row["var_type"], **kept}


@routes.post("/api/vars/{execution_id}")
async def put(request: web.Request) -> web.Response:
    """Set variables; those of the same name are replaced."""
    wanted = await body(request, SetRequest)
    execution_id = number(request, "execution_id")
    if not wanted.variables:
        raise Refusal(400, "Request body must contain 'variables' dict with at least one variable")
    if wanted.var_type not in _TYPES:
        raise Refusal(400, f"Invalid var_type '{wanted.var_type}'. Must be one of: {', '.join(_TYPES)}")
    async with services(request).database.transaction() as cursor:
        await cursor.executemany(
            """
            INSERT INTO noetl.transient (execution_id, var_name, var_type, var_value, source_step)
            VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (execution_id, var_name) DO UPDATE SET var_type = excluded.var_type,
                var_value = excluded.var_value, source_step = excluded.source_step, accessed_at = now()
            """,
            [
                (execution_id, name, wanted.var_type, Jsonb(value), wanted.source_step)
                for name, value in wanted.variables.items()
            ],
        )
    names = list(wanted.variables)
    return reply({"execution_id": execution_id, "variables_set": len(names), "var_names": names})


@routes.get("/api/vars/{execution_id}")
async def entries(request: web.Request) -> web.Response:
    """All variables of an execution."""
    execution_id = number(request, "execution_id")
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM noetl.transient WHERE execution_id = %s ORDER BY var_name",
            (execution_id,),
        )
        rows = await cursor.fetchall()
    variables = {row["var_name"]: _variable(row) for row in rows}
    return reply({"execution_id": execution_id, "variables": variables, "count": len(rows)})


@routes.get("/api/vars/{execution_id}/{name}")
async def variable(request: web.Request) -> web.Response:
    """One variable; reading it counts."""
    execution_id, name = number(request, "execution_id"), request.match_info["name"]
    async with services(request).database.transaction() as cursor:
        await cursor.execute(
            f"""
            UPDATE noetl.transient SET access_count = access_count + 1, accessed_at = now()
            WHERE execution_id = %s AND var_name = %s RETURNING {_COLUMNS}
            """,
            (execution_id, name),
        )
        row = await cursor.fetchone()
    if row is None:
        raise Refusal(404, f"Variable '{name}' not found for execution {execution_id}")
    return reply({"execution_id": execution_id, "var_name": name, **_variable(row)})
