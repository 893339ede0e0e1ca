"""Addresses of servers that a person gives. What is wrong with one is told without it: it may hold a password."""

from __future__ import annotations

from urllib.parse import urlsplit

from harness.model.errors import HarnessError

_ESCAPES = "In a password, write @ as %40, : as %3A and / as %2F."


def check_postgres_dsn(dsn: str) -> None:
    """Raises `HarnessError` (usage) for what libpq would not take, and for a URL with two `@`, which it takes apart at
    the wrong one."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        sound = bool(conninfo_to_dict(dsn)) and ("://" not in dsn or urlsplit(dsn).netloc.count("@") <= 1)
    except (psycopg.ProgrammingError, ValueError):
        sound = False
    if not sound:
        raise HarnessError(
            "What --postgres-dsn was given is no address of a PostgreSQL.",
            f"Give a URL such as postgresql://host:5432/database, with user and password before the host. {_ESCAPES}",
        )


def check_nats_url(url: str) -> None:
    """Raises `HarnessError` (usage) for what is no URL of NATS; `host:port` alone is one."""
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        sound = parts.scheme in ("nats", "tls") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.netloc.count("@") > 1:
        raise HarnessError(
            "What --nats-url was given is no address of a NATS server.",
            f"Give a URL such as nats://host:4222, with user and password before the host. {_ESCAPES}",
        )
