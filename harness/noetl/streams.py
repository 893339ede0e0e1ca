"""Counters of the command stream, from the NATS monitor (`/jsz`). It never binds a consumer."""

from __future__ import annotations

from typing import Any

import aiohttp

from harness.model.errors import Exit, HarnessError
from harness.model.evidence import Consumer, StreamState

_TIMEOUT = aiohttp.ClientTimeout(total=5)


class StreamReader:
    """One stream of one account."""

    def __init__(self, session: aiohttp.ClientSession, monitor_url: str, account: str, stream: str) -> None:
        self._session = session
        self._url = f"{monitor_url.rstrip('/')}/jsz"
        self._account = account
        self._stream = stream

    async def state(self) -> StreamState:
        """Raises `HarnessError` (environment) when the monitor does not answer or has no such stream."""
        query = {"acc": self._account, "consumers": "true", "config": "true"}
        try:
            async with self._session.get(self._url, params=query, timeout=_TIMEOUT) as response:
                body = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise HarnessError(
                f"The NATS monitor at {self._url} does not answer ({type(error).__name__}).",
                "Check that NATS runs with its monitor port open.",
                Exit.ENVIRONMENT,
            ) from error
        for account in body.get("account_details") or ():
            for stream in account.get("stream_detail") or ():
                if account.get("name") == self._account and stream.get("name") == self._stream:
                    return _state(stream)
        raise HarnessError(
            f"NATS has no stream {self._stream} in account {self._account}.",
            "Check that the control plane has started and made its stream.",
            Exit.ENVIRONMENT,
        )


def _state(stream: dict[str, Any]) -> StreamState:
    counters = stream.get("state") or {}
    return StreamState(
        messages=int(counters.get("messages", 0)),
        last_seq=int(counters.get("last_seq", 0)),
        consumers=tuple(sorted(map(_consumer, stream.get("consumer_detail") or ()), key=lambda one: one.name)),
    )


def _consumer(detail: dict[str, Any]) -> Consumer:
    return Consumer(
        name=str(detail["name"]),
        filter_subject=(detail.get("config") or {}).get("filter_subject"),
        delivered=int(detail["delivered"]["consumer_seq"]),
        ack_floor=int(detail["ack_floor"]["consumer_seq"]),
        pending=int(detail.get("num_pending", 0)),
        ack_pending=int(detail.get("num_ack_pending", 0)),
        redelivered=int(detail.get("num_redelivered", 0)),
        waiting=int(detail.get("num_waiting", 0)),
    )
