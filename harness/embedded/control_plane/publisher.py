"""Announces commands on NATS JetStream (spec: noetl-python 3)."""

from __future__ import annotations

import json
from dataclasses import dataclass

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

from harness.embedded.control_plane.log import log
from harness.model.deployment import ControlPlaneConfig
from harness.reference import routing

_MAX_AGE_SECONDS = 3600
_DUPLICATE_WINDOW_SECONDS = 120
_STREAM_NAME_IN_USE = 10058
"""JetStream's error code for a stream of that name with another configuration."""


@dataclass(frozen=True, slots=True)
class Notification:
    """A command that a worker may fetch. `path` is the playbook's: with the kind it decides the pool segment."""

    execution_id: int
    event_id: int
    command_id: int
    step: str
    tool_kind: str
    path: str | None


class Publisher:
    """The command stream of a lane, made when the control plane starts."""

    def __init__(self, config: ControlPlaneConfig) -> None:
        self._config = config
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None
        self._pools: dict[int, str] = {}

    async def open(self) -> None:
        """Connect and create the stream: memory, limits, one hour, duplicate window of two minutes.

        A Rust worker that was faster has made it its own way; then it is used as it is, as workers do.
        """
        self._client = await nats.connect(self._config.nats_url, max_reconnect_attempts=-1, name="control-plane")
        self._stream = self._client.jetstream()
        stream = StreamConfig(
            name=self._config.stream,
            subjects=list(routing.stream_subjects(self._config.subject)),
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.MEMORY,
            max_age=_MAX_AGE_SECONDS,
            duplicate_window=_DUPLICATE_WINDOW_SECONDS,
        )
        try:
            await self._stream.add_stream(stream)
        except BadRequestError as error:
            if error.err_code != _STREAM_NAME_IN_USE:
                raise
            log.info("Stream %s was there before; used as it is", stream.name)

    async def close(self) -> None:
        """Disconnect; the stream stays."""
        if self._client is not None:
            await self._client.close()

    @property
    def jetstream(self) -> JetStreamContext:
        """The open connection's JetStream."""
        if self._stream is None:
            raise RuntimeError("the publisher is not open")
        return self._stream

    @property
    def stream_name(self) -> str:
        """The command stream of this lane."""
        return self._config.stream

    def assign(self, execution_id: int, execution_pool: str) -> None:
        """What an execution's client asked for it: a Rust server sends all its commands there."""
        self._pools[execution_id] = execution_pool

    def subject(self, notification: Notification) -> str:
        """`<base>.<segment>.<execution_id>` by the routing release of this lane."""
        route = routing.route(
            notification.tool_kind,
            notification.path,
            execution_id=notification.execution_id,
            base_subject=self._config.subject,
            release=self._config.routing,
            execution_pool=self._pools.get(notification.execution_id),
        )
        return route.subject

    async def publish(self, notification: Notification) -> None:
        """Announce a committed command. A failure is logged; the recovery announces it again."""
        subject = self.subject(notification)
        message = {
            "execution_id": notification.execution_id,
            "event_id": notification.event_id,
            "command_id": notification.command_id,
            "step": notification.step,
            "server_url": self._config.base_url,
        }
        ids = f"execution_id={notification.execution_id} command_id={notification.command_id}"
        try:
            await self.jetstream.publish(subject, json.dumps(message).encode())
        except (NatsError, OSError) as error:
            log.warning("Publish failed on %s, recovery will retry: %s %s", subject, error, ids)
        else:
            log.info("Published %s step=%s %s", subject, notification.step, ids)
