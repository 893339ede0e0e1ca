"""The API as a server on a free port of 127.0.0.1, with a kubeconfig for it."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType

from aiohttp import web

from api_server import discovery, logs, portforward, verbs
from api_server.access import Rights
from api_server.address import Address, parse
from api_server.answers import Refusal
from api_server.cluster import Cluster
from api_server.streams import Streams

TOKEN = "the-token-of-the-tests"


class ApiServer:
    """Use as an async context manager. `url` is where it listens; `requests` are the verbs and resources asked for."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.rights = Rights()
        self.streams = Streams()
        self.requests: list[tuple[str, str]] = []
        self.url = ""

    async def __aenter__(self) -> ApiServer:
        app = web.Application(middlewares=[_refusals])
        discovery.add_routes(app)
        app.router.add_route("*", "/{path:.+}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        (address,) = self._runner.addresses
        self.url = f"http://127.0.0.1:{address[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.streams.drop()
        self.cluster.stop()
        await self._runner.cleanup()

    def kubeconfig(self, path: Path, *contexts: str) -> Path:
        """Write a kubeconfig whose `contexts` all lead here; the first one is the current one."""
        entries = [{"name": name, "context": {"cluster": "it", "user": "tests"}} for name in contexts]
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "it", "cluster": {"server": self.url}}],
                    "users": [{"name": "tests", "user": {"token": TOKEN}}],
                    "contexts": entries,
                    "current-context": contexts[0],
                }
            ),
            encoding="utf-8",
        )
        path.chmod(0o600)
        return path

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        address = parse(request.path)
        watching = request.query.get("watch") in ("true", "1")
        verb = address.verb(request.method, watching=watching)
        self.requests.append((verb, address.resource))
        # kubectl does not send its token where there is no TLS.
        if request.headers.get("Authorization") not in (None, f"Bearer {TOKEN}"):
            raise Refusal(401, "Unauthorized", "Unauthorized")
        self.rights.check(address, verb)
        match verb, address.sub:
            case "get", "log":
                return await logs.log(request, self.cluster, address, self.streams)
            case (("get" | "create"), "portforward"):
                return await portforward.forward(request, self.cluster, address, self.streams)
            case "watch", _:
                return await verbs.watch(request, self.cluster, address, self.streams)
        return web.json_response(await self._done(request, address, verb), status=201 if verb == "create" else 200)

    async def _done(self, request: web.Request, address: Address, verb: str) -> verbs.Body:
        match verb:
            case "get":
                return verbs.read(self.cluster, address)
            case "list":
                return verbs.collection(self.cluster, address, request.query)
            case "delete":
                return verbs.delete(self.cluster, address)
        body = await verbs.body_of(request)
        match verb:
            case "create" if address.kind.name == "SelfSubjectAccessReview":
                return self.rights.review(body)
            case "create":
                return verbs.create(self.cluster, address, body)
            case "update":
                return verbs.replace(self.cluster, address, body)
            case _:
                return verbs.patch(self.cluster, address, body, request.content_type)


@web.middleware
async def _refusals(request: web.Request, handler: web.RequestHandler) -> web.StreamResponse:  # type: ignore[type-arg]
    try:
        return await handler(request)  # type: ignore[operator,no-any-return]
    except Refusal as refusal:
        return web.json_response(refusal.body(), status=refusal.code)
