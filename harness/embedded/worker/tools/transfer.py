"""`kind: transfer`: rows from PostgreSQL or HTTP into PostgreSQL (spec: noetl-rust 3.2; NoETL 4.12.0).

Snowflake and, on Rust, DuckDB are not played.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import aiohttp
import psycopg

from harness.embedded.worker import pg_rust
from harness.embedded.worker.lookup import with_lookup
from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.result import ToolResult, success
from harness.embedded.worker.rust.serde import (
    DecodeError,
    Field,
    decode,
    map_of,
    option,
    string,
    unit_enum,
    unsigned,
    value,
)
from harness.reference.credentials.config import AUTH
from harness.reference.credentials.python import postgres_connection

_PYTHON_TYPES = ("snowflake", "postgres", "http")

_NAMES = {"snowflake": "Snowflake", "postgres": "Postgres", "http": "Http", "duckdb": "DuckDb"}


async def python(call: PythonCall) -> Any:
    """`{direction, source_type, target_type, mode, rows_transferred, chunks_processed, …}`.

    Raises `ValueError` `Transfer failed: …`.
    """
    try:
        return await _python_transfer(call)
    except (ValueError, psycopg.Error, aiohttp.ClientError, OSError) as error:
        raise ValueError(f"Transfer failed: {error}") from None


async def _python_transfer(call: PythonCall) -> dict[str, Any]:
    source, target = (_python_end(call.config, name) for name in ("source", "target"))
    if source["type"] == "http" and not source.get("url"):
        raise ValueError("source.url is required for HTTP source")
    for key in () if source["type"] == "http" else ("query", "auth"):
        if not source.get(key):
            raise ValueError(f"source.{key} is required")
    if not target.get("table") and not target.get("query"):
        raise ValueError("Either target.table or target.query is required")
    if not target.get("auth"):
        raise ValueError("target.auth is required")
    mode, chunk = str(call.config.get("mode", "append")), int(call.config.get("chunk_size", 1000))
    async with await _connect(call, target["auth"]) as connection:
        if source["type"] == "http":
            done = await _http_rows(call, source, target, connection, chunk)
        else:
            done = await _postgres_rows(call, source, target, connection, chunk, mode)
    return {
        "direction": f"{source['type']}_to_{target['type']}",
        "source_type": source["type"],
        "target_type": target["type"],
        "mode": "custom" if target.get("query") else mode,
        **done,
    }


def _python_end(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    end = config.get(name)
    if not isinstance(end, Mapping) or not end:
        raise ValueError(f"'{name}' configuration is required")
    kind = str(end.get("tool", end.get("kind", end.get("type", "")))).lower()
    if not kind:
        raise ValueError(f"{name}.tool is required")
    if kind not in _PYTHON_TYPES:
        raise ValueError(f"Unsupported {name} type: {kind}. Supported: {set(_PYTHON_TYPES)}")
    if kind == "snowflake" or (name == "target" and kind == "http"):
        raise ValueError(f"harness: transfer {name} '{kind}' is not emulated")
    return {**end, "type": kind}


async def _connect(call: PythonCall, auth: Any) -> psycopg.AsyncConnection[Any]:
    environ = call.services.settings.environment
    found = await with_lookup(
        lambda lookup: postgres_connection({"auth": auth}, {}, lookup, environ=environ), call.services.server
    )
    return await psycopg.AsyncConnection.connect(found.conninfo)


async def _http_rows(
    call: PythonCall, source: Mapping[str, Any], target: Mapping[str, Any], connection: Any, chunk: int
) -> dict[str, Any]:
    headers = {str(name): str(item) for name, item in (source.get("headers") or {}).items()}
    method = str(source.get("method", "GET"))
    async with call.services.session.request(method, str(source["url"]), headers=headers) as response:
        if response.status >= 400:
            raise ValueError(f"HTTP request failed: {response.status} for url '{response.url}'")
        data = json.loads(await response.text())
    for part in str(source.get("data_path") or "").split("."):
        if part and isinstance(data, Mapping):
            data = data.get(part, [])
    records = data if isinstance(data, list) else [data]
    mapping = target.get("mapping") or {}
    insert = _insert(str(target["table"]), [str(column) for column in mapping], quoted=False)
    rows = [[_picked(record, str(field)) for field in mapping.values()] for record in records]
    moved, chunks = await _write(connection, insert, _chunked(rows, chunk))
    return {"rows_transferred": moved, "chunks_processed": chunks, "records_fetched": len(records)}


def _picked(record: Any, field: str) -> Any:
    for part in field.split("."):
        record = record.get(part) if isinstance(record, Mapping) else None
    return record


async def _postgres_rows(
    call: PythonCall, source: Mapping[str, Any], target: Mapping[str, Any], connection: Any, chunk: int, mode: str
) -> dict[str, Any]:
    """A failing statement is reported in the result, with the rows that went over before it."""
    table = target.get("table") or "custom_query"
    async with await _connect(call, source["auth"]) as origin, origin.cursor() as cursor:
        await cursor.execute(str(source["query"]).encode())
        columns = [column.name for column in cursor.description or ()]
        insert = str(target["query"]) if target.get("query") else _insert(str(table), columns, quoted=True)
        if mode == "upsert" and not target.get("query"):
            updates = ", ".join(f'"{column}" = EXCLUDED."{column}"' for column in columns[1:])
            insert += f" ON CONFLICT ({columns[0]}) DO UPDATE SET {updates}"
        if mode == "replace" and not target.get("query"):
            await connection.execute(f"TRUNCATE TABLE {table}".encode())
            await connection.commit()

        async def chunks() -> AsyncIterator[Sequence[Any]]:
            while rows := await cursor.fetchmany(chunk):
                yield rows

        moved, done = await _write(connection, insert, chunks())
    return {
        "status": "success",
        "rows_transferred": moved,
        "chunks_processed": done,
        "target_table": table,
        "columns": columns,
    }


def _insert(table: str, columns: Sequence[str], *, quoted: bool) -> str:
    names = ", ".join(f'"{column}"' if quoted else column for column in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"


async def _chunked(rows: Sequence[Any], size: int) -> AsyncIterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


async def _write(connection: Any, insert: str, chunks: AsyncIterator[Sequence[Any]]) -> tuple[int, int]:
    moved = done = 0
    async with connection.cursor() as cursor:
        async for chunk in chunks:
            for row in chunk:
                await cursor.execute(insert.encode(), row)
            await connection.commit()
            moved, done = moved + len(chunk), done + 1
    return moved, done


_KIND = ("tool", "kind")
_AUTH = Field(option(AUTH), None)
_SOURCE = {
    "type": Field(unit_enum("snowflake", "postgres", "http", "duckdb"), aliases=_KIND),
    "query": Field(string),
    "url": Field(option(string), None),
    "method": Field(string, "GET"),
    "headers": Field(option(map_of(string)), None),
    "data_path": Field(option(string), None),
    "connection": Field(option(string), None),
    "auth": _AUTH,
}
_TARGET = {
    "type": Field(unit_enum("snowflake", "postgres", "duckdb"), aliases=_KIND),
    "table": Field(option(string), None),
    "mapping": Field(option(map_of(string)), None),
    "connection": Field(option(string), None),
    "auth": _AUTH,
}
_CONFIG = {
    "source": Field(value),
    "target": Field(value),
    "chunk_size": Field(unsigned(64), 1000),
    "mode": Field(unit_enum("append", "replace", "upsert"), "append"),
}


def _check_direction(source: str, target: str) -> None:
    if {source, target} == {"Postgres", "Snowflake"}:
        raise ToolError.configuration(f"Transfer from {source} to {target} is not yet implemented")
    if target != "Postgres":
        raise ToolError.configuration(f"Unsupported transfer direction: {source} to {target}")


async def rust(call: RustCall) -> ToolResult:
    """`{direction, source_type, target_type, mode, rows_transferred, chunks_processed, target_table, columns}`."""
    begun, config = time.monotonic(), call.rendered("TransferConfig", _CONFIG)
    try:
        source = decode("SourceConfig", _SOURCE, config["source"])
        target = decode("TargetConfig", _TARGET, config["target"])
    except DecodeError as error:
        raise ToolError.configuration(f"Invalid transfer config: {error}") from None
    kind: str = source["type"]
    if (kind, target["type"]) in (("duckdb", "postgres"), ("postgres", "duckdb")):
        raise ToolError(f"harness: transfer {kind} to {target['type']} is not emulated")
    _check_direction(_NAMES[kind], _NAMES[target["type"]])
    if kind == "http" and source["url"] is None:
        raise ToolError.configuration("Source URL required for HTTP transfer")
    if kind == "postgres" and source["connection"] is None:
        raise ToolError.configuration("Source connection string required")
    if target["connection"] is None:
        raise ToolError.configuration("Target connection string required")
    if target["table"] is None:
        raise ToolError.configuration("Target table name required")
    rows, columns = await (_rust_http(call, source, target) if kind == "http" else _rust_postgres(call, source))
    moved = await _rust_write(call, target, columns or [], rows, replace=config["mode"] == "replace")
    data = {
        "direction": f"{kind}_to_postgres",
        "source_type": kind,
        "target_type": "postgres",
        "mode": config["mode"],
        "rows_transferred": moved,
        "chunks_processed": -(-moved // config["chunk_size"]),
        "target_table": target["table"],
        **({} if columns is None else {"columns": columns}),
    }
    return success(data, duration_ms=int((time.monotonic() - begun) * 1000))


async def _rust_postgres(call: RustCall, source: Mapping[str, Any]) -> tuple[list[list[Any]], list[str] | None]:
    explains = call.release.explains_sql_errors
    found = await pg_rust.execute(
        source["connection"], [source["query"]], [], schema=None, as_objects=True, explains=explains
    )
    data = found.fields["data"]
    if "rows" not in data:
        raise ToolError.database("Invalid source data format")
    return [list(row.values()) for row in data["rows"]], data["columns"]


async def _rust_http(
    call: RustCall, source: Mapping[str, Any], target: Mapping[str, Any]
) -> tuple[list[list[Any]], list[str] | None]:
    method = "POST" if source["method"].upper() == "POST" else "GET"
    try:
        async with call.services.session.request(method, source["url"], headers=source["headers"]) as response:
            data = json.loads(await response.text())
    except (aiohttp.ClientError, TimeoutError):
        raise ToolError.http(f"HTTP request failed: error sending request for url ({source['url']})") from None
    except ValueError:
        raise ToolError.http("Failed to parse JSON response: error decoding response body") from None
    for segment in source["data_path"].split(".") if source["data_path"] is not None else ():
        if not isinstance(data, Mapping) or segment not in data:
            raise ToolError.http(f"Path segment '{segment}' not found in JSON")
        data = data[segment]
    records = data if isinstance(data, list) else [data]
    if not isinstance(data, Mapping | list):
        raise ToolError.http("HTTP response data must be an array or object")
    if not records:
        return [], None
    mapping = target["mapping"]
    if mapping is None and not isinstance(records[0], Mapping):
        raise ToolError.configuration("Cannot determine columns from HTTP data")
    fields = mapping or {key: key for key in records[0]}
    picked = [
        [record.get(field) if isinstance(record, Mapping) else None for field in fields.values()] for record in records
    ]
    return picked, list(fields)


async def _rust_write(
    call: RustCall, target: Mapping[str, Any], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, replace: bool
) -> int:
    """One INSERT a row, each in a transaction of its own: rows before a failing one stay."""
    if not rows:
        return 0
    url, table = target["connection"], target["table"]
    explains = call.release.explains_sql_errors
    if replace:
        await pg_rust.execute(url, [f"TRUNCATE TABLE {table}"], [], schema=None, as_objects=False, explains=explains)
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
    for row in rows:
        await pg_rust.execute(url, [insert], row, schema=None, as_objects=False, explains=explains)
    return len(rows)
