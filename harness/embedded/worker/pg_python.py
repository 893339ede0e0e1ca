"""Statements of the Python worker's postgres tool, each in a transaction of its own (NoETL 4.12.0)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.python.results import store

_MAX_ROWS, _MAX_BYTES = 1000, 1024 * 1024
_INLINE_ROWS = 16
"""From so many rows on, the rows go to the result store (spec: noetl-python 7.4)."""

_OUTSIDE = ("CALL", "CREATE DATABASE", "DROP DATABASE", "ALTER DATABASE")


async def execute(conninfo: str, statements: Sequence[str]) -> list[dict[str, Any]]:
    """One result a statement; one that fails does not stop those after it. Raises what connecting raises.

    An error about the connection text itself is replaced: its words could quote the password.
    """
    if not statements:
        return []
    try:
        connection = await psycopg.AsyncConnection.connect(conninfo, row_factory=dict_row)
    except psycopg.ProgrammingError:
        raise ValueError("invalid connection option in the postgres credential") from None
    async with connection:
        return [await _one(connection, statement) for statement in statements]


async def _one(connection: psycopg.AsyncConnection[DictRow], statement: str) -> dict[str, Any]:
    outside = statement.strip().upper().startswith(_OUTSIDE)
    try:
        await connection.set_autocommit(outside)
        async with nullcontext() if outside else connection.transaction(), connection.cursor() as cursor:
            await cursor.execute(statement.encode())
            if cursor.description is not None:
                return await _rows(cursor)
            if outside:
                return {"status": "success", "message": "Procedure executed successfully."}
            count = cursor.rowcount
            return {"status": "success", "row_count": count, "message": f"Command executed. {count} rows affected."}
    except psycopg.Error as error:
        return {"status": "error", "message": str(error)}


async def _rows(cursor: psycopg.AsyncCursor[DictRow]) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    size, reason = 0, None
    columns = [column.name for column in cursor.description or ()]
    async for row in cursor:
        shown = {name: _shown(item) for name, item in row.items()}
        size += len(json.dumps(shown, default=str).encode())
        if size > _MAX_BYTES:
            reason = "max_bytes"
            break
        rows.append(shown)
        if len(rows) >= _MAX_ROWS:
            reason = "max_rows"
            break
    result = {"status": "success", "rows": rows, "row_count": len(rows), "columns": columns}
    if reason:
        limits = {"max_rows": _MAX_ROWS, "max_bytes": _MAX_BYTES, "returned_bytes": size}
        result |= {"truncated": True, "truncation": {"reason": reason, **limits}}
    return result


def _shown(item: Any) -> Any:
    if isinstance(item, Decimal):
        return float(item)
    return item.isoformat() if isinstance(item, datetime | date | time) else item


def collapsed(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The last statement's payload stands for all, with the errors of all."""
    if not results:
        return {"status": "success", "message": "No SQL statements executed", "statement_count": 0}
    payload = {**results[-1], "statement_count": len(results)}
    failed = [(index, str(one["message"])) for index, one in enumerate(results) if one["status"] == "error"]
    if failed:
        payload["status"] = "error"
        payload["errors"] = [{"statement_index": index, "message": text} for index, text in failed]
        payload["message"] = "; ".join(f"statement_{index}: {text}" for index, text in failed)
    return payload


async def externalised(payload: dict[str, Any], call: PythonCall) -> dict[str, Any]:
    """Rows in the store and a reference in their place, where there are too many of them to stay."""
    rows = payload.get("rows")
    if not isinstance(rows, list) or len(rows) < _INLINE_ROWS:
        return payload
    step = str(call.context.get("step") or "postgres_task")
    stored = await store(call.services.server, int(call.context["execution_id"]), f"{step}/rows", rows)
    kept = {key: item for key, item in payload.items() if key not in ("rows", "columns")}
    reference = {key: stored[key] for key in ("kind", "ref", "store")}
    return {**kept, "reference": reference, "context": {"row_count": len(rows), "columns": payload["columns"]}}
