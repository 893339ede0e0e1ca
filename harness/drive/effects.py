"""What a leg left outside the event log: rows in the tenant database, and calls that the test server recorded."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from types import TracebackType

import aiohttp
import psycopg

from harness.model.evidence import Effect, EffectKind
from harness.model.lane import Lane
from harness.model.suite import Case

MOST_ROWS = 10_000
"""Rows that are read of one query."""

_SECONDS = 5
"""How long an answer may take. An execution that hangs can hold a lock on the table that is asked for."""

_NO_SUCH_TABLE = "42P01"
_EXECUTION_ID = re.compile(r"\{\{\s*execution_id\s*\}\}")
_OPTIONS = f"-c default_transaction_read_only=on -c statement_timeout={_SECONDS}s -c timezone=UTC"


class EffectReader:
    """One lane's tenant database and test server. Use as an async context manager.

    What can not be read raises nothing: it is an effect with a `problem`, for a leg's history is known without it.
    """

    def __init__(self, lane: Lane) -> None:
        self._dsn = lane.tenant_dsn
        self._server = lane.test_server_url
        self._connection: psycopg.AsyncConnection[tuple[str]] | None = None
        self._busy = asyncio.Lock()

    async def __aenter__(self) -> EffectReader:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        if self._connection is not None:
            await self._connection.close()

    async def read(self, case: Case, root: int, executions: Iterable[int]) -> tuple[Effect, ...]:
        """The case's tables in the order of its queries; then, if it needs the test server, the calls of the root and
        of each other of its `executions`, by id."""
        tables = [await self._table(query, root) for query in case.tables]
        asked = sorted({root, *executions}) if "test-server" in case.needs else ()
        return (*tables, *await asyncio.gather(*(self._calls(one) for one in asked)))

    async def _table(self, query: str, root: int) -> Effect:
        try:
            texts = await self._texts(_EXECUTION_ID.sub(str(root), query))
            rows = tuple(json.loads(text, parse_float=_number) for text in texts[:MOST_ROWS])
        except psycopg.Error as error:
            absent = error.sqlstate == _NO_SUCH_TABLE
            return Effect(EffectKind.TABLE, root, query, problem=_first_line(error), absent=absent)
        except ValueError as error:
            return Effect(EffectKind.TABLE, root, query, problem=f"an answer that can not be read: {error}")
        problem = f"more than {MOST_ROWS} rows, of which the first were read" if len(texts) > MOST_ROWS else None
        return Effect(EffectKind.TABLE, root, query, rows, problem)

    async def _texts(self, query: str) -> list[str]:
        """The rows as PostgreSQL's own JSON: a client's types would depend on its drivers."""
        limited = f"SELECT row_to_json(harness_row)::text FROM (\n{query}\n) AS harness_row LIMIT {MOST_ROWS + 1}"
        async with self._busy:
            connection = await self._connected()
            cursor = await connection.execute(limited.encode())
            return [text for (text,) in await cursor.fetchall()]

    async def _connected(self) -> psycopg.AsyncConnection[tuple[str]]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._dsn, autocommit=True, connect_timeout=_SECONDS, options=_OPTIONS
            )
        return self._connection

    async def _calls(self, execution_id: int) -> Effect:
        try:
            async with self._session.get(f"{self._server}/x/{execution_id}/calls") as response:
                response.raise_for_status()
                record = await response.json()
            calls, dropped = tuple(record["calls"]), record["dropped"]
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            problem = f"the test server's record can not be read ({type(error).__name__})"
            return Effect(EffectKind.CALLS, execution_id, problem=problem)
        lost = f"{dropped} more calls, which the test server did not keep" if dropped else None
        return Effect(EffectKind.CALLS, execution_id, rows=calls, problem=lost)


def _number(text: str) -> float | str:
    """A float where it is the number that PostgreSQL wrote, else its text: two numbers are never made equal."""
    value = float(text)
    return value if Decimal(text) == Decimal(repr(value)) else text


def _first_line(error: psycopg.Error) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
