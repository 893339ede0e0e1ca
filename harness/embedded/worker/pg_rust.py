"""Statements of the Rust worker's postgres tool (NoETL tools 2.16.0 and 3.1.0, tokio-postgres 0.7.17).

Before tools 2.18.2 its error texts say little: `db error` stands for whatever the server said, SQLSTATE and all. From
then on they hold severity, message, SQLSTATE, detail and hint (`explains`; spec: noetl-rust 4, row 43).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.result import ToolResult, success
from harness.embedded.worker.sql import returns_rows, rust_statements

_TEXT = frozenset({"text", "varchar", "bpchar", "name", "unknown"})
_READABLE = frozenset(
    {"int8", "int4", "float8", "bool", "text", "varchar", "bpchar", "name", "json", "jsonb", "timestamptz"}
)
"""The column types that the tool tries; a column of any other, such as int2, float4, numeric, date, uuid or an array,
is null in every row (spec: noetl-rust 7, item 7)."""

_PARAMETER_TYPES = """
SELECT array(
  SELECT typname::text FROM unnest(parameter_types) WITH ORDINALITY AS given (type, place)
  JOIN pg_type ON pg_type.oid = given.type::oid ORDER BY place
) FROM pg_prepared_statements WHERE name = 'harness'"""


async def execute(
    url: str, queries: Sequence[str], params: Sequence[Any], *, schema: str | None, as_objects: bool, explains: bool
) -> ToolResult:
    """Run the queries: all but the last as one batch, the last one's outcome is the result.

    Raises `ToolError` `Database error: …`.
    """
    begun = time.monotonic()
    try:
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True, cursor_factory=psycopg.AsyncRawCursor)
    except psycopg.ProgrammingError:
        raise ToolError.database("Failed to create pool: invalid connection string") from None
    except psycopg.OperationalError as error:
        text = f"Failed to get connection: Error occurred while creating a new object: {_unconnected(str(error))}"
        raise ToolError.database(text) from None
    async with connection:
        if schema is not None:
            await _run(
                connection, f"SET search_path TO {schema}", (), "Failed to set schema", explains=False, prepared=False
            )
        *leading, query = queries
        if leading:
            batch = ";\n".join(leading) + ";"
            await _run(connection, batch, (), "Batch execute failed", explains=explains, prepared=False)
        selects = returns_rows(query)
        what = "Query failed" if selects else "Execute failed"
        bound = await _bound(connection, query, params, what, explains=explains)
        cursor = await _run(connection, query, bound, what, explains=explains)
        data = await _selected(cursor, as_objects) if selects else {"affected_rows": _affected(cursor)}
    return success(data, duration_ms=int((time.monotonic() - begun) * 1000))


def _unconnected(text: str) -> str:
    """Why there is no connection, from libpq's text for it. Without a password that the server asks for, it is the
    driver itself that gives up."""
    if "no password supplied" in text:
        return "invalid configuration"
    return "db error" if "FATAL" in text else "error connecting to server"


def _affected(cursor: psycopg.AsyncCursor[TupleRow]) -> int:
    """The number at the end of the command's tag; `SHOW` has none."""
    count = (cursor.statusmessage or "").rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


async def _run(
    connection: psycopg.AsyncConnection[TupleRow],
    query: str,
    params: Sequence[Any],
    what: str,
    *,
    explains: bool,
    prepared: bool = True,
) -> psycopg.AsyncCursor[TupleRow]:
    """Prepared, several statements are an error of the server; else they are one transaction."""
    try:
        return await connection.execute(query.encode(), params or None, prepare=prepared)
    except psycopg.OperationalError:
        raise ToolError.database(f"{what}: connection closed") from None
    except psycopg.Error as error:
        raise ToolError.database(f"{what}: {_explained(error) if explains else 'db error'}") from None


def _explained(error: psycopg.Error) -> str:
    said = error.diag
    text = f"{said.severity}: {said.message_primary} (SQLSTATE {said.sqlstate})"
    text += f" | DETAIL: {said.message_detail}" if said.message_detail else ""
    return text + (f" | HINT: {said.message_hint}" if said.message_hint else "")


async def _bound(
    connection: psycopg.AsyncConnection[TupleRow], query: str, params: Sequence[Any], what: str, *, explains: bool
) -> list[str | None]:
    """The parameters as text, once it is sure that the driver would take them for the types that the server infers."""
    if not params:
        return []
    if len(rust_statements(query)) > 1:
        await _run(connection, query, (), what, explains=explains)
    await _run(connection, f"PREPARE harness AS {query}", (), what, explains=explains, prepared=False)
    row = await (await connection.execute(_PARAMETER_TYPES)).fetchone()
    await connection.execute("DEALLOCATE harness")
    types = row[0] if row else []
    if len(types) != len(params):
        raise ToolError.database(f"{what}: expected {len(types)} parameters but got {len(params)}")
    for index, (param, name) in enumerate(zip(params, types, strict=True)):
        if name not in _accepted(param):
            why = f": cannot convert between the Rust type `{_rust_type(param)}` and the Postgres type `{name}`"
            raise ToolError.database(f"{what}: error serializing parameter {index}{why if explains else ''}")
    return [_as_text(param) for param in params]


def _accepted(param: Any) -> frozenset[str]:
    match param:
        case bool():
            return frozenset({"bool"})
        case int() if -(2**63) <= param < 2**63:
            return frozenset({"int8"})
        case float():
            return frozenset({"float8"})
        case _:
            return _TEXT


def _rust_type(param: Any) -> str:
    match param:
        case bool():
            return "bool"
        case int() if -(2**63) <= param < 2**63:
            return "i64"
        case float():
            return "f64"
        case None:
            return "core::option::Option<alloc::string::String>"
        case _:
            return "alloc::string::String"


def _as_text(param: Any) -> str | None:
    match param:
        case None:
            return None
        case bool():
            return str(param).lower()
        case str():
            return param
        case _:
            return json.dumps(param, separators=(",", ":"), ensure_ascii=False)


async def _selected(cursor: psycopg.AsyncCursor[TupleRow], as_objects: bool) -> dict[str, Any]:
    """No row, no columns: the tool reads the names from the first row."""
    rows = await cursor.fetchall()
    if not rows:
        return {"columns": [], "rows": [], "row_count": 0}
    described = cursor.description or []
    names = [column.name for column in described]
    readable = [_type_name(column.type_code) in _READABLE for column in described]
    shown = [[_shown(item) if known else None for item, known in zip(row, readable, strict=True)] for row in rows]
    made = [dict(zip(names, row, strict=True)) for row in shown] if as_objects else shown
    return {"columns": names, "rows": made, "row_count": len(rows)}


def _type_name(oid: int) -> str | None:
    info = psycopg.adapters.types.get(oid)
    return info.name if info and info.oid == oid else None


def _shown(item: Any) -> Any:
    if isinstance(item, float) and not math.isfinite(item):
        return None
    return _rfc3339(item) if isinstance(item, datetime) else item


def _rfc3339(moment: datetime) -> str:
    """UTC, with three or six digits of a second, or none, as chrono writes it."""
    moment = moment.astimezone(UTC)
    digits = (
        "seconds" if not moment.microsecond else "milliseconds" if not moment.microsecond % 1000 else "microseconds"
    )
    return moment.isoformat(timespec=digits)
