"""`kind: postgres`: how each runtime finds its connection; the statements run in `pg_python` and `pg_rust`
(spec: noetl-python 4.1, 7.5; noetl-rust 3.2, 3.3)."""

from __future__ import annotations

import base64
import traceback
import uuid
from collections.abc import Mapping
from typing import Any

import psycopg

from harness.embedded.worker import pg_python, pg_rust, scripts, sql
from harness.embedded.worker.lookup import with_lookup
from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.result import ToolResult
from harness.embedded.worker.rust.serde import Field, boolean, list_of, option, string, unsigned, value
from harness.reference.credentials.python import postgres_connection
from harness.reference.templates import render_value

_BASE64 = ("command_b64", "commands_b64", "query_b64")
_INLINE = ("query", "queries", "command", "commands", "cmd", "cmds")

_CONFIG = {
    "query": Field(string),
    "params": Field(list_of(value), []),
    "connection_string": Field(option(string), None),
    "host": Field(option(string), None),
    "port": Field(option(unsigned(16)), None),
    "database": Field(option(string), None),
    "user": Field(option(string), None),
    "password": Field(option(string), None),
    "schema": Field(option(string), None),
    "as_objects": Field(boolean, True),
}


async def python(call: PythonCall) -> Any:
    """The last statement's payload with `statement_count`; failures keep what the other statements gave."""
    task_id, environ = str(uuid.uuid4()), call.services.settings.environment
    try:
        connection = await with_lookup(
            lambda lookup: postgres_connection(call.config, call.given, lookup, environ=environ), call.services.server
        )
        escaped = {key: _escaped(item) for key, item in call.merged.items()}
        text = render_value(await _commands(call), {**call.context, **escaped})
        results = await pg_python.execute(connection.conninfo, sql.statements(text))
    except (ValueError, OSError, TypeError, psycopg.Error) as error:
        call.log.error(f"Postgres task execution error: {error}")
        return {"id": task_id, "status": "error", "error": str(error), "traceback": traceback.format_exc()}
    collapsed = pg_python.collapsed(results)
    problems = [f"command_{index}: {one['message']}" for index, one in enumerate(results) if one["status"] == "error"]
    if problems:
        return {"id": task_id, "status": "error", "error": "; ".join(problems) + ";", "data": collapsed}
    return await pg_python.externalised(collapsed, call)


def _escaped(item: Any) -> Any:
    """What the release takes for safe SQL (spec: noetl-python 7.5)."""
    return item.replace("<", "\\<").replace(">", "\\>").replace("'", "''") if isinstance(item, str) else item


async def _commands(call: PythonCall) -> str:
    """`script`, else base64, else inline; lists are joined by line ends. Raises `ValueError`."""
    config = call.config
    if config.get("script") is not None:
        return await scripts.fetch(config["script"], call.services.session)
    for key in _BASE64:
        if config.get(key) is not None:
            try:
                return base64.b64decode(str(config[key])).decode()
            except ValueError as error:
                raise ValueError(f"Invalid base64 encoding in '{key}': {error}") from None
    for key in _INLINE:
        if config.get(key) is not None:
            given = config[key]
            return "\n".join(map(str, given)) if isinstance(given, list) else str(given)
    raise ValueError(
        "No SQL command provided. Expected 'script', base64 field (command_b64/commands_b64/query_b64), or inline "
        "field (query/queries/command/commands/cmd/cmds)"
    )


async def rust(call: RustCall) -> ToolResult:
    """`{columns, rows, row_count}` of a SELECT or WITH, else `{affected_rows}`."""
    aliases = ("command",) if call.release.sql_command else ()
    config = call.rendered("PostgresConfig", _CONFIG | {"query": Field(string, aliases=aliases)})
    several = call.release.sql_command and not config["params"]
    queries = sql.rust_statements(config["query"]) if several else [config["query"]]
    return await pg_rust.execute(
        _url(config, call),
        queries,
        config["params"],
        schema=config["schema"],
        as_objects=config["as_objects"],
        explains=call.release.explains_sql_errors,
    )


def _url(config: Mapping[str, Any], call: RustCall) -> str:
    """Put together by interpolation, nothing escaped: a password with `@`, `:` or `/` breaks it, as in the release."""
    if config["connection_string"] is not None:
        return str(config["connection_string"])
    given = config["password"] or ""
    password = call.secrets.get(given, given)
    host, port = config["host"] or "localhost", config["port"] or 5432
    user, database = config["user"] or "postgres", config["database"] or "postgres"
    return f"postgresql://{user}{f':{password}' if password else ''}@{host}:{port}/{database}"
