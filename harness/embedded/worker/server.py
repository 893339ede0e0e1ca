"""The control plane as a worker sees it: requests and replies, nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp


class Unreachable(Exception):
    """No reply came. The text is the client's own."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with its body as text, which may hold a secret and is left out of the repr."""

    status: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The decoded body. Raises `ValueError` where it is no JSON."""
        return json.loads(self.text)


class Server(Protocol):
    """Where a worker sends its requests. `path` begins with `/api/`."""

    url: str

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        within: float = 30.0,
    ) -> Reply:
        """One request, JSON in and out. `within` is in seconds. Raises `Unreachable`."""
        ...

    def at(self, url: str) -> Server:
        """The same client for another address: notifications name the server that issued the command."""
        ...


class HttpServer:
    """The control plane over HTTP."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url.rstrip("/")

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        within: float = 30.0,
    ) -> Reply:
        try:
            async with self._session.request(
                method,
                self.url + path,
                json=body,
                params=params,
                headers=headers,
                timeout=aiohttp.ClientTimeout(within),
            ) as response:
                return Reply(response.status, await response.text(errors="replace"), dict(response.headers))
        except TimeoutError:
            raise Unreachable(f"no reply within {within:g} s") from None
        except aiohttp.ClientError as error:
            raise Unreachable(str(error) or type(error).__name__) from error

    def at(self, url: str) -> HttpServer:
        return self if url.rstrip("/") in ("", self.url) else HttpServer(self._session, url)
