"""PostgreSQL and NATS for the tests of the control plane."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from control_plane_lane import ACCOUNTS, Backing, running
from wire_client import Wire

from harness.embedded.accounts import server_account
from harness.embedded.folder import make_folder
from harness.embedded.nats import NatsServer
from harness.embedded.postgres import Postgres


@pytest.fixture(scope="session")
def backing() -> Iterator[Backing]:
    account = server_account()
    folder = make_folder(account)
    postgres, bus = Postgres(folder, account), NatsServer(folder, ACCOUNTS)
    try:
        postgres.begin()
        bus.begin()
        urls = {name: one.url for name, one in bus.ready().items()}
        postgres.ready()
        yield Backing(postgres, urls)
    finally:
        bus.stop()
        postgres.stop()
        folder.remove()


@pytest.fixture
async def wire(backing: Backing) -> AsyncIterator[Wire]:
    async with running(backing) as client:
        yield client
