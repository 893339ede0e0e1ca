"""A port of a pod as a port of this machine, over the API's websocket.

Every connection has a websocket of its own (`v4.channel.k8s.io`): of the port there are two channels, 0 for data and 1
for errors, each message starts with its channel's number, and the first message on a channel is the port's number. So
there is no long-lived tunnel that could break unseen: a connection that breaks is seen by whoever uses it, and the next
one finds a pod again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from harness.deployments.kubernetes.api import Api, path_of
from harness.deployments.kubernetes.pods import is_ready, name_of
from harness.model.errors import Exit, HarnessError
from harness.model.kubernetes import Part
from harness.patience import patiently

PROTOCOL = "v4.channel.k8s.io"
_DATA, _ERROR = 0, 1
_PATIENCE = 15.0
"""Seconds in which a pod may be found again: a restart of a server takes ten."""


class Changed(HarnessError):
    """What is behind a forward is not what it was."""


class Forward:
    """One part of NoETL on a free port of 127.0.0.1.

    `same` is asked after every failure; it raises `Changed` when the cluster is another one than before. `lost` says
    why the part can not be reached any more, once it can not.
    """

    def __init__(self, api: Api, part: Part, same: Callable[[], Awaitable[None]]) -> None:
        self._api = api
        self._part = part
        self._same = same
        self._doubt = False
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0
        self.lost: str | None = None
        self.broken = 0
        """Connections that were cut, or could not be made at the first try."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Forward]:
        """Listen inside the block. Raises `HarnessError` (environment) where the pod does not take a connection."""
        async with AsyncExitStack() as stack:
            async with self._pod_socket():
                pass
            server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
            stack.push_async_callback(self._end, server)
            self.port = server.sockets[0].getsockname()[1]
            yield self

    async def check(self) -> None:
        """Make a connection now, or be lost."""
        if self.lost is not None:
            return
        try:
            async with self._connected():
                pass
        except HarnessError as error:
            self._lose(error)

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        for connection in tuple(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._carry(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from here to the pod, until either side ends it."""
        try:
            if self.lost is None:
                async with self._connected() as socket:
                    await self._pump(socket, reader, writer)
        except HarnessError as error:
            self._lose(error)
        except (aiohttp.ClientError, OSError):
            self._cut()
        finally:
            writer.close()

    async def _pump(
        self, socket: aiohttp.ClientWebSocketResponse, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        sending = asyncio.create_task(_send(reader, socket))
        receiving = asyncio.create_task(_receive(socket, writer))
        try:
            await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
            if receiving.done() and not receiving.result():
                self._cut()
            if sending.done():
                sending.result()
        finally:
            for task in (sending, receiving):
                task.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)

    def _lose(self, error: HarnessError) -> None:
        self.lost = self.lost or f"the forward to {self._part} was lost: {error.what}"

    def _cut(self) -> None:
        self._doubt = True
        self.broken += 1

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A websocket to a ready pod, tried again for a while; behind a failure, only of the cluster that it was."""
        async with AsyncExitStack() as stack:
            yield await self._reconnected(stack)

    async def _reconnected(self, stack: AsyncExitStack) -> aiohttp.ClientWebSocketResponse:
        problem: HarnessError | None = None
        async for _ in patiently(_PATIENCE):
            try:
                socket = await stack.enter_async_context(self._pod_socket())
                if self._doubt:
                    await self._same()
                    self._doubt = False
                return socket
            except Changed:
                raise
            except HarnessError as error:
                problem = error
                self._cut()
        assert problem
        raise problem

    @asynccontextmanager
    async def _pod_socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        pods = await self._api.items(path_of("v1", "pods", self._part.namespace), self._part.labels)
        ready = [name_of(pod) for pod in pods if is_ready(pod)]
        if not ready:
            raise HarnessError(
                f"There is no ready pod of {self._part}.",
                f"See what is there: kubectl -n {self._part.namespace} get pods -l {self._part.labels}",
                Exit.ENVIRONMENT,
            )
        path = path_of("v1", "pods", self._part.namespace, ready[0], "portforward")
        async with self._api.socket(path, PROTOCOL, ports=str(self._part.port)) as socket:
            for channel in (_DATA, _ERROR):
                first = await socket.receive()
                if first.type is not aiohttp.WSMsgType.BINARY or first.data[:1] != bytes([channel]):
                    raise HarnessError(
                        f"The forward to {self._part} speaks another protocol than {PROTOCOL}.",
                        "Give the service's address instead, under `urls`.",
                        Exit.ENVIRONMENT,
                    )
            yield socket


async def _send(reader: asyncio.StreamReader, socket: aiohttp.ClientWebSocketResponse) -> None:
    while data := await reader.read(32_768):
        await socket.send_bytes(bytes([_DATA]) + data)


async def _receive(socket: aiohttp.ClientWebSocketResponse, writer: asyncio.StreamWriter) -> bool:
    """Returns whether the pod ended the connection in order; else it was cut."""
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.BINARY or message.data[0] != _DATA:
            return False
        writer.write(message.data[1:])
        await writer.drain()
    return socket.close_code == aiohttp.WSCloseCode.OK
