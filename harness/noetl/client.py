"""The part of NoETL's HTTP API that a client needs (spec: noetl-python 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import quote

import aiohttp

from harness.files.credentials import CredentialBody
from harness.model.errors import Exit, HarnessError
from harness.model.json import JsonObject

_TIMEOUT = aiohttp.ClientTimeout(total=30)


class Refused(Exception):
    """The server understood the request and said no. `detail` is its own text."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"HTTP {status}: {detail}")
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Registered:
    """A playbook in the catalog. `version` is bumped by every registration, so it names exactly this text."""

    path: str
    version: int


class Client:
    """One server. Use as an async context manager; raises `Refused` for 4xx and 5xx answers and `HarnessError`
    (environment) where nobody answers."""

    def __init__(self, server_url: str) -> None:
        self._base = server_url.rstrip("/")
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def health(self) -> JsonObject:
        """`GET /api/health`: what a server says of itself; Rust's tells its version."""
        health: JsonObject = await self._call("GET", "/api/health")
        return health

    async def register(self, source: str) -> Registered:
        """Put a playbook's text into the catalog."""
        answer = await self._call("POST", "/api/catalog/register", {"content": source, "resource_type": "Playbook"})
        return Registered(str(answer["path"]), int(answer["version"]))

    async def execute(self, playbook: Registered, payload: JsonObject, execution_pool: str | None = None) -> int:
        """Start an execution of exactly this version; its id. `execution_pool` is the segment that a Rust server is to
        send its commands to."""
        body = {"path": playbook.path, "version": playbook.version, "payload": dict(payload)}
        pool = {} if execution_pool is None else {"execution_pool": execution_pool}
        answer = await self._call("POST", "/api/execute", {**body, **pool})
        return int(answer["execution_id"])

    async def status(self, execution_id: int) -> JsonObject:
        """`GET /api/executions/{id}/status`. It flaps (spec: noetl-live 1.2): good for the record, not for waiting."""
        answer: JsonObject = await self._call("GET", f"/api/executions/{execution_id}/status")
        return answer

    async def resolve(self, ref: str) -> Any:
        """`GET /api/result/resolve`: the document that a result's reference stands for, as it is."""
        return await self._call("GET", f"/api/result/resolve?ref={quote(ref, safe='')}")

    async def cancel(self, execution_id: int, reason: str) -> None:
        """Cancel an execution and its children."""
        await self._call("POST", f"/api/executions/{execution_id}/cancel", {"reason": reason, "cascade": True})

    async def put_credential(self, credential: CredentialBody) -> None:
        """Create a credential, or replace the one of that name.

        The server answers `tags: null` for a credential that was stored without, which a Rust worker can't decode
        (spec: noetl-rust 1.7).
        """
        body = {"name": credential.name, "type": credential.type, "data": dict(credential.data)}
        tags = None if credential.tags is None else list(credential.tags)
        await self._call("POST", "/api/credentials", {**body, "tags": tags})

    async def credential(self, name: str) -> JsonObject:
        """The clear values of a stored credential. They are secrets."""
        answer = await self._call("GET", f"/api/credentials/{quote(name, safe='')}?include_data=true")
        data = answer.get("data")
        return data if isinstance(data, dict) else {}

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        try:
            async with self._session.request(method, self._base + path, json=body) as response:
                if response.status >= 400:
                    raise Refused(response.status, _detail(await response.text()))
                return await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise HarnessError(
                f"The NoETL server at {self._base} does not answer ({type(error).__name__} on {method} {path}).",
                "Check that it runs and that the URL is right.",
                Exit.ENVIRONMENT,
            ) from error


def _detail(text: str) -> str:
    """FastAPI wraps its message as `{"detail": …}`; anything else is shown as it came."""
    try:
        body = json.loads(text)
    except ValueError:
        return text.strip()
    return str(body["detail"]) if isinstance(body, dict) and "detail" in body else text.strip()
