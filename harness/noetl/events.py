"""Readers of `noetl.event`, `noetl.command`, `noetl.execution` and `noetl.runtime`. They only read, except for
`InsertBell`, which installs a trigger in a database that the harness owns."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from harness.model.errors import Exit, HarnessError
from harness.model.event import CommandRow, EventRow
from harness.model.evidence import WorkerRow
from harness.model.pool import Runtime
from harness.patience import patiently

OVERLAP_MS = 5_000
"""Event ids are made before they are committed, so a row may appear behind a higher id. 5 s is far above the longest
commit seen (spec: noetl-live 2, transaction times of milliseconds)."""

_ID_SHIFT = 23
"""Milliseconds stand from bit 23 of an id (spec: noetl-python 5.4, snowflake_id)."""

_CHANNEL = "noetl_harness_event"

_FAMILY = """
WITH RECURSIVE family AS (
    SELECT root AS execution_id, root FROM unnest(%(roots)s::bigint[]) AS root
    UNION
    SELECT child.execution_id, family.root
    FROM {schema}.execution child JOIN family ON child.parent_execution_id = family.execution_id
    WHERE child.execution_id > %(oldest)s
)
"""
"""NoETL has no index of parents; children are younger, so that the primary key spares the executions before them."""

_EVENTS = (
    _FAMILY
    + """
SELECT family.root, event.event_id, event.execution_id, event.event_type, event.node_name, event.node_type,
       event.status, event.created_at, event.parent_event_id, event.parent_execution_id, event.command_id,
       event.worker_id, event.error, event.context, event.result, event.meta, {previous}
FROM family CROSS JOIN LATERAL (
    SELECT * FROM {schema}.event event
    WHERE event.execution_id = family.execution_id AND event.event_id > %(after)s
    OFFSET 0
) event
WHERE (event.execution_id, event.event_id) NOT IN (SELECT * FROM unnest(%(executions)s::bigint[], %(known)s::bigint[]))
ORDER BY event.event_id
"""
)
"""`OFFSET 0` keeps the planner from reading the whole table, whose size it does not weigh against a few executions."""

_IS_CHAINED = """
SELECT EXISTS (
    SELECT FROM information_schema.columns
    WHERE table_schema = %(schema)s AND table_name = 'event' AND column_name = 'prev_event_id'
) AS chained
"""
"""NoETL has the column from 4.26 on (spec: noetl-python, version deltas)."""

_COMMANDS = (
    _FAMILY
    + """
SELECT command.command_id, command.event_id, command.execution_id, command.step_name, command.tool_kind,
       command.status, command.worker_id, command.attempt, command.context, command.meta, command.result, command.error
FROM family JOIN {schema}.command command USING (execution_id)
ORDER BY command.event_id
"""
)

_STATUS = "SELECT status FROM {schema}.execution WHERE execution_id = %(id)s"

_WORKERS = "SELECT name, status, labels, runtime FROM {schema}.runtime WHERE kind = 'worker_pool' ORDER BY name"

_READABLE = """
SELECT 1 FROM {schema}.event, {schema}.command, {schema}.execution, {schema}.runtime LIMIT 0
"""

_WHICH = "SELECT system_identifier::text AS cluster, current_database() AS name FROM pg_control_system()"

PATIENCE = 15.0
"""Seconds in which a lost database may be had again: a forward gives up after as many."""

READ_ONLY = "-c default_transaction_read_only=on"

_TRIGGER = f"""
CREATE OR REPLACE FUNCTION noetl.{_CHANNEL}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('{_CHANNEL}', ''); RETURN NULL; END $$;
DROP TRIGGER IF EXISTS {_CHANNEL} ON noetl.event;
CREATE TRIGGER {_CHANNEL} AFTER INSERT ON noetl.event FOR EACH STATEMENT EXECUTE FUNCTION noetl.{_CHANNEL}();
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event and the root execution whose family it belongs to."""

    root: int
    event: EventRow


class EventStore:
    """One lane's platform database, through a session that can not write. Use as an async context manager."""

    def __init__(self, dsn: str, schema: str, connection: psycopg.AsyncConnection[dict[str, Any]]) -> None:
        self._dsn = dsn
        self._schema = schema
        self._connection = connection
        self._busy = asyncio.Lock()
        self._previous = sql.SQL("NULL AS prev_event_id")
        self._identity: tuple[str, str] | None = None
        self._gone: HarnessError | None = None
        self.breaks = 0
        """How many times the connection was lost. What was going on then was not seen whole."""

    @classmethod
    async def open(cls, dsn: str, schema: str) -> EventStore:
        """Raises `HarnessError` (environment) when the database does not answer, has no NoETL tables in `schema`, or
        does not let this role read them. The DSN is never shown."""
        try:
            store = cls(dsn, schema, await _connect(dsn))
        except psycopg.Error as error:
            raise unreadable(error, schema) from None
        try:
            await store._rows(_READABLE, {})
            if (await store._rows(_IS_CHAINED, {"schema": schema}))[0]["chained"]:
                store._previous = sql.SQL("event.prev_event_id")
            store._identity = await _identity(store._connection)
        except BaseException:
            await store._connection.close()
            raise
        return store

    async def __aenter__(self) -> EventStore:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()

    async def events(
        self, roots: Iterable[int], *, after: int = 0, known: Collection[tuple[int, int]] = ()
    ) -> list[Arrival]:
        """Events above id `after` of these executions and all their descendants, in id order, but for those of which
        execution and event id are `known`."""
        old = [key for key in known if key[1] > after]
        values = {
            **_family(roots),
            "after": after,
            "executions": [one for one, _ in old],
            "known": [one for _, one in old],
        }
        rows = await self._rows(_EVENTS, values)
        return [Arrival(int(row["root"]), EventRow.from_row(row)) for row in rows]

    async def commands(self, root: int) -> tuple[CommandRow, ...]:
        """Command rows of an execution and all its descendants, in order of issue."""
        rows = await self._rows(_COMMANDS, _family([root]))
        return tuple(CommandRow.from_row(row) for row in rows)

    async def execution_status(self, execution_id: int) -> str | None:
        """`noetl.execution.status`: stays RUNNING for ever on some paths (spec: noetl-python 5.9)."""
        rows = await self._rows(_STATUS, {"id": execution_id})
        return str(rows[0]["status"]) if rows else None

    async def workers(self) -> tuple[WorkerRow, ...]:
        """Workers that registered. Rows of dead ones stay `ready` for a while (spec: noetl-python 8)."""
        return tuple(worker_row(row) for row in await self._rows(_WORKERS, {}))

    async def _rows(self, query: LiteralString, values: dict[str, Any]) -> Sequence[dict[str, Any]]:
        statement = sql.SQL(query).format(schema=sql.Identifier(self._schema), previous=self._previous)
        async with self._busy:
            if self._connection.closed:
                await self._reconnect()
            try:
                cursor = await self._connection.execute(statement, values)
                return await cursor.fetchall()
            except psycopg.OperationalError as error:
                self.breaks += self._connection.closed
                raise _lost(error) from None
            except psycopg.Error as error:
                raise unreadable(error, self._schema) from None

    async def _reconnect(self) -> None:
        """Connect again, patiently, to the same database as before. Where that can not be had, it never is again."""
        if self._gone is not None:
            raise self._gone
        problem: psycopg.Error | None = None
        async for _ in patiently(PATIENCE):
            try:
                self._connection = await _connect(self._dsn)
                found = await _identity(self._connection)
                break
            except psycopg.Error as error:
                problem = error
        else:
            assert problem
            self._gone = unreadable(problem, self._schema)
            raise self._gone
        if found != self._identity:
            await self._connection.close()
            self._gone = HarnessError(
                "Another database answers than before the connection was lost.",
                "Point the address back to the one that the run began on, and run again.",
                Exit.ENVIRONMENT,
            )
            raise self._gone


async def _connect(dsn: str) -> psycopg.AsyncConnection[dict[str, Any]]:
    return await psycopg.AsyncConnection.connect(
        dsn, autocommit=True, row_factory=dict_row, connect_timeout=5, options=READ_ONLY
    )


async def _identity(connection: psycopg.AsyncConnection[dict[str, Any]]) -> tuple[str, str]:
    """What stays the same where a server is started again."""
    row = await (await connection.execute(_WHICH)).fetchone()
    assert row
    return str(row["cluster"]), str(row["name"])


async def identity(dsn: str) -> tuple[str, str]:
    """What no other database has, by whatever address it is reached: the id that its cluster got when it was made, and
    its name.

    Raises `HarnessError` (environment) when it does not answer. The DSN is never shown.
    """
    try:
        async with await _connect(dsn) as connection:
            return await _identity(connection)
    except psycopg.Error as error:
        raise HarnessError(
            f"The database does not answer: {_first_line(error)}",
            "Check that PostgreSQL runs, and that host, port, user and password are right.",
            Exit.ENVIRONMENT,
        ) from None


class InsertBell:
    """Rings when rows are added to `noetl.event`. Only for a database that the harness owns: it adds a trigger."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    @classmethod
    async def hang(cls, dsn: str) -> InsertBell:
        """Install the trigger and listen to it."""
        connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
        await connection.execute(_TRIGGER)
        await connection.execute(f"LISTEN {_CHANNEL}")
        return cls(connection)

    async def rung(self, at_most: float) -> None:
        """Return at the next insert, or after `at_most` seconds."""
        try:
            async for _ in self._connection.notifies(timeout=at_most, stop_after=1):
                return
        except psycopg.OperationalError as error:
            raise _lost(error) from None

    async def close(self) -> None:
        await self._connection.close()


def _family(roots: Iterable[int]) -> dict[str, Any]:
    """What `_FAMILY` asks for."""
    known = list(roots)
    return {"roots": known, "oldest": overlap_start(min(known, default=0))}


def overlap_start(highest: int) -> int:
    """The id from which to read again so that rows committed late are not missed."""
    return max(0, highest - (OVERLAP_MS << _ID_SHIFT))


def unreadable(error: psycopg.Error, schema: str) -> HarnessError:
    """Why NoETL's tables can not be read. The DSN is not shown."""
    match error:
        case psycopg.errors.UndefinedTable():
            what = f"The database has no NoETL tables in the schema {schema}."
            todo = "Name the database and the schema that NoETL writes to."
        case psycopg.errors.InsufficientPrivilege():
            what = f"The role may not read NoETL's tables in the schema {schema}: {_first_line(error)}"
            todo = f"GRANT USAGE ON SCHEMA {schema} and SELECT on its tables to it; it needs no more."
        case _:
            what = f"The NoETL database does not answer: {_first_line(error)}"
            todo = "Check that PostgreSQL runs, and that host, port, user and password are right."
    return HarnessError(what, todo, Exit.ENVIRONMENT)


def _first_line(error: psycopg.Error) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _lost(error: psycopg.OperationalError) -> HarnessError:
    return HarnessError(
        f"The platform database was lost: {_first_line(error)}",
        "Check PostgreSQL's log; the legs in flight have no verdict.",
        Exit.ENVIRONMENT,
    )


def worker_row(row: Mapping[str, Any]) -> WorkerRow:
    """From a row of `noetl.runtime`, of whose columns name, status, labels and runtime count."""
    runtime = row.get("runtime")
    name = runtime.get("type") if isinstance(runtime, dict) else runtime
    labels = row.get("labels") or {}
    return WorkerRow(
        worker_id=str(row["name"]),
        runtime=Runtime(name) if name in tuple(Runtime) else None,
        pool_name=str(labels.get("pool_name") or labels.get("worker_pool") or "") if isinstance(labels, dict) else "",
        status=str(row.get("status") or ""),
    )
