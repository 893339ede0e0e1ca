"""Announces again what was announced and not taken (spec: noetl-python 3.3, 5.10)."""

from __future__ import annotations

import asyncio
import time

import psycopg

from harness.embedded.control_plane import store
from harness.embedded.control_plane.claims import Timing
from harness.embedded.control_plane.database import Database
from harness.embedded.control_plane.http import first_line
from harness.embedded.control_plane.log import log
from harness.embedded.control_plane.publisher import Notification, Publisher

_MOST = 100


class Recovery:
    """Republishes commands that stay PENDING, and those whose worker is gone; the claim decides what comes of it."""

    def __init__(self, database: Database, publisher: Publisher, timing: Timing) -> None:
        self._database = database
        self._publisher = publisher
        self._timing = timing
        self._announced: dict[int, float] = {}

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(self._timing.sweep)
            try:
                await self.sweep()
            except psycopg.Error as error:
                log.error("Recovery sweep failed: %s: %s", type(error).__name__, first_line(error))

    async def sweep(self) -> int:
        """Announce what is due once more; how many commands that were. None is announced twice within the delay."""
        due = time.monotonic() - self._timing.publish_recovery
        waiting = await self._waiting()
        known = {notification.command_id for notification in waiting}
        self._announced = {command: at for command, at in self._announced.items() if command in known}
        count = 0
        for notification in waiting:
            if self._announced.get(notification.command_id, due) > due:
                continue
            self._announced[notification.command_id] = time.monotonic()
            ids = f"execution_id={notification.execution_id} command_id={notification.command_id}"
            log.warning("Republishing step=%s %s", notification.step, ids)
            await self._publisher.publish(notification)
            count += 1
        return count

    async def _waiting(self) -> list[Notification]:
        async with self._database.transaction() as cursor:
            await cursor.execute(
                """
                SELECT c.execution_id, c.event_id, c.command_id, c.step_name, c.tool_kind, k.path
                FROM noetl.command c
                JOIN noetl.catalog k USING (catalog_id)
                LEFT JOIN noetl.runtime r ON r.kind = 'worker_pool' AND r.name = c.worker_id
                WHERE (
                    c.status = 'PENDING' AND c.created_at < now() - make_interval(secs => %(delay)s)
                    OR c.status IN ('CLAIMED', 'RUNNING') AND c.claimed_at < now() - make_interval(secs => %(lease)s)
                    AND (
                        r.name IS NULL OR r.status <> 'ready'
                        OR r.heartbeat < now() - make_interval(secs => %(stale)s)
                        OR c.claimed_at < now() - make_interval(secs => %(hard)s)
                    )
                )
                AND NOT EXISTS (
                    SELECT 1 FROM noetl.event e WHERE e.execution_id = c.execution_id AND e.event_type = ANY(%(ended)s)
                )
                ORDER BY c.created_at LIMIT %(most)s
                """,
                {
                    "delay": self._timing.publish_recovery,
                    "lease": self._timing.lease,
                    "stale": self._timing.heartbeat_stale,
                    "hard": self._timing.hard_timeout,
                    "ended": list(store.TERMINAL_EVENTS),
                    "most": _MOST,
                },
            )
            rows = await cursor.fetchall()
        return [
            Notification(
                row["execution_id"], row["event_id"], row["command_id"], row["step_name"], row["tool_kind"], row["path"]
            )
            for row in rows
        ]
