"""`pods/NAME/portforward` over a websocket, as the official Python client speaks it (`v4.channel.k8s.io`).

Of each port that is asked for there are two channels, of data and of errors. Every message starts with the number of
its channel; the first one on each channel is the port's number, two bytes with the low one first.
"""

from __future__ import annotations

import asyncio

from aiohttp import WSMsgType, web

from api_server.address import Address
from api_server.answers import Refusal
from api_server.cluster import Cluster
from api_server.streams import Streams

PROTOCOL = "v4.channel.k8s.io"


async def forward(request: web.Request, cluster: Cluster, address: Address, streams: Streams) -> web.StreamResponse:
    """One connection to one port of a pod."""
    assert address.namespace
    assert address.name
    if streams.refuse_forwards:
        raise Refusal(500, "InternalError", "error upgrading connection: the node does not answer")
    ports = [int(port) for port in request.query.getall("ports", [])]
    if len(ports) != 1:
        raise Refusal(400, "BadRequest", "exactly one port can be forwarded here")
    target = cluster.port(address.namespace, address.name, ports[0])
    socket = web.WebSocketResponse(protocols=(PROTOCOL,))
    await socket.prepare(request)
    for channel in (0, 1):
        await socket.send_bytes(bytes([channel]) + ports[0].to_bytes(2, "little"))
    if target is None:
        await socket.send_bytes(b"\x01" + f"nothing listens on port {ports[0]} of the pod".encode())
        await socket.close()
        return socket
    with streams.opened(request):
        await _pump(socket, target)
    return socket


async def _pump(socket: web.WebSocketResponse, port: int) -> None:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError as error:
        await socket.send_bytes(b"\x01" + f"connection refused: {error}".encode())
        await socket.close()
        return

    async def back() -> None:
        while data := await reader.read(65_536):
            await socket.send_bytes(b"\x00" + data)
        await socket.close()

    answers = asyncio.create_task(back())
    try:
        async for message in socket:
            if message.type is WSMsgType.BINARY and message.data[:1] == b"\x00":
                writer.write(message.data[1:])
                await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
        answers.cancel()
        await asyncio.gather(answers, return_exceptions=True)
