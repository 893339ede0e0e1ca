"""`kind: duckdb`, in a thread of the worker (spec: noetl-rust 3.2, 3.3; NoETL 4.12.0). Without clouds and secrets."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import os
import re
import time
import traceback
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from datetime import time as datetime_time
from decimal import Decimal
from typing import Any

import duckdb

from harness.embedded.worker import scripts, sql
from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.result import ToolResult, success
from harness.embedded.worker.rust.serde import Field, boolean, list_of, option, string, value
from harness.reference.templates import render_value

_INLINE = ("query", "queries", "command", "commands", "cmd", "cmds")
_SAMPLE_ROWS = 5

_COUNTING = (
    duckdb.StatementType.INSERT,
    duckdb.StatementType.UPDATE,
    duckdb.StatementType.DELETE,
    duckdb.StatementType.COPY,
)
"""Statements that say how many rows they touched; of a `CREATE TABLE … AS` the release says 0."""

_CONFIG = {
    "query": Field(string),
    "params": Field(list_of(value), []),
    "db_path": Field(option(string), None),
    "as_objects": Field(boolean, True),
}


async def python(call: PythonCall) -> Any:
    """`{executed_commands, command_<n>_rows, command_<n>_sample, …}`: counts and the first five rows, no rows as such.

    Steps of one execution share a database file.
    """
    begun, task_id = time.monotonic(), str(uuid.uuid4())
    try:
        given = render_value(call.merged, dict(call.context))
        execution_id = str(call.context.get("execution_id") or "default")
        context = {**call.context, **given, "task_id": task_id, "execution_id": execution_id}
        text = render_value(await _commands(call), context)
        path = render_value(call.config.get("database"), context) or _default_path(call, execution_id)
        os.makedirs(os.path.dirname(path) or os.curdir, exist_ok=True)
        results = await asyncio.to_thread(_run_all, path, sql.simple_statements(str(text)))
    except (ValueError, OSError, duckdb.Error) as error:
        call.log.error(f"DuckDB task execution error: {error}")
        failed = {"id": task_id, "status": "error", "duration": time.monotonic() - begun}
        return failed | {"error": str(error), "traceback": traceback.format_exc()}
    about = {"task_id": task_id, "execution_id": execution_id, "secrets_created": 0, "database_path": path}
    return json.loads(json.dumps({**results, **about}, default=_encoded))


async def _commands(call: PythonCall) -> str:
    if call.config.get("script") is not None:
        return await scripts.fetch(call.config["script"], call.services.session)
    for key in ("command_b64", "commands_b64", "query_b64"):
        if call.config.get(key) is not None:
            return base64.b64decode(str(call.config[key])).decode()
    for key in _INLINE:
        if call.config.get(key) is not None:
            given = call.config[key]
            return "\n".join(map(str, given)) if isinstance(given, list) else str(given)
    raise ValueError(
        "Failed to create task config: No command provided. Expected 'script', base64 field "
        "(command_b64/commands_b64/query_b64), or inline field (query/queries/command/commands/cmd/cmds)"
    )


def _default_path(call: PythonCall, execution_id: str) -> str:
    return os.path.join(call.services.settings.data_folder, "noetldb", f"duckdb_{execution_id}.duckdb")


def _run_all(path: str, commands: Sequence[str]) -> dict[str, Any]:
    results: dict[str, Any] = {"executed_commands": len(commands)}
    with duckdb.connect(path) as connection:
        for number, command in enumerate(commands, 1):
            try:
                rows = connection.execute(command).fetchall()
            except duckdb.Error as error:
                raise ValueError(
                    f"Failed to establish DuckDB connection to {path}: "
                    f"SQL execution failed at command: {command}. Error: {error}"
                ) from error
            if rows:
                results[f"command_{number}_rows"] = len(rows)
                results[f"command_{number}_sample"] = rows[:_SAMPLE_ROWS]
    return results


def _encoded(item: Any) -> Any:
    if isinstance(item, Decimal):
        return float(item)
    return item.isoformat() if isinstance(item, datetime | date) else str(item)


async def rust(call: RustCall) -> ToolResult:
    """`{columns, rows, row_count}` or `{affected_rows}`; without `db_path` every call has a database of its own."""
    aliases = ("command",) if call.release.sql_command else ()
    config = call.rendered("DuckdbConfig", _CONFIG | {"query": Field(string, aliases=aliases)})
    begun = time.monotonic()
    data = await asyncio.to_thread(_query, config, several=call.release.sql_command and not config["params"])
    return success(data, duration_ms=int((time.monotonic() - begun) * 1000))


def _query(config: Mapping[str, Any], *, several: bool) -> dict[str, Any]:
    with _stage("Failed to open database"):
        connection = duckdb.connect(config["db_path"] or ":memory:")
    with connection:
        *leading, query = sql.rust_statements(config["query"]) if several else [config["query"]]
        for statement in leading:
            with _stage("Batch statement failed"):
                connection.execute(statement)
        selects = sql.returns_rows(query)
        with _stage("Failed to prepare query"):
            found = connection.extract_statements(query)
            if len(found) > 1:
                raise duckdb.InvalidInputException("Invalid Input Error: Cannot prepare multiple statements at once!")
        with _stage("Query failed" if selects else "Execute failed"):
            cursor = connection.execute(query, config["params"] or None)
            return _selected(cursor, config["as_objects"]) if selects else {"affected_rows": _affected(cursor, found)}


@contextmanager
def _stage(what: str) -> Iterator[None]:
    """DuckDB's error as the release reports it at this stage. What is wrong with the statement itself shows when it is
    prepared. The release's DuckDB points at the first letter only."""
    try:
        yield
    except (duckdb.ParserException, duckdb.CatalogException, duckdb.BinderException) as error:
        at = what if what.startswith("Batch") else "Failed to prepare query"
        raise ToolError.database(f"{at}: {_pointing(error)}") from None
    except duckdb.Error as error:
        raise ToolError.database(f"{what}: {_pointing(error)}") from None


def _pointing(error: duckdb.Error) -> str:
    return re.sub(r"\^{2,}$", "^", str(error))


def _affected(cursor: duckdb.DuckDBPyConnection, found: Sequence[duckdb.Statement]) -> int:
    row = cursor.fetchone()
    counts = bool(found) and found[0].type in _COUNTING
    return row[0] if counts and row and isinstance(row[0], int) else 0


def _selected(cursor: duckdb.DuckDBPyConnection, as_objects: bool) -> dict[str, Any]:
    columns = cursor.description or []
    names = [str(column[0]) for column in columns]
    huge = [str(column[1]) == "HUGEINT" for column in columns]
    rows = [
        [str(item) if wide and item is not None else _json(item) for item, wide in zip(row, huge, strict=True)]
        for row in cursor.fetchall()
    ]
    made: list[Any] = [dict(zip(names, row, strict=True)) for row in rows] if as_objects else rows
    return {"columns": names, "rows": made, "row_count": len(rows)}


_EPOCH_DATE = date(1970, 1, 1)


def _json(item: Any) -> Any:
    """As the release prints DuckDB's types: decimals as text, dates as days, times and timestamps as microseconds."""
    match item:
        case datetime():
            return round((item.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds() * 1_000_000)
        case date():
            return (item - _EPOCH_DATE).days
        case Decimal() | uuid.UUID():
            return str(item)
        case bytes():
            return base64.b64encode(item).decode()
        case datetime_time():
            return ((item.hour * 60 + item.minute) * 60 + item.second) * 1_000_000 + item.microsecond
        case timedelta():
            nanos = (item.seconds * 1_000_000 + item.microseconds) * 1000
            return {"months": 0, "days": item.days, "nanos": nanos}
        case float() if not math.isfinite(item):
            return None
        case list() | tuple():
            return [_json(one) for one in item]
        case Mapping():
            return {str(key): _json(one) for key, one in item.items()}
        case _:
            return item
