"""Addresses of servers that a person gives. What is wrong with one is told without it: it may hold a password."""

from __future__ import annotations

from urllib.parse import urlsplit

from harness.model.errors import HarnessError

_ESCAPES = "In a password, write @ as %40, : as %3A and / as %2F."


def sound_postgres_dsn(dsn: str) -> bool:
    """Whether libpq would take it. A URL with two `@` is not sound: libpq takes it apart at the wrong one."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        return bool(conninfo_to_dict(dsn)) and ("://" not in dsn or urlsplit(dsn).netloc.count("@") <= 1)
    except (psycopg.ProgrammingError, ValueError):
        return False


def sound_nats_url(url: str) -> bool:
    """Whether it is a URL of NATS; `host:port` alone is one."""
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        sound = parts.scheme in ("nats", "tls") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return sound and parts.netloc.count("@") <= 1


def check_postgres_dsn(dsn: str) -> None:
    """Raises `HarnessError` (usage) for what is no address of a PostgreSQL."""
    if not sound_postgres_dsn(dsn):
        raise HarnessError(
            "What --postgres-dsn was given is no address of a PostgreSQL.",
            f"Give a URL such as postgresql://host:5432/database, with user and password before the host. {_ESCAPES}",
        )


def check_nats_url(url: str) -> None:
    """Raises `HarnessError` (usage) for what is no URL of NATS."""
    if not sound_nats_url(url):
        raise HarnessError(
            "What --nats-url was given is no address of a NATS server.",
            f"Give a URL such as nats://host:4222, with user and password before the host. {_ESCAPES}",
        )
