"""Rows of `noetl.event`, `noetl.command` and `noetl.execution`: the SQL of the event log (spec: noetl-python 5).

Every function takes a cursor inside a transaction; nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb

from harness.embedded.control_plane.database import Cursor, Row

TERMINAL_EVENTS = (
    "playbook.completed",
    "playbook.failed",
    "workflow.completed",
    "workflow.failed",
    "execution.cancelled",
)
OPEN_STATUSES = ("PENDING", "CLAIMED", "RUNNING")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One row to append. `node` is both node_id and node_name; what is None stays NULL.

    `catalog_id` is None for an execution that nobody started: the database then refuses the row.
    """

    event_id: int
    execution_id: int
    catalog_id: int | None
    event_type: str
    node: str
    status: str
    node_type: str | None = None
    context: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    error: str | None = None
    worker_id: str | None = None
    command_id: int | None = None
    parent_event_id: int | None = None
    parent_execution_id: int | None = None
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class NewCommand:
    """One command to issue: the row of `noetl.command`; its event is appended beside it."""

    command_id: int
    event_id: int
    execution_id: int
    catalog_id: int
    parent_execution_id: int | None
    step: str
    tool_kind: str
    context: dict[str, Any]
    meta: dict[str, Any]


def _json(value: Any) -> Jsonb | None:
    return None if value is None else Jsonb(value)


async def append(cursor: Cursor, events: Sequence[NewEvent]) -> None:
    """Append rows in one round trip. Raises `psycopg.errors.CheckViolation` for a result of another shape."""
    now = datetime.now(UTC)
    await cursor.executemany(
        """
        INSERT INTO noetl.event (event_id, execution_id, catalog_id, event_type, node_id, node_name, status, node_type,
            context, result, meta, error, worker_id, command_id, parent_event_id, parent_execution_id, duration,
            created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            (
                event.event_id,
                event.execution_id,
                event.catalog_id,
                event.event_type,
                event.node,
                event.node,
                event.status,
                event.node_type,
                _json(event.context),
                _json(event.result),
                _json(event.meta),
                event.error,
                event.worker_id,
                event.command_id,
                event.parent_event_id,
                event.parent_execution_id,
                event.duration,
                now,
            )
            for event in events
        ],
    )


async def issue(cursor: Cursor, commands: Sequence[NewCommand]) -> None:
    """Insert command rows, PENDING."""
    await cursor.executemany(
        """
        INSERT INTO noetl.command (command_id, event_id, execution_id, catalog_id, parent_execution_id, step_name,
            tool_kind, context, loop_event_id, meta)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            (
                command.command_id,
                command.event_id,
                command.execution_id,
                command.catalog_id,
                command.parent_execution_id,
                command.step,
                command.tool_kind,
                Jsonb(command.context),
                command.meta.get("__loop_epoch_id") or command.meta.get("loop_event_id"),
                Jsonb(command.meta),
            )
            for command in commands
        ],
    )


async def move_command(
    cursor: Cursor, name: str, command_id: int, event_id: int, result: dict[str, Any], error: str | None
) -> None:
    """What a lifecycle event does to its command's row. `command.started` never takes back a terminal status."""
    match name:
        case "command.started":
            await cursor.execute(
                """
                UPDATE noetl.command SET started_at = coalesce(started_at, now()),
                    status = CASE WHEN completed_at IS NULL THEN 'RUNNING' ELSE status END,
                    latest_event_id = CASE WHEN completed_at IS NULL THEN %s ELSE latest_event_id END,
                    updated_at = CASE WHEN completed_at IS NULL THEN now() ELSE updated_at END
                WHERE command_id = %s
                """,
                (event_id, command_id),
            )
        case "command.completed" | "command.failed" | "command.cancelled":
            await cursor.execute(
                """
                UPDATE noetl.command SET status = %s, completed_at = now(), updated_at = now(), latest_event_id = %s,
                    result = %s, error = %s
                WHERE command_id = %s
                """,
                (name.removeprefix("command.").upper(), event_id, Jsonb(result), error, command_id),
            )


async def claim(cursor: Cursor, command_id: int, worker_id: str, event_id: int) -> None:
    """Give a command to a worker."""
    await cursor.execute(
        """
        UPDATE noetl.command SET status = 'CLAIMED', worker_id = %s, claimed_at = now(), latest_event_id = %s,
            updated_at = now()
        WHERE command_id = %s
        """,
        (worker_id, event_id, command_id),
    )


async def duplicate(cursor: Cursor, execution_id: int, name: str, step: str, command_id: int) -> int | None:
    """The id of an earlier event of the same name, node and command."""
    await cursor.execute(
        """
        SELECT event_id FROM noetl.event
        WHERE execution_id = %s AND event_type = %s AND node_name = %s
            AND (command_id = %s OR meta ->> 'command_id' = %s)
        ORDER BY event_id DESC LIMIT 1
        """,
        (execution_id, name, step, command_id, str(command_id)),
    )
    row = await cursor.fetchone()
    return int(row["event_id"]) if row else None


async def catalog_of(cursor: Cursor, execution_id: int) -> int | None:
    """The catalog id of an execution that has events."""
    await cursor.execute("SELECT catalog_id FROM noetl.event WHERE execution_id = %s LIMIT 1", (execution_id,))
    row = await cursor.fetchone()
    return int(row["catalog_id"]) if row else None


async def terminal_event(cursor: Cursor, execution_id: int, also: Iterable[str] = ()) -> Row | None:
    """The last terminal event of an execution; `also` names further events that count."""
    await cursor.execute(
        """
        SELECT event_type, node_name, status, error, created_at FROM noetl.event
        WHERE execution_id = %s AND event_type = ANY(%s)
        ORDER BY event_id DESC LIMIT 1
        """,
        (execution_id, [*TERMINAL_EVENTS, *also]),
    )
    return await cursor.fetchone()


async def open_commands(cursor: Cursor, execution_id: int) -> int:
    """How many commands of an execution are not at their end."""
    await cursor.execute(
        "SELECT count(*) AS open FROM noetl.command WHERE execution_id = %s AND status = ANY(%s)",
        (execution_id, list(OPEN_STATUSES)),
    )
    row = await cursor.fetchone()
    return int(row["open"]) if row else 0


async def open_execution(cursor: Cursor, execution_id: int, catalog_id: int, parent_execution_id: int | None) -> None:
    """The row of an execution that starts now."""
    await cursor.execute(
        """
        INSERT INTO noetl.execution (execution_id, catalog_id, parent_execution_id, status, start_time)
        VALUES (%s, %s, %s, 'RUNNING', now())
        """,
        (execution_id, catalog_id, parent_execution_id),
    )


async def save_state(cursor: Cursor, execution_id: int, status: str | None, state: dict[str, Any]) -> None:
    """Keep the engine's state. `status` None leaves the row's; the first other than RUNNING sets its end."""
    await cursor.execute(
        """
        UPDATE noetl.execution SET status = coalesce(%(status)s::text, status), state = %(state)s,
            last_event_id = %(last)s, updated_at = now(),
            end_time = CASE WHEN %(status)s::text <> 'RUNNING' THEN coalesce(end_time, now()) ELSE end_time END
        WHERE execution_id = %(execution)s
        """,
        {"status": status, "state": Jsonb(state), "last": state.get("last_event_id"), "execution": execution_id},
    )
