"""Counters of the command stream. Reading them binds no consumer and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp

from harness.model.errors import Exit, HarnessError
from harness.model.event import nats_moment
from harness.model.evidence import Consumer, StreamState
from harness.model.lane import Lane

if TYPE_CHECKING:
    from nats.js import JetStreamContext
    from nats.js.api import ConsumerInfo

TIMEOUT = aiohttp.ClientTimeout(total=5)


class StreamReader(Protocol):
    """The command stream of one lane."""

    async def state(self) -> StreamState:
        """Raises `HarnessError` (environment) when NATS does not answer or has no such stream."""


async def open_stream(lane: Lane, stack: AsyncExitStack) -> StreamReader:
    """Through the NATS monitor where its address is known, else through a client connection. `stack` closes it.

    Raises `HarnessError` (environment) when that connection can not be had."""
    if lane.monitor_url:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT))
        return MonitorReader(session, lane.monitor_url, lane.account, lane.stream)
    from nats.errors import Error as NatsError  # importing nats-py takes 0.1 s, which a monitor saves

    from harness.noetl.nats import connect

    try:
        client = await connect(lane.nats_url)
    except (NatsError, OSError, ValueError) as error:
        raise HarnessError(
            f"NATS does not answer ({type(error).__name__}).",
            "Check that it runs, and that host, port, user and password are right.",
            Exit.ENVIRONMENT,
        ) from None
    stack.push_async_callback(client.close)
    return JetStreamReader(client.jetstream(), lane)


class MonitorReader:
    """Reads `/jsz`. An empty `account` stands for the first one that has the stream."""

    def __init__(self, session: aiohttp.ClientSession, monitor_url: str, account: str, stream: str) -> None:
        self._session = session
        self._url = f"{monitor_url.rstrip('/')}/jsz"
        self._account = account
        self._stream = stream

    async def state(self) -> StreamState:
        query = {"consumers": "true", "config": "true"} | ({"acc": self._account} if self._account else {})
        try:
            async with self._session.get(self._url, params=query) as response:
                body = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise HarnessError(
                f"The NATS monitor at {self._url} does not answer ({type(error).__name__}).",
                "Check that NATS runs with its monitor port open.",
                Exit.ENVIRONMENT,
            ) from error
        for account in body.get("account_details") or ():
            for stream in account.get("stream_detail") or ():
                if self._account in ("", account.get("name")) and stream.get("name") == self._stream:
                    return StreamState(
                        messages=int(stream["state"]["messages"]),
                        last_seq=int(stream["state"]["last_seq"]),
                        consumers=tuple(
                            sorted(map(_from_detail, stream.get("consumer_detail") or ()), key=lambda one: one.name)
                        ),
                        last_at=nats_moment(stream["state"]["last_ts"]) if stream["state"]["last_seq"] else None,
                    )
        raise NoStream(self._account, self._stream)


class JetStreamReader:
    """Asks JetStream itself."""

    def __init__(self, stream: JetStreamContext, lane: Lane) -> None:
        self._stream = stream
        self._lane = lane

    async def state(self) -> StreamState:
        from nats.errors import Error
        from nats.js.errors import NotFoundError

        try:
            stream = await self._stream.stream_info(self._lane.stream)
            consumers = await self._stream.consumers_info(self._lane.stream)
        except NotFoundError:
            raise NoStream(self._lane.account, self._lane.stream) from None
        except Error as error:
            raise HarnessError(
                f"NATS was lost ({type(error).__name__}).", "Look into the log of the NATS server.", Exit.ENVIRONMENT
            ) from None
        return StreamState(
            messages=stream.state.messages or 0,
            last_seq=stream.state.last_seq or 0,
            consumers=tuple(sorted(map(_from_info, consumers), key=lambda one: one.name)),
        )


class NoStream(HarnessError):
    """NATS answers, and has no such stream: nobody has made it yet, or it is in another account."""

    def __init__(self, account: str, stream: str) -> None:
        where = f" in account {account}" if account else ""
        super().__init__(
            f"NATS has no stream {stream}{where}.",
            "Check that the control plane has started and made its stream.",
            Exit.ENVIRONMENT,
        )


def _from_detail(detail: Mapping[str, Any]) -> Consumer:
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


def _from_info(info: ConsumerInfo) -> Consumer:
    return Consumer(
        name=info.name,
        filter_subject=info.config.filter_subject,
        delivered=info.delivered.consumer_seq if info.delivered else 0,
        ack_floor=info.ack_floor.consumer_seq if info.ack_floor else 0,
        pending=info.num_pending or 0,
        ack_pending=info.num_ack_pending or 0,
        redelivered=info.num_redelivered or 0,
        waiting=info.num_waiting or 0,
    )
