"""The command stream: durable pull consumers as the real workers make them (spec: noetl-python 3.2, noetl-rust 2.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NoMessage
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from harness.embedded.worker.settings import Consumer, Settings
from harness.model.errors import Exit, HarnessError
from harness.model.pool import Runtime

_FETCH_SECONDS = 30.0
"""A pull waits at the server until a command comes. Rust workers before 5.47.1 look every 100 ms instead, which would
add up to 0.1 s to every command and nothing that a judge compares."""

_PYTHON_ACK_WAIT, _RUST_ACK_WAIT = 300.0, 30.0
_STREAM_AGE_SECONDS = 3600.0


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[JetStreamContext]:
    """A connection to JetStream. Credentials in the environment beat those in the URL. Raises `HarnessError`."""

    async def quiet(_: Exception) -> None:
        """A lost connection shows in the calls that need it."""

    try:
        client: Client = await nats.connect(
            settings.nats_url,
            user=settings.nats_user,
            password=settings.nats_password,
            error_cb=quiet,
            allow_reconnect=True,
            connect_timeout=5,
            max_reconnect_attempts=5,
            reconnect_time_wait=0.1,
        )
    except (OSError, nats.errors.Error) as error:
        raise HarnessError(
            f"NATS does not answer: {type(error).__name__}",
            "Check NATS_URL, NATS_USER and NATS_PASSWORD.",
            Exit.ENVIRONMENT,
        ) from None
    try:
        yield client.jetstream()
    finally:
        with suppress(nats.errors.Error, OSError):
            await client.close()


async def subscribe(stream: JetStreamContext, settings: Settings, consumer: Consumer, runtime: Runtime) -> Subscription:
    """Make the stream and the consumer where they are missing, and bind to it.

    A consumer that is there is used as it is, also with another filter: so do the real workers.
    """
    try:
        await stream.stream_info(settings.stream)
    except NotFoundError:
        await stream.add_stream(_stream_config(settings))
    try:
        await stream.consumer_info(settings.stream, consumer.durable)
    except NotFoundError:
        await stream.add_consumer(settings.stream, _consumer_config(consumer, runtime))
    pull = await stream.pull_subscribe_bind(durable=consumer.durable, stream=settings.stream)
    return Subscription(pull)


class Subscription:
    """Messages of one consumer, one at a time."""

    def __init__(self, pull: JetStreamContext.PullSubscription) -> None:
        self._pull = pull

    async def next(self) -> Msg:
        """Wait for the next message, however long that takes."""
        while True:
            try:
                (message,) = await self._pull.fetch(1, timeout=_FETCH_SECONDS)
                return message
            except NoMessage:
                continue
            except (nats.errors.Error, OSError) as error:
                raise HarnessError(
                    f"NATS was lost: {type(error).__name__}", "Look into the log of the NATS server.", Exit.ENVIRONMENT
                ) from None


def _stream_config(settings: Settings) -> StreamConfig:
    return StreamConfig(
        name=settings.stream,
        subjects=[settings.subject, f"{settings.subject}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.MEMORY,
        max_age=_STREAM_AGE_SECONDS,
    )


def _consumer_config(consumer: Consumer, runtime: Runtime) -> ConsumerConfig:
    common: dict[str, Any] = {
        "durable_name": consumer.durable,
        "filter_subject": consumer.subject,
        "ack_policy": AckPolicy.EXPLICIT,
    }
    match runtime:
        case Runtime.PYTHON:
            return ConsumerConfig(
                **common,
                deliver_policy=DeliverPolicy.NEW,
                ack_wait=_PYTHON_ACK_WAIT,
                max_deliver=1000,
                max_ack_pending=64,
            )
        case Runtime.RUST:
            return ConsumerConfig(
                **common, deliver_policy=DeliverPolicy.ALL, ack_wait=_RUST_ACK_WAIT, max_ack_pending=1000
            )
