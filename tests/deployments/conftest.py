"""Two NoETLs that are foreign to the harness, on one PostgreSQL and one NATS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from foreign import READER, READER_PASSWORD, Foreign, foreign

from harness.embedded.accounts import server_account
from harness.embedded.folder import make_folder
from harness.embedded.nats import NatsServer
from harness.embedded.postgres import Postgres

NAMES = ("one", "other")


@pytest.fixture(scope="session")
def foreigners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Foreign, Foreign]]:
    account = server_account()
    folder = make_folder(account)
    postgres, nats = Postgres(folder, account), NatsServer(folder, NAMES)
    logs: Path = tmp_path_factory.mktemp("foreign")
    try:
        postgres.begin()
        nats.begin()
        buses = nats.ready()
        postgres.ready()
        with psycopg.connect(postgres.dsn(), autocommit=True) as database:
            database.execute(f"CREATE ROLE {READER} LOGIN PASSWORD '{READER_PASSWORD}'".encode())
        with ExitStack() as stack:
            one, other = (stack.enter_context(foreign(postgres, name, buses[name], logs)) for name in NAMES)
            yield one, other
    finally:
        nats.stop()
        postgres.stop()
        folder.remove()
