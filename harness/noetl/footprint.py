"""What executions and playbooks a NoETL database has beside those of a run. One read-only look."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg
from psycopg import sql

from harness.noetl.events import unreadable

OURS = "parity/"
"""Begins the catalog path of what the suite registers."""

_RUNNING = """
SELECT catalog.path, count(*) FROM {schema}.execution JOIN {schema}.catalog USING (catalog_id)
WHERE upper(execution.status) = 'RUNNING' GROUP BY catalog.path
"""


async def running_paths(dsn: str, schema: str) -> dict[str, int]:
    """How many executions are RUNNING, by the catalog path of their playbook.

    Raises `HarnessError` (environment) when the database does not answer or may not be read. The DSN is never shown."""
    return {str(path): int(count) for path, count in await _rows(dsn, schema, _RUNNING)}


async def _rows(dsn: str, schema: str, query: LiteralString) -> list[tuple[Any, ...]]:
    try:
        async with await psycopg.AsyncConnection.connect(dsn, connect_timeout=5) as connection:
            await connection.set_read_only(True)
            cursor = await connection.execute(sql.SQL(query).format(schema=sql.Identifier(schema)))
            return await cursor.fetchall()
    except psycopg.Error as error:
        raise unreadable(error, schema) from None
