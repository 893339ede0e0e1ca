"""Connections that stay open, so that a test can cut them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web


class Streams:
    """Watches, logs that are followed, and forwards."""

    def __init__(self) -> None:
        self._open: list[web.Request] = []
        self.refuse_forwards = False

    @contextmanager
    def opened(self, request: web.Request) -> Iterator[None]:
        """Count `request` among them for the length of the block."""
        self._open.append(request)
        try:
            yield
        finally:
            self._open.remove(request)

    def drop(self, part: str = "") -> int:
        """Cut every stream whose path holds `part`, without a goodbye. Returns how many there were."""
        cut = [request for request in self._open if part in request.path]
        for request in cut:
            if request.transport is not None:
                request.transport.abort()
        return len(cut)
