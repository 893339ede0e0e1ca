"""What a client asks before it asks for objects: versions, groups, kinds, and how bodies are checked."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from api_server.kinds import KINDS, Kind

VERSION = "v1.32.4"


def add_routes(app: web.Application) -> None:
    app.router.add_get("/version", _version)
    app.router.add_get("/api", _core_versions)
    app.router.add_get("/apis", _groups)
    app.router.add_get("/api/{version}", _resources)
    app.router.add_get("/apis/{group}/{version}", _resources)
    app.router.add_get("/openapi/v3", _schemas)
    app.router.add_get("/openapi/v3/{path:.+}", _schema)


async def _version(request: web.Request) -> web.Response:
    return web.json_response({"major": "1", "minor": "32", "gitVersion": VERSION, "platform": "linux/amd64"})


async def _core_versions(request: web.Request) -> web.Response:
    return web.json_response({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})


async def _groups(request: web.Request) -> web.Response:
    groups = {kind.group: kind for kind in KINDS if kind.group}
    return web.json_response(
        {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(kind) for kind in groups.values()]}
    )


async def _resources(request: web.Request) -> web.Response:
    group, version = request.match_info.get("group", ""), request.match_info["version"]
    kinds = [kind for kind in KINDS if (kind.group, kind.version) == (group, version)]
    if not kinds:
        raise web.HTTPNotFound
    return web.json_response(
        {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": kinds[0].api_version,
            "resources": [resource for kind in kinds for resource in _described(kind)],
        }
    )


async def _schemas(request: web.Request) -> web.Response:
    """kubectl looks up whether the server checks fields itself; then it needs no schema."""
    paths = {_prefix(kind): {"serverRelativeURL": f"/openapi/v3/{_prefix(kind)}?hash=1"} for kind in KINDS}
    return web.json_response({"paths": paths})


async def _schema(request: web.Request) -> web.Response:
    kinds = [kind for kind in KINDS if _prefix(kind) == request.match_info["path"]]
    checks = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}
    paths: dict[str, Any] = {}
    for kind in kinds:
        scope = "namespaces/{namespace}/" if kind.namespaced else ""
        operation = {
            "parameters": [checks],
            "responses": {},
            "x-kubernetes-group-version-kind": {"group": kind.group, "version": kind.version, "kind": kind.name},
        }
        paths[f"/{_prefix(kind)}/{scope}{kind.plural}/{{name}}"] = {"patch": operation}
    return web.json_response({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": VERSION}, "paths": paths})


def _prefix(kind: Kind) -> str:
    return f"apis/{kind.api_version}" if kind.group else f"api/{kind.version}"


def _group(kind: Kind) -> dict[str, Any]:
    version = {"groupVersion": kind.api_version, "version": kind.version}
    return {"name": kind.group, "versions": [version], "preferredVersion": version}


def _described(kind: Kind) -> list[dict[str, Any]]:
    scope = {"namespaced": kind.namespaced, "singularName": ""}
    own = {"name": kind.plural, "kind": kind.name, "verbs": list(kind.verbs), "shortNames": list(kind.short)}
    subs = [
        {"name": f"{kind.plural}/{name}", "kind": its_kind, "verbs": list(verbs)}
        | ({"group": "autoscaling", "version": "v1"} if its_kind == "Scale" else {})
        for name, its_kind, verbs in kind.subresources
    ]
    return [one | scope for one in (own | {"singularName": kind.name.lower()}, *subs)]
