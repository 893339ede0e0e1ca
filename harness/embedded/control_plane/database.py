"""A few connections to the platform database, shared by all requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

Row: TypeAlias = dict[str, Any]
Cursor: TypeAlias = psycopg.AsyncCursor[Row]

_SIZE = 6


class Database:
    """`_SIZE` connections behind a queue; one that broke is replaced when it is next wanted."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._idle: asyncio.LifoQueue[psycopg.AsyncConnection[Row]] = asyncio.LifoQueue()

    @property
    def size(self) -> int:
        """How many connections there are."""
        return _SIZE

    @property
    def available(self) -> int:
        """How many of them nobody uses at the moment."""
        return self._idle.qsize()

    def dsn(self, **changes: str | None) -> str:
        """Where the platform database is, with `changes`: another `dbname`, say."""
        return make_conninfo(self._dsn, **changes)

    async def open(self) -> None:
        """Connect. Raises `psycopg.OperationalError`."""
        for _ in range(_SIZE):
            self._idle.put_nowait(await self._connect())

    async def close(self) -> None:
        """Close every connection, waiting for those in use."""
        for _ in range(_SIZE):
            connection = await self._idle.get()
            await connection.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Cursor]:
        """A cursor inside a transaction that commits at the end of the block, or rolls back when it raises."""
        connection = await self._idle.get()
        try:
            if connection.closed:
                connection = await self._connect()
            async with connection.transaction(), connection.cursor() as cursor:
                yield cursor
        finally:
            self._idle.put_nowait(connection)

    async def _connect(self) -> psycopg.AsyncConnection[Row]:
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, row_factory=dict_row)
        # created_at has no time zone: without this, a server elsewhere would store local time in it.
        await connection.execute("SET timezone TO 'UTC'")
        return connection
