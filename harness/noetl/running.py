"""Executions that a NoETL database has RUNNING now, and what says whether they move. One read-only transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from harness.model.event import CommandRow, EventRow
from harness.model.evidence import WorkerRow
from harness.noetl.events import unreadable, worker_row

MOST = 500
"""Executions that are looked at, the newest first."""

_MEASURED = 1000
"""How many of the newest executions the finalisation times are taken from."""

_WORKER_STALE = 60.0
"""Seconds without a heartbeat after which NoETL's own reaper counts a worker as gone (spec: noetl-python 5.10)."""

_ROOTS = """
SELECT own.execution_id, own.status
FROM {schema}.execution own LEFT JOIN {schema}.execution parent ON parent.execution_id = own.parent_execution_id
WHERE upper(own.status) = 'RUNNING' AND upper(coalesce(parent.status, '')) <> 'RUNNING'
ORDER BY own.execution_id DESC LIMIT %(most)s
"""

_FAMILY = """
WITH RECURSIVE family AS (
    SELECT root AS execution_id, root FROM unnest(%(roots)s::bigint[]) AS root
    UNION
    SELECT child.execution_id, family.root
    FROM {schema}.execution child JOIN family ON child.parent_execution_id = family.execution_id
)
"""

_EVENTS = """
SELECT family.root, event.event_id, event.execution_id, event.event_type, event.node_name, event.node_type,
       event.status, event.created_at, event.parent_execution_id, event.command_id, event.worker_id, event.error,
       event.meta, jsonb_build_object('context', jsonb_build_object(
           'command_id', event.result #> '{{context,command_id}}',
           'pending_callback', event.result #> '{{context,pending_callback}}')) AS result
FROM family JOIN {schema}.event event USING (execution_id)
ORDER BY event.event_id
"""
"""Without the results, which can be large and say nothing here."""

_COMMANDS = """
SELECT family.root, command.command_id, command.event_id, command.execution_id, command.step_name, command.tool_kind,
       command.status, command.worker_id, command.attempt, command.meta
FROM family JOIN {schema}.command command USING (execution_id)
ORDER BY command.event_id
"""

_WORKERS = """
SELECT name, labels, runtime, status, extract(epoch FROM now() - heartbeat)::float AS age
FROM {schema}.runtime WHERE kind = 'worker_pool' ORDER BY name
"""

_FINALISATIONS = """
WITH recent AS (SELECT execution_id FROM {schema}.execution ORDER BY execution_id DESC LIMIT %(measured)s),
ended AS (
    SELECT execution_id, min(event.created_at) AS at
    FROM recent JOIN {schema}.event event USING (execution_id)
    WHERE event.event_type = ANY(%(terminals)s) GROUP BY execution_id
)
SELECT extract(epoch FROM ended.at - max(event.created_at))::float AS seconds
FROM ended JOIN {schema}.event event USING (execution_id)
WHERE event.event_type IN ('command.completed', 'command.failed') AND event.created_at <= ended.at
GROUP BY ended.execution_id, ended.at
"""


@dataclass(frozen=True, slots=True)
class RunningExecution:
    """A RUNNING execution whose parent is not RUNNING itself, with the rows of all its descendants."""

    root: int
    row_status: str
    events: tuple[EventRow, ...]
    commands: tuple[CommandRow, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """What the database says at `now`. `finalisations` are the seconds that recent executions took from their last
    command to their end. `more`: there are further RUNNING executions, older than these."""

    now: datetime
    executions: tuple[RunningExecution, ...]
    workers: tuple[WorkerRow, ...]
    finalisations: tuple[float, ...]
    more: bool


async def read_running(dsn: str, schema: str, terminals: Collection[str]) -> Running:
    """Read everything in one transaction that can not write. `terminals` are the events that end an execution.

    Raises `HarnessError` (environment) when the database does not answer or has no NoETL tables in `schema`. The DSN is
    never shown."""
    try:
        connection = await psycopg.AsyncConnection.connect(dsn, row_factory=dict_row, connect_timeout=5)
        async with connection:
            await connection.set_read_only(True)
            await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            return await _read(connection, schema, terminals)
    except psycopg.Error as error:
        raise unreadable(error, schema) from None


async def _read(
    connection: psycopg.AsyncConnection[dict[str, Any]], schema: str, terminals: Collection[str]
) -> Running:
    async def rows(query: LiteralString, **values: object) -> Sequence[dict[str, Any]]:
        statement = sql.SQL(query).format(schema=sql.Identifier(schema))
        return await (await connection.execute(statement, values)).fetchall()

    now = (await rows("SELECT now() AS now"))[0]["now"].astimezone(UTC)
    roots = await rows(_ROOTS, most=MOST + 1)
    status = {int(row["execution_id"]): str(row["status"]) for row in roots[:MOST]}
    events = await rows(_FAMILY + _EVENTS, roots=list(status))
    commands = await rows(_FAMILY + _COMMANDS, roots=list(status))
    finalisations = await rows(_FINALISATIONS, measured=_MEASURED, terminals=list(terminals))
    return Running(
        now,
        tuple(
            RunningExecution(
                root,
                said,
                tuple(EventRow.from_row(row) for row in events if row["root"] == root),
                tuple(CommandRow.from_row(row) for row in commands if row["root"] == root),
            )
            for root, said in status.items()
        ),
        tuple(_worker(row) for row in await rows(_WORKERS)),
        tuple(float(row["seconds"]) for row in finalisations),
        len(roots) > MOST,
    )


def _worker(row: dict[str, Any]) -> WorkerRow:
    gone = row["age"] is not None and row["age"] > _WORKER_STALE
    return worker_row({**row, "status": "offline" if gone else row["status"]})
