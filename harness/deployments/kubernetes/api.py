"""The Kubernetes API as plain JSON, over the official client: it knows kubeconfigs, certificates and tokens.

The client's typed calls are not used: its log call has no `since_time`, its import takes half a second, and its models
would only be taken apart again.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import aiohttp

from harness.model.errors import Exit, HarnessError

if TYPE_CHECKING:
    from kubernetes.aio.client import ApiClient

JsonBody = dict[str, Any]

_ANSWERS = aiohttp.ClientTimeout(total=10, connect=5)
_STREAMS = aiohttp.ClientTimeout(total=None, connect=5)
_MERGE = "application/merge-patch+json"


class Refused(HarnessError):
    """The API said no. `code` is its HTTP status, `reason` its own word for it."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(f"Kubernetes refused: {message}", _todo(code), Exit.ENVIRONMENT)
        self.code = code
        self.reason = reason


class Unreachable(HarnessError):
    """Nobody answers where the context says that the API is."""


class Api:
    """One cluster, as one kubeconfig context shows it. Every method raises `Refused` or `Unreachable`."""

    def __init__(self, client: ApiClient, context: str) -> None:
        self._client = client
        self._context = context

    async def get(self, path: str, **query: str) -> JsonBody:
        """An object or a list."""
        return await self._json("GET", path, query=query)

    async def items(self, path: str, labels: str = "") -> list[JsonBody]:
        """The objects of a collection that have these labels."""
        answer = await self.get(path, **({"labelSelector": labels} if labels else {}))
        return list(answer["items"])

    async def create(self, path: str, body: JsonBody) -> JsonBody:
        """The object as it was stored."""
        return await self._json("POST", path, body)

    async def replace(self, path: str, body: JsonBody) -> JsonBody:
        """The object as it was stored; `Refused` (409) when `body` has an older version of it."""
        return await self._json("PUT", path, body)

    async def merge(self, path: str, body: JsonBody) -> JsonBody:
        """Change what `body` names (RFC 7386: None takes away)."""
        return await self._json("PATCH", path, body, form=_MERGE)

    async def delete(self, path: str) -> None:
        """One object."""
        await self._json("DELETE", path)

    @asynccontextmanager
    async def stream(self, path: str, **query: str) -> AsyncIterator[aiohttp.StreamReader]:
        """What the API goes on saying. The end of it, or `aiohttp.ClientError`, is the end of the stream."""
        async with self._request("GET", path, query, None, None, _STREAMS) as response:
            yield response.content

    @asynccontextmanager
    async def socket(self, path: str, protocol: str, **query: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A websocket that speaks `protocol`. `Refused` when the API does not open it."""
        from kubernetes.aio.stream import WsApiClient

        client = WsApiClient(self._client.configuration)
        try:
            _, url, headers, *_ = await client.param_serialize(
                "GET", f"{path}?{urlencode(query)}", auth_settings=["BearerToken"]
            )
            headers["sec-websocket-protocol"] = protocol
            opening = await client.request("GET", url, headers=headers, _preload_content=False)
            async with opening as socket:
                yield socket
        except aiohttp.WSServerHandshakeError as error:
            raise Refused(error.status, "", f"a forward was not opened (HTTP {error.status})") from None
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise self._unreachable(error) from None
        finally:
            await client.close()

    async def _json(
        self,
        method: str,
        path: str,
        body: JsonBody | None = None,
        *,
        query: Mapping[str, str] | None = None,
        form: str = "application/json",
    ) -> JsonBody:
        async with self._request(method, path, query or {}, body, form, _ANSWERS) as response:
            answer: JsonBody = await response.json()
            return answer

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: JsonBody | None,
        form: str | None,
        patience: aiohttp.ClientTimeout,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        url = f"{path}?{urlencode(query)}" if query else path
        _, url, headers, *_ = await self._client.param_serialize(
            method, url, header_params={"Content-Type": form} if form else {}, auth_settings=["BearerToken"]
        )
        try:
            answer = await self._client.call_api(method, url, headers, body, _request_timeout=patience)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from None
        response: aiohttp.ClientResponse = answer.response
        try:
            if response.status >= 400:
                raise _refused(response.status, await response.text())
            yield response
        finally:
            response.close()

    def _unreachable(self, error: BaseException) -> Unreachable:
        return Unreachable(
            f"The Kubernetes API behind the context {self._context} does not answer ({type(error).__name__}).",
            "Check that the cluster runs: kubectl version",
            Exit.ENVIRONMENT,
        )


@asynccontextmanager
async def connect(context: str, kubeconfig: str | None) -> AsyncIterator[Api]:
    """The cluster of a kubeconfig context. Raises `HarnessError` (usage) where there is no such context."""
    from kubernetes.aio import config

    try:
        made: ApiClient = await config.new_client_from_config(kubeconfig, context, persist_config=False)
    except (config.ConfigException, OSError, ValueError) as error:
        raise HarnessError(
            f"The kubeconfig has no context {context} that can be used: {_first_line(error)}",
            "See which there are: kubectl config get-contexts",
        ) from None
    async with made:
        yield Api(made, context)


def path_of(group: str, plural: str, namespace: str | None = None, name: str | None = None, sub: str = "") -> str:
    """The path of an object or a collection. `group` is `v1` for the core, else `apps/v1` and the like."""
    root = "/api/v1" if group == "v1" else f"/apis/{group}"
    scope = f"/namespaces/{quote(namespace)}" if namespace else ""
    return f"{root}{scope}/{plural}" + (f"/{quote(name)}" if name else "") + (f"/{sub}" if sub else "")


def _refused(status: int, text: str) -> Refused:
    try:
        body = json.loads(text)
        return Refused(status, str(body.get("reason", "")), str(body.get("message", "")))
    except (ValueError, AttributeError):
        return Refused(status, "", f"HTTP {status}")


def _todo(code: int) -> str:
    match code:
        case 401:
            return "Log in to the cluster again: its token or certificate is not taken."
        case 403:
            return "Give this user the Role in docs/targets.md."
        case _:
            return "Look at the cluster: kubectl get events --all-namespaces"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
