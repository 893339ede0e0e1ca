"""A worker of the Python pool: one pull consumer a segment, acknowledgement after the work.

Spec: noetl-python 3.2, 8.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nats.aio.msg import Msg

from harness.embedded.worker.command import Command, Notification
from harness.embedded.worker.log import PythonLog, log_fields
from harness.embedded.worker.python.execute import Execution
from harness.embedded.worker.redaction import hide_url_users
from harness.embedded.worker.server import Reply, Unreachable
from harness.embedded.worker.services import Services

_CLAIM_TRIES, _CLAIM_DELAY, _CLAIM_MAX_DELAY = 5, 0.25, 2.0
_RETRYABLE = frozenset({408, 425, 429, 500, 502, 503, 504})
_SETTLED = frozenset({"active_claim", "already_terminal", "execution_cancelled"})
_IN_PROGRESS_SECONDS = 30.0
_HARD_TIMEOUT = 720.0
_RECENT_SECONDS = 120.0
"""How long a notification of a command that was handled here counts as a duplicate."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Nothing to do: acknowledge."""


@dataclass(frozen=True, slots=True)
class Later:
    """Redeliver after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The claim can not succeed: the command fails with this text."""

    text: str


class PythonWorker:
    """Plays one release. A command is acknowledged when its last event is out, so a death mid-tool is redelivered."""

    def __init__(self, services: Services, log: PythonLog) -> None:
        self._services = services
        self._log = log
        self._recent: dict[str, float] = {}

    async def register(self) -> None:
        """A control plane that refuses the registration is logged and no more, as in the release."""
        settings = self._services.settings
        body = {
            "name": settings.worker_id,
            "component_type": "worker_pool",
            "runtime": "python",
            "status": "ready",
            "capacity": 1,
            "pid": os.getpid(),
            "hostname": settings.hostname,
            "labels": {"nats_consumer": settings.consumers[0].durable if settings.consumers else ""},
            "meta": {"nats_url": hide_url_users(settings.nats_url), "started_at": datetime.now(UTC).isoformat()},
        }
        await self._tell("worker/pool/register", body)

    async def heartbeat(self) -> None:
        """Registering again is the heartbeat."""
        await self.register()

    async def leave(self) -> None:
        await self._tell(
            "worker/pool/deregister", {"name": self._services.settings.worker_id, "component_type": "worker_pool"}
        )

    def last_words(self, text: str) -> None:
        self._log.error(text)

    async def _tell(self, what: str, body: Any) -> None:
        try:
            reply = await self._services.server.call("POST", f"/api/{what}", body=body, within=10.0)
        except Unreachable as error:
            self._log.warning(f"{what} error: {error}")
            return
        if not reply.ok:
            self._log.warning(f"{what} failed: {reply.status}")

    async def take(self, message: Msg) -> None:
        """Every failure of the worker itself sends the message back."""
        try:
            notification = Notification.from_json(json.loads(message.data))
            with log_fields(execution_id=notification.execution_id, command_id=notification.command_id):
                async with asyncio.timeout(_HARD_TIMEOUT), _in_progress(message):
                    delay = await self._handle(notification)
        except Exception as error:  # noqa: BLE001 - as the release: the message goes back and the worker lives on
            self._log.error(f"Error handling command notification: {error}")
            delay = 0.0
        if delay is None:
            await message.ack()
        else:
            await message.nak(delay=delay or None)

    async def _handle(self, notification: Notification) -> float | None:
        """None to acknowledge, or the seconds after which to redeliver."""
        worker_id = self._services.settings.worker_id
        self._log.info(
            f"[EVENT] Worker {worker_id} received notification: exec={notification.execution_id}, "
            f"command={notification.command_id}, step={notification.step}"
        )
        if self._seen(notification.command_id):
            self._log.info(f"[CLAIM] Command {notification.command_id} was recently claimed/settled on this worker")
            return None
        match await self._claim(notification):
            case Later(seconds):
                return seconds
            case Settled():
                self._remember(notification.command_id)
            case Refused(text):
                await self._fail_claim(notification, text)
            case Command() as command:
                self._remember(notification.command_id)
                self._log.info(f"[EVENT] Worker {worker_id} claimed command {notification.command_id}")
                await Execution(command, self._services, self._log).run()
        return None

    def _seen(self, command_id: str) -> bool:
        return self._recent.get(command_id, 0.0) > time.monotonic()

    def _remember(self, command_id: str) -> None:
        now = time.monotonic()
        self._recent = {known: until for known, until in self._recent.items() if until > now}
        self._recent[command_id] = now + _RECENT_SECONDS

    async def _claim(self, notification: Notification) -> Command | Settled | Later | Refused:
        """Up to five tries where the server is busy (spec: noetl-rust 2.1, table)."""
        delay = _CLAIM_DELAY
        for attempt in range(1, _CLAIM_TRIES + 1):
            reply = await self._ask_claim(notification)
            if reply is not None and reply.status not in _RETRYABLE:
                return self._claimed(notification, reply)
            if attempt < _CLAIM_TRIES:
                wait = max(delay, _retry_after(reply))
                await asyncio.sleep(min(wait, _CLAIM_MAX_DELAY))
                delay = min(delay * 2, _CLAIM_MAX_DELAY)
        self._log.warning(f"[CLAIM] Claim of event_id={notification.event_id} deferred to queue redelivery")
        return Later(1.0)

    async def _ask_claim(self, notification: Notification) -> Reply | None:
        env = self._services.settings.environment
        locality = {
            "worker_pool": env.get("NOETL_WORKER_POOL_NAME") or "worker-cpu-01",
            "runtime": env.get("NOETL_WORKER_POOL_RUNTIME") or "cpu",
        }
        body = {"worker_id": self._services.settings.worker_id, "locality": locality}
        server = self._services.server.at(notification.server_url)
        try:
            return await server.call("POST", f"/api/commands/{notification.event_id}/claim", body=body)
        except Unreachable as error:
            self._log.warning(f"[CLAIM] Error claiming command event_id={notification.event_id}: {error}")
            return None

    def _claimed(self, notification: Notification, reply: Reply) -> Command | Settled | Later | Refused:
        event_id = notification.event_id
        match reply.status:
            case 200:
                self._log.info(f"[CLAIM] Successfully claimed command for event_id={event_id}")
                return Command.from_claim(reply.json(), notification.server_url)
            case 409:
                code = _conflict(reply)
                self._log.info(
                    f"[CLAIM] Command for event_id={event_id} is not ours to claim (code={code or 'unknown'})"
                )
                return Settled() if code in _SETTLED else Later(1.0)
            case 404:
                text = f"Command not found for event_id={event_id}"
            case status:
                text = f"claim endpoint failed with status={status}"
        return Refused(f"claim_failed status={reply.status} retryable=false message={text}")

    async def _fail_claim(self, notification: Notification, text: str) -> None:
        self._log.error(f"[CLAIM] Terminal failure for event_id={notification.event_id}: {text}")
        worker_id = self._services.settings.worker_id
        body = {
            "execution_id": str(notification.execution_id),
            "step": notification.step,
            "name": "command.failed",
            "payload": {"command_id": notification.command_id, "error": text},
            "meta": {"worker_id": worker_id, "command_id": notification.command_id},
            "worker_id": worker_id,
        }
        await self._services.server.at(notification.server_url).call("POST", "/api/events", body=body)


@asynccontextmanager
async def _in_progress(message: Msg) -> AsyncIterator[None]:
    """Keep the server from redelivering what is still being worked on."""

    async def remind() -> None:
        while True:
            await asyncio.sleep(_IN_PROGRESS_SECONDS)
            await message.in_progress()

    task = asyncio.create_task(remind())
    try:
        yield
    finally:
        task.cancel()


def _conflict(reply: Reply) -> str:
    """The code of a 409; its words stand for a code that is missing."""
    try:
        detail = reply.json().get("detail")
    except (ValueError, AttributeError):
        return ""
    if isinstance(detail, dict):
        code, text = str(detail.get("code") or "").strip().lower(), str(detail.get("message") or "").lower()
    else:
        code, text = "", str(detail or "").lower()
    return "active_claim" if "being claimed" in text or "another worker" in text else code


def _retry_after(reply: Reply | None) -> float:
    try:
        return max(0.0, float(reply.headers.get("Retry-After", "1"))) if reply else 0.0
    except ValueError:
        return 1.0
