"""Batches of events, as the Python worker posts them: stored at once, acted on after the 202 (noetl-python 5.6, 6)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from harness.embedded.control_plane import store
from harness.embedded.control_plane.database import Cursor, Database
from harness.embedded.control_plane.executions import Execution, Executions
from harness.embedded.control_plane.http import first_line
from harness.embedded.control_plane.ids import Snowflakes
from harness.embedded.control_plane.ingest import Ingest
from harness.embedded.control_plane.log import log
from harness.embedded.control_plane.results import (
    check_payload,
    command_id_of,
    error_text,
    status_from_name,
    stored_result,
)
from harness.embedded.control_plane.wire import BatchRequest, EventItem

_NEVER_DRIVE = {"command.claimed", "command.heartbeat", "command.started", "command.completed", "step.enter"}
_NODE = "events.batch"


@dataclass(frozen=True, slots=True)
class Batch:
    """An accepted batch. `key` is its idempotency key."""

    request_id: str
    execution_id: int
    catalog_id: int | None
    worker_id: str | None
    key: str | None

    @property
    def meta(self) -> dict[str, Any]:
        """What the meta of its own rows and of its events has in common."""
        return {
            "batch_request_id": self.request_id,
            "worker_id": self.worker_id,
            "idempotency_key": self.key,
        }


@dataclass(frozen=True, slots=True)
class Job:
    """What is left to do after the answer. `driver` is the last actionable event, which alone drives the engine.

    `command_id` is what the driver names, else what another event of its step in the batch does: a Python worker's
    unhandled exception is a call.error without it, beside a command.failed with it.
    """

    batch: Batch
    count: int
    driver: EventItem | None
    driver_event_id: int
    command_id: int | None
    accepted_at: float


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The answer to a batch. `duplicate`: this idempotency key was accepted before."""

    request_id: str
    event_ids: list[int]
    duplicate: bool


class Batches:
    """Accepts batches, and processes those of one execution one after the other."""

    def __init__(self, database: Database, executions: Executions, ingest: Ingest, ids: Snowflakes) -> None:
        self._database = database
        self._executions = executions
        self._ingest = ingest
        self._ids = ids
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def depth(self) -> int:
        """Batches that are accepted and not yet processed."""
        return len(self._tasks)

    async def close(self) -> None:
        """Wait for accepted batches."""
        await asyncio.gather(*self._tasks)

    async def accept(self, request: BatchRequest, key: str | None) -> Acceptance:
        """Store a batch and queue it for the engine. Raises `ValueError` for a payload that NoETL refuses."""
        for item in request.events:
            check_payload(item.payload)
        execution_id = int(request.execution_id)
        execution = self._executions.live(execution_id)
        async with AsyncExitStack() as waits:
            if execution is not None:  # from before its rows are seen, or nothing would be open for a moment
                execution.waiting += 1
                waits.callback(_processed, execution)
            async with self._database.transaction() as cursor:
                if key and (known := await _accepted_before(cursor, execution_id, key)):
                    return known
                job, event_ids = await self._store(cursor, request, execution_id, key)
            waits.pop_all()
        task = asyncio.create_task(self._process(job, execution))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Acceptance(job.batch.request_id, event_ids, duplicate=False)

    async def _store(
        self, cursor: Cursor, request: BatchRequest, execution_id: int, key: str | None
    ) -> tuple[Job, list[int]]:
        catalog_id = await store.catalog_of(cursor, execution_id) or request.catalog_id
        batch = Batch(str(self._ids.next()), execution_id, catalog_id, request.worker_id, key)
        accepted_id = self._ids.next()
        rows = [self._row(batch, item) for item in request.events]
        driver, driver_id = None, 0
        for item, row in zip(request.events, rows, strict=True):
            if item.actionable and item.name not in _NEVER_DRIVE:
                driver, driver_id = item, row.event_id
        event_ids = [row.event_id for row in rows]
        extra: dict[str, Any] = {"event_count": len(rows)}
        if driver is not None:
            extra["last_actionable_event_id"] = str(driver_id)
        payload = {"event_ids": event_ids, "commands_generated": 0}
        await store.append(cursor, [*rows, self._note(batch, "accepted", "PENDING", payload, accepted_id, extra)])
        for row in rows:
            if row.command_id is not None:
                result = row.result or {}
                await store.move_command(cursor, row.event_type, row.command_id, row.event_id, result, row.error)
        command_id = None
        if driver is not None:
            beside = (row.command_id for row in rows if row.command_id and row.node == driver.step)
            command_id = command_id_of(driver.payload, driver.meta) or next(beside, None)
        return Job(batch, len(rows), driver, driver_id, command_id, time.perf_counter()), event_ids

    def _row(self, batch: Batch, item: EventItem) -> store.NewEvent:
        event_id = self._ids.next()
        command_id = command_id_of(item.payload)
        status = status_from_name(item.name)
        meta = {
            "actionable": item.actionable,
            "informative": item.informative,
            "persisted_event_id": str(event_id),
            **batch.meta,
            **(item.meta or {}),
            **({} if command_id is None else {"command_id": command_id}),
        }
        return store.NewEvent(
            event_id=event_id,
            execution_id=batch.execution_id,
            catalog_id=batch.catalog_id,
            event_type=item.name,
            node=item.step,
            status=status,
            result=stored_result(item.payload, status),
            meta=meta,
            error=error_text(item.payload),
            worker_id=batch.worker_id,
            command_id=command_id,
        )

    def _note(
        self,
        batch: Batch,
        stage: str,
        status: str,
        payload: Mapping[str, Any],
        event_id: int | None = None,
        extra: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> store.NewEvent:
        """One of the `batch.*` rows, the bookkeeping of a batch."""
        return store.NewEvent(
            event_id=event_id or self._ids.next(),
            execution_id=batch.execution_id,
            catalog_id=batch.catalog_id,
            event_type=f"batch.{stage}",
            node=_NODE,
            status=status,
            result=stored_result({"request_id": batch.request_id, **payload}, status),
            meta={**batch.meta, "actionable": False, "informative": True, **(extra or {})},
            worker_id=batch.worker_id,
            error=error,
        )

    async def _process(self, job: Job, execution: Execution | None) -> None:
        """The second half of a batch, after its 202: the engine, then `batch.completed` or `batch.failed`."""
        batch = job.batch
        async with AsyncExitStack() as stack:
            if execution is not None:
                await stack.enter_async_context(execution.lock)
                stack.callback(_processed, execution)
            started = time.perf_counter()
            waited = {"queue_wait_ms": _milliseconds(started - job.accepted_at), "event_count": job.count}
            await self._append(self._note(batch, "processing", "RUNNING", waited))
            try:
                issued = await self._act(job, execution)
            except Exception as error:  # noqa: BLE001 - recorded as batch.failed and logged, as NoETL does
                reason = first_line(error)
                what = f"Batch {batch.request_id} failed: {type(error).__name__}: {reason}"
                log.error("%s execution_id=%s", what, batch.execution_id)
                failure = {"error_code": "processing_error", "message": reason}
                await self._append(self._note(batch, "failed", "FAILED", failure, error=reason))
            else:
                done = {
                    "commands_generated": issued,
                    "processing_ms": _milliseconds(time.perf_counter() - started),
                    "actionable_event": job.driver is not None,
                }
                await self._append(self._note(batch, "completed", "COMPLETED", done))

    async def _act(self, job: Job, execution: Execution | None) -> int:
        if execution is None or job.driver is None:
            return 0
        trigger = {"triggered_by": job.driver.name, "batch_request_id": job.batch.request_id}
        return await self._ingest.drive(execution, job.driver, job.command_id, job.driver_event_id, trigger)

    async def _append(self, row: store.NewEvent) -> None:
        async with self._database.transaction() as cursor:
            await store.append(cursor, [row])


async def _accepted_before(cursor: Cursor, execution_id: int, key: str) -> Acceptance | None:
    await cursor.execute(
        """
        SELECT meta ->> 'batch_request_id' AS request_id, result -> 'context' -> 'event_ids' AS event_ids
        FROM noetl.event
        WHERE execution_id = %s AND event_type = 'batch.accepted' AND meta ->> 'idempotency_key' = %s
        ORDER BY event_id DESC LIMIT 1
        """,
        (execution_id, key),
    )
    row = await cursor.fetchone()
    return Acceptance(row["request_id"], list(row["event_ids"] or []), duplicate=True) if row else None


def _processed(execution: Execution) -> None:
    execution.waiting -= 1


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
