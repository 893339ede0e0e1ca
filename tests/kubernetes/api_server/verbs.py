"""What can be done with objects: one function a verb."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from api_server import protobuf
from api_server.address import Address
from api_server.answers import Refusal
from api_server.cluster import WORKLOADS, Cluster
from api_server.objects import Body, merged, selected, strategic
from api_server.streams import Streams

_MERGES = {"application/merge-patch+json": merged, "application/strategic-merge-patch+json": strategic}


def read(cluster: Cluster, address: Address) -> Body:
    """An object, or the scale of one."""
    assert address.name
    body = cluster.objects.get(address.kind, address.namespace, address.name)
    return _scale(body) if address.sub == "scale" else body


def collection(cluster: Cluster, address: Address, query: Any) -> Body:
    """A list with the version from which to watch."""
    items = cluster.objects.list(
        address.kind, address.namespace, query.get("labelSelector", ""), query.get("fieldSelector", "")
    )
    return {
        "kind": f"{address.kind.name}List",
        "apiVersion": address.kind.api_version,
        "metadata": {"resourceVersion": str(cluster.objects.version)},
        "items": items,
    }


def create(cluster: Cluster, address: Address, body: Body) -> Body:
    return _kept(cluster, address, cluster.objects.create(address.kind, address.namespace, body))


def replace(cluster: Cluster, address: Address, body: Body) -> Body:
    assert address.name
    if address.sub == "scale":
        return _rescaled(cluster, address, body)
    return _kept(cluster, address, cluster.objects.replace(address.kind, address.namespace, body))


def patch(cluster: Cluster, address: Address, body: Body, form: str) -> Body:
    """Merges only: they are what the clients at hand send."""
    if form not in _MERGES:
        raise Refusal(415, "UnsupportedMediaType", f"the body of the request was in an unknown format: {form}")
    return replace(cluster, address, _MERGES[form](read(cluster, address), body))


def delete(cluster: Cluster, address: Address) -> Body:
    assert address.name
    return _kept(cluster, address, cluster.objects.delete(address.kind, address.namespace, address.name))


async def watch(request: web.Request, cluster: Cluster, address: Address, streams: Streams) -> web.StreamResponse:
    """Changes as lines of JSON until the client leaves, the time is up or the streams are dropped."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    version = int(request.query.get("resourceVersion") or cluster.objects.version)
    selector = request.query.get("labelSelector", "")
    cluster.objects.since(version)
    await response.prepare(request)
    with streams.opened(request):
        while True:
            news = cluster.objects.changed
            try:
                changes = list(cluster.objects.since(version))
            except Refusal as refusal:
                await response.write(_line({"type": "ERROR", "object": refusal.body()}))
                return response
            for change in changes:
                version = change.version
                mine = change.kind is address.kind and address.namespace in (
                    None,
                    change.object["metadata"].get("namespace"),
                )
                if mine and selected(change.object, selector):
                    await response.write(_line({"type": change.type, "object": change.object}))
            await news.wait()


def _line(value: Body) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _kept(cluster: Cluster, address: Address, body: Body) -> Body:
    """Controllers act before the answer goes out, but the answer is what the client's own change made."""
    cluster.reconcile()
    return body


def _scale(body: Body) -> Body:
    metadata = {key: value for key, value in body["metadata"].items() if key not in ("labels", "annotations")}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": {"replicas": body["spec"]["replicas"]},
        "status": {"replicas": body["status"]["replicas"], "selector": ""},
    }


def _rescaled(cluster: Cluster, address: Address, scale: Body) -> Body:
    if address.kind not in WORKLOADS:
        raise Refusal(404, "NotFound", "the server could not find the requested resource")
    assert address.name
    body = cluster.objects.get(address.kind, address.namespace, address.name)
    body["spec"]["replicas"] = int(scale["spec"].get("replicas", 0))
    kept = _kept(cluster, address, cluster.objects.replace(address.kind, address.namespace, body))
    return _scale(kept)


async def body_of(request: web.Request) -> Body:
    """The object that a request brings."""
    try:
        sent_as_protobuf = request.content_type == protobuf.FORM
        body = protobuf.review(await request.read()) if sent_as_protobuf else await request.json()
    except (ValueError, LookupError, asyncio.IncompleteReadError):
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "BadRequest", "the object provided is unrecognized")
    return body
