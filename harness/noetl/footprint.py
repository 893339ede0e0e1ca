"""What a NoETL has beside what a run sees: others' executions, and what the run itself leaves. It is only read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from harness.model.errors import HarnessError
from harness.model.footprint import Footprint
from harness.model.lane import Lane, Side
from harness.noetl.events import READ_ONLY, unreadable
from harness.noetl.streams import NoStream, open_stream

OURS = "parity/"
"""Begins the catalog path of what the suite registers."""

_RUNNING = """
SELECT catalog.path, count(*) FROM {schema}.execution JOIN {schema}.catalog USING (catalog_id)
WHERE upper(execution.status) = 'RUNNING' GROUP BY catalog.path
"""

_NEWEST = "SELECT coalesce(max(catalog_id), 0) FROM {schema}.catalog"

_CREDENTIALS = "SELECT name FROM {schema}.credential"

_TABLES = """
SELECT table_schema || '.' || table_name FROM information_schema.tables
WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
"""

_LEFT = """
WITH books AS (
    SELECT catalog_id FROM {schema}.catalog
    WHERE catalog_id > %(newest)s AND (position(%(mark)s IN path) > 0 OR path = ANY(%(paths)s))
), runs AS (
    SELECT execution_id, upper(status) = 'RUNNING' AS running FROM {schema}.execution JOIN books USING (catalog_id)
)
SELECT (SELECT count(*) FROM books), (SELECT count(*) FROM runs), (SELECT count(*) FROM runs WHERE running),
       (SELECT count(*) FROM {schema}.event JOIN runs USING (execution_id))
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """What was there before: the newest catalog entry, and names."""

    newest: int
    running: int
    credentials: frozenset[str]
    consumers: frozenset[str]
    tables: frozenset[str]


async def running_paths(dsn: str, schema: str) -> dict[str, int]:
    """How many executions are RUNNING, by the catalog path of their playbook.

    Raises `HarnessError` (environment) when the database does not answer or may not be read. The DSN is never shown."""
    return {str(path): int(count) for path, count in await _rows(dsn, schema, _RUNNING)}


async def survey(lane: Lane) -> Ground:
    """What this lane's NoETL has now. Raises `HarnessError` (environment) for what can not be read."""
    ((newest,),) = await _rows(lane.dsn, lane.schema, _NEWEST)
    return Ground(
        newest=int(newest),
        running=sum((await running_paths(lane.dsn, lane.schema)).values()),
        credentials=_names(await _rows(lane.dsn, lane.schema, _CREDENTIALS)),
        consumers=await _consumers(lane),
        tables=_names(await _rows(lane.tenant_dsn, lane.schema, _TABLES)),
    )


async def footprint(
    lane: Lane, sides: Sequence[Side], before: Ground, stored: Iterable[str], paths: Iterable[str]
) -> Footprint:
    """What is there now that was not `before`. `stored` are the credentials that the run has put there, `paths` the
    catalog paths that do not have its mark. What can not be read is told."""
    try:
        now = await survey(lane)
        values = {"newest": before.newest, "mark": f"/{lane.mark}/", "paths": list(paths)}
        ((playbooks, executions, running, events),) = await _rows(lane.dsn, lane.schema, _LEFT, values)
    except HarnessError as error:
        return Footprint(tuple(sides), apart=before.running, problem=error.what)
    ours = frozenset(stored)
    return Footprint(
        sides=tuple(sides),
        playbooks=playbooks,
        executions=executions,
        running=running,
        events=events,
        credentials=tuple(sorted(ours & now.credentials - before.credentials)),
        replaced=tuple(sorted(ours & before.credentials)),
        consumers=tuple(sorted(now.consumers - before.consumers)),
        tables=tuple(sorted(now.tables - before.tables)),
        apart=before.running,
    )


async def _consumers(lane: Lane) -> frozenset[str]:
    async with AsyncExitStack() as stack:
        try:
            state = await (await open_stream(lane, stack)).state()
        except NoStream:
            return frozenset()
    return frozenset(one.name for one in state.consumers)


def _names(rows: Iterable[tuple[Any, ...]]) -> frozenset[str]:
    return frozenset(str(name) for (name,) in rows)


async def _rows(
    dsn: str, schema: str, query: LiteralString, values: Mapping[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    try:
        async with await psycopg.AsyncConnection.connect(dsn, connect_timeout=5, options=READ_ONLY) as connection:
            cursor = await connection.execute(sql.SQL(query).format(schema=sql.Identifier(schema)), values)
            return await cursor.fetchall()
    except psycopg.Error as error:
        raise unreadable(error, schema) from None
