"""`GET pods/NAME/log`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from api_server.address import Address
from api_server.answers import Refusal
from api_server.cluster import Cluster, Container
from api_server.streams import Streams

Line = tuple[datetime, str]


async def log(request: web.Request, cluster: Cluster, address: Address, streams: Streams) -> web.StreamResponse:
    """The log of the current container, or with `previous=true` of the one before it."""
    query = request.query
    container = _container(cluster, address, query.get("container"), previous=query.get("previous") == "true")
    stamped = query.get("timestamps") == "true"
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    said = len(container.lines)
    lines = _since(container.lines[:said], query.get("sinceTime"))
    if "tailLines" in query:
        lines = lines[max(0, len(lines) - int(query["tailLines"])) :]
    await response.write(_text(lines, stamped))
    with streams.opened(request):
        while query.get("follow") == "true":
            news, ended = container.news, container.ended
            fresh = container.lines[said:]
            said += len(fresh)
            if fresh:
                await response.write(_text(fresh, stamped))
            if ended:
                break
            await news.wait()
    return response


def _container(cluster: Cluster, address: Address, name: str | None, *, previous: bool) -> Container:
    assert address.namespace
    assert address.name
    parts = cluster.containers(address.namespace, address.name)
    if name is None and len(parts) > 1:
        choice = " ".join(parts)
        raise _bad(f"a container name must be specified for pod {address.name}, choose one of: [{choice}]")
    part = name or next(iter(parts))
    if part not in parts:
        raise _bad(f"container {part} is not valid for pod {address.name}")
    if not previous:
        return parts[part][-1]
    if len(parts[part]) < 2:
        raise _bad(f'previous terminated container "{part}" in pod "{address.name}" not found')
    return parts[part][-2]


def _bad(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)


def _since(lines: Sequence[Line], since: str | None) -> Sequence[Line]:
    if since is None:
        return lines
    start = datetime.fromisoformat(since.replace("Z", "+00:00"))
    return [line for line in lines if line[0] >= start]


def _text(lines: Sequence[Line], stamped: bool) -> bytes:
    stamps = (f"{at.strftime('%Y-%m-%dT%H:%M:%S.%f')}000Z " if stamped else "" for at, _ in lines)
    return "".join(f"{stamp}{text}\n" for stamp, (_, text) in zip(stamps, lines, strict=True)).encode()
