"""A NoETL database of its own for each test, and a NATS server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from harness.embedded.accounts import server_account
from harness.embedded.control_plane import server
from harness.embedded.databases import Databases
from harness.embedded.folder import make_folder
from harness.embedded.nats import Bus, NatsServer
from harness.embedded.postgres import Postgres

_SCHEMA = Path(server.__file__).with_name("schema.sql").read_bytes()
_NUMBERS = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    account = server_account()
    folder = make_folder(account)
    postgres = Postgres(folder, account)
    try:
        postgres.begin()
        postgres.ready()
        yield postgres
    finally:
        postgres.stop()
        folder.remove()


@pytest.fixture
def dsn(postgres: Postgres) -> str:
    name = f"zombies{next(_NUMBERS)}"
    return Databases(postgres.dsn(), [name]).make(_SCHEMA)[name].platform


@pytest.fixture
def bus() -> Iterator[Bus]:
    folder = make_folder(server_account())
    server = NatsServer(folder, ["noetl"])
    try:
        server.begin()
        yield server.ready()["noetl"]
    finally:
        server.stop()
        folder.remove()
