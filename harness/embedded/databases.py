"""Databases of the lanes: one for the platform (schema `noetl`) and one for playbooks, made from one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from harness.model.errors import Exit, HarnessError

_CONNECT = 3


@dataclass(frozen=True, slots=True)
class LaneDatabases:
    """The two addresses of a lane, as URLs with a password."""

    platform: str
    tenant: str

    def __repr__(self) -> str:
        return "LaneDatabases()"


class Databases:
    """Makes and drops the databases of lanes on one server. `dsn`, a URL or a libpq string, names a role that may."""

    def __init__(self, dsn: str, lanes: Sequence[str], suffix: str = "") -> None:
        self._parameters = _parameters(dsn)
        self._names = {lane: (f"noetl_{lane}{suffix}", f"tenant_{lane}{suffix}") for lane in lanes}

    def make(self, schema: bytes) -> Mapping[str, LaneDatabases]:
        """Create all of them; `schema` is the platform's DDL. `HarnessError` (environment) when the server refuses."""
        template: str | None = None
        try:
            with self._connection() as server:
                for platform, tenant in self._names.values():
                    _create(server, platform, template or "template0")
                    _create(server, tenant, "template0")
                    if template is None:
                        with psycopg.connect(self._url(platform), autocommit=True) as database:
                            database.execute(schema)
                        template = platform
        except psycopg.Error as error:
            raise self._refused(error) from None
        return {
            lane: LaneDatabases(self._url(platform), self._url(tenant))
            for lane, (platform, tenant) in self._names.items()
        }

    def drop(self) -> None:
        """Drop all of them, also from under a connection. `HarnessError` (environment) when the server refuses."""
        try:
            with self._connection() as server:
                for names in self._names.values():
                    for name in names:
                        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                        server.execute(statement.format(sql.Identifier(name)))
        except psycopg.Error as error:
            raise self._refused(error) from None

    def _connection(self) -> psycopg.Connection:
        url = self._url(str(self._parameters.get("dbname") or "postgres"))
        return psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT)

    def _url(self, database: str) -> str:
        """One form of address for all, whatever form was given: readers take it apart with `urlsplit`."""
        known = {name: str(value) for name, value in self._parameters.items() if value is not None}
        user = quote(known.pop("user", ""), safe="")
        password = quote(known.pop("password", ""), safe="")
        host, port = known.pop("host", "localhost"), known.pop("port", "5432")
        known.pop("dbname", None)
        if host.startswith("/"):
            known["host"], host = host, ""
        login = f"{user}:{password}@" if password else f"{user}@" if user else ""
        query = f"?{urlencode(known)}" if known else ""
        return f"postgresql://{login}{host}:{port}/{quote(database, safe='')}{query}"

    def _refused(self, error: psycopg.Error) -> HarnessError:
        where = f"{self._parameters.get('host', 'localhost')}:{self._parameters.get('port', 5432)}"
        text = " ".join(str(error).split()) or type(error).__name__
        return HarnessError(
            f"PostgreSQL at {where} does not do what the harness needs: {text}",
            "Check --postgres-dsn: the server must answer, and the role be allowed to create databases.",
            Exit.ENVIRONMENT,
        )


def _parameters(dsn: str) -> dict[str, str | int | None]:
    try:
        return dict(conninfo_to_dict(dsn))
    except psycopg.Error:
        raise HarnessError(
            "The value of --postgres-dsn is not a PostgreSQL address.",
            "Write postgresql://user:password@host:port/database.",
            Exit.ENVIRONMENT,
        ) from None


def _create(server: psycopg.Connection, name: str, template: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    server.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
