"""How the Python worker reports: batches, each tried again with the same key (spec: noetl-rust 2.3)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.embedded.worker.command import Command
from harness.embedded.worker.log import PythonLog
from harness.embedded.worker.python.envelope import event_payload
from harness.embedded.worker.server import Server, Unreachable

_RETRY_DELAY = 0.05


@dataclass(frozen=True, slots=True)
class Event:
    """One event before it goes out. Only `call.done` and `call.error` are `actionable`: they drive the engine."""

    name: str
    payload: dict[str, Any] = field(repr=False)
    actionable: bool = False
    meta: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a batch is tried; `seconds` is for each try."""

    tries: int
    seconds: float


INITIAL = Patience(2, 5.0)
HOT_INITIAL = Patience(1, 0.25)
"""Start events of a task sequence must not hold it up, so they can be missing (spec: noetl-python 2.9)."""
TERMINAL = Patience(3, 60.0)


class Reporter:
    """Sends one command's events to the control plane that issued it."""

    def __init__(self, server: Server, worker_id: str, command: Command, log: PythonLog) -> None:
        self._server = server
        self._worker_id = worker_id
        self._command = command
        self._log = log

    async def batch(self, events: Sequence[Event], patience: Patience) -> None:
        """One `POST /api/events/batch`. Raises `RuntimeError` `Batch event emission failed: …` after the last try."""
        body = {
            "execution_id": str(self._command.execution_id),
            "worker_id": self._worker_id,
            "events": [self._item(event) for event in events],
        }
        key = f"{self._worker_id}:{self._command.execution_id}:{uuid.uuid4().hex}"
        for attempt in range(1, patience.tries + 1):
            problem = await self._send("/api/events/batch", body, patience.seconds, {"Idempotency-Key": key})
            if problem is None:
                return
            if attempt == patience.tries:
                self._log.error(f"[BATCH] Failed to emit batch events after {attempt} attempts: {problem}")
                raise RuntimeError(f"Batch event emission failed: {problem}")
            self._log.warning(f"[BATCH] Batch event emission failed (attempt {attempt}/{patience.tries}): {problem}")
            await asyncio.sleep(_RETRY_DELAY * 2 ** (attempt - 1))

    async def heartbeat(self) -> None:
        """`command.heartbeat`, once; a heartbeat that is lost is no matter."""
        payload = {"command_id": self._command.command_id, "worker_id": self._worker_id}
        await self.single(Event("command.heartbeat", payload), 2.0)

    async def single(self, event: Event, seconds: float) -> str | None:
        """One `POST /api/events`; what went wrong, if anything."""
        body = {
            "execution_id": str(self._command.execution_id),
            "worker_id": self._worker_id,
            **self._item(event),
        }
        return await self._send("/api/events", body, seconds, {})

    def _item(self, event: Event) -> dict[str, Any]:
        item: dict[str, Any] = {
            "step": self._command.step,
            "name": event.name,
            "payload": event_payload(event.name, event.payload),
            "actionable": event.actionable,
            "informative": True,
        }
        return item | {"meta": event.meta} if event.meta else item

    async def _send(self, path: str, body: Any, seconds: float, headers: dict[str, str]) -> str | None:
        try:
            reply = await self._server.call("POST", path, body=body, headers=headers, within=seconds)
        except Unreachable as error:
            return str(error)
        return None if reply.ok else f"HTTP {reply.status} {reply.text[:200]}"
