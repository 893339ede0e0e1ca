"""Forwards: what goes in comes out, what breaks is found again, and never in another cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from api_server import ApiServer, Cluster
from api_server.cluster import Nothing

from harness.deployments.kubernetes import forward
from harness.deployments.kubernetes.api import Api
from harness.deployments.kubernetes.forward import Forward
from harness.deployments.kubernetes.identity import check_same, identity
from harness.model.errors import HarnessError
from harness.model.kubernetes import Part, Settings

ECHO = Part("noetl", "app=echo", 7)


@pytest.fixture
async def echo(cluster: Cluster) -> AsyncIterator[None]:
    """A deployment whose pod sends back what it gets, and ends the connection after a line `bye`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
            if line == b"bye\n":
                break
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=1 << 20)
    cluster.deploy("noetl", "echo", Nothing({7: server.sockets[0].getsockname()[1]}), ports=(7,))
    yield
    server.close()


@pytest.fixture
async def tunnel(api: Api, settings: Settings, echo: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Forward]:
    monkeypatch.setattr(forward, "_PATIENCE", 0.3)
    known = await identity(api, settings)
    async with Forward(api, ECHO, lambda: check_same(api, settings, known)).open() as opened:
        yield opened


async def said(tunnel: Forward, *lines: bytes) -> bytes:
    """What comes back over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", tunnel.port)
    try:
        for line in lines:
            writer.write(line)
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()


async def test_what_goes_in_comes_out(tunnel: Forward) -> None:
    big = b"x" * 300_000 + b"\n"
    answers = await asyncio.gather(*(said(tunnel, big[number:], b"bye\n") for number in range(4)))
    assert answers == [big[number:] + b"bye\n" for number in range(4)]
    assert (tunnel.broken, tunnel.lost) == (0, None)


async def test_a_connection_that_is_cut_ends_and_the_next_one_works(tunnel: Forward, server: ApiServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", tunnel.port)
    writer.write(b"hello\n")
    assert await reader.readline() == b"hello\n"
    assert server.streams.drop("portforward") == 1
    assert await reader.read() == b""
    writer.close()
    assert await said(tunnel, b"bye\n") == b"bye\n"
    assert (tunnel.broken, tunnel.lost) == (1, None)


async def test_it_finds_the_pod_that_took_the_place_of_another(tunnel: Forward, cluster: Cluster) -> None:
    cluster.evict("noetl", cluster.pods("echo")[0])
    assert await said(tunnel, b"bye\n") == b"bye\n"


async def test_it_is_never_taken_up_in_another_cluster(
    tunnel: Forward, server: ApiServer, cluster: Cluster, settings: Settings
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", tunnel.port)
    writer.write(b"hello\n")
    await reader.readline()
    cluster.move("another")
    server.streams.drop("portforward")
    assert await reader.read() == b""
    writer.close()
    assert await said(tunnel, b"bye\n") == b""
    assert tunnel.lost
    assert "leads elsewhere now" in tunnel.lost


async def test_a_look_between_two_legs_finds_what_nobody_has_used(
    tunnel: Forward, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tunnel.check()
    assert (tunnel.lost, tunnel.broken) == (None, 0)
    monkeypatch.setattr(forward, "_PATIENCE", 0.1)
    server.streams.refuse_forwards = True
    await tunnel.check()
    assert tunnel.lost
    assert "app=echo in namespace noetl was lost" in tunnel.lost


async def test_a_look_at_a_pod_that_comes_back_loses_nothing(tunnel: Forward, cluster: Cluster) -> None:
    cluster.evict("noetl", cluster.pods("echo")[0])
    await tunnel.check()
    assert tunnel.lost is None


async def test_one_that_can_not_be_had_again_is_lost(tunnel: Forward, server: ApiServer) -> None:
    server.streams.refuse_forwards = True
    assert await said(tunnel, b"bye\n") == b""
    assert tunnel.lost
    assert "app=echo in namespace noetl was lost" in tunnel.lost


async def test_a_pod_that_does_not_listen_is_a_cut_and_no_loss(tunnel: Forward, api: Api, cluster: Cluster) -> None:
    cluster.deploy("noetl", "deaf")

    async def same() -> None:
        return

    async with Forward(api, Part("noetl", "app=deaf", 7), same).open() as deaf:
        assert await said(deaf, b"bye\n") == b""
        assert (deaf.broken, deaf.lost) == (1, None)


async def test_without_a_pod_there_is_none(api: Api) -> None:
    async def same() -> None:
        return

    with pytest.raises(HarnessError, match="no ready pod of app=nobody in namespace noetl"):
        async with Forward(api, Part("noetl", "app=nobody", 7), same).open():
            raise AssertionError
