"""Rows of `noetl.event` and `noetl.command` as frozen values (spec/noetl-python.md 5.1, 5.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harness.model.json import JsonObject

_EMPTY: JsonObject = {}

BOOKKEEPING = ("batch.", "command.heartbeat", "worker.")
"""How event names begin that say that somebody lives, not that the execution moves."""


def _moment(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def nats_moment(text: str) -> datetime:
    """A time as NATS and logs write it: in UTC, with nanoseconds, which are more than Python takes."""
    return datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*Z$", r"\1", text).removesuffix("Z")).replace(tzinfo=UTC)


def _integer(value: Any) -> int | None:
    """Ids are bigints in rows, decimal text in JSON, and `<exec>:<step>:<event>` on the Rust server."""
    if value is None or isinstance(value, bool):
        return None
    try:
        return int(value)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One row of the append-only log. Where column `command_id` is NULL it is taken from `meta` or `result`.

    `prev_event_id` is the event before this one in its execution: NULL for the first, and where the store has no such
    column (NoETL before 4.26).
    """

    event_id: int
    execution_id: int
    event_type: str
    node_name: str
    status: str
    created_at: datetime
    node_type: str | None = None
    parent_event_id: int | None = None
    parent_execution_id: int | None = None
    command_id: int | None = None
    worker_id: str | None = None
    error: str | None = None
    context: JsonObject = field(default_factory=dict)
    result: JsonObject = field(default_factory=dict)
    meta: JsonObject = field(default_factory=dict)
    prev_event_id: int | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> EventRow:
        """From a row of PostgreSQL or a line of an `events.jsonl` capture; absent columns count as NULL."""
        meta = row.get("meta") or _EMPTY
        result = row.get("result") or _EMPTY
        inner = result.get("context") if isinstance(result.get("context"), Mapping) else None
        command_id = _integer(row.get("command_id")) or _integer(meta.get("command_id"))
        if command_id is None and inner:
            command_id = _integer(inner.get("command_id"))
        return cls(
            event_id=int(row["event_id"]),
            execution_id=int(row["execution_id"]),
            event_type=str(row["event_type"]),
            node_name=str(row.get("node_name") or ""),
            status=str(row.get("status") or ""),
            created_at=_moment(row["created_at"]),
            node_type=row.get("node_type"),
            parent_event_id=_integer(row.get("parent_event_id")),
            parent_execution_id=_integer(row.get("parent_execution_id")),
            command_id=command_id,
            worker_id=row.get("worker_id") or meta.get("worker_id"),
            error=row.get("error"),
            context=row.get("context") or _EMPTY,
            result=result,
            meta=meta,
            prev_event_id=_integer(row.get("prev_event_id")),
        )

    @property
    def result_ref(self) -> str | None:
        """The address of a result that the event only refers to (spec: noetl-python 7.4). What the pools call `ref`
        inside a reference, a Python worker calls `locator` in its events."""
        reference = self.result.get("reference")
        found = reference.get("ref") or reference.get("locator") if isinstance(reference, Mapping) else None
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One row of the mutable projection. `step_name` keeps the `:task_sequence` suffix that the row has."""

    command_id: int
    event_id: int
    execution_id: int
    step_name: str
    tool_kind: str
    status: str
    worker_id: str | None = None
    attempt: int = 1
    context: JsonObject = field(default_factory=dict)
    meta: JsonObject = field(default_factory=dict)
    result: JsonObject = field(default_factory=dict)
    error: str | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> CommandRow:
        """From a row of PostgreSQL or a line of a `commands.jsonl` capture."""
        return cls(
            command_id=int(row["command_id"]),
            event_id=int(row["event_id"]),
            execution_id=int(row["execution_id"]),
            step_name=str(row["step_name"]),
            tool_kind=str(row.get("tool_kind") or ""),
            status=str(row.get("status") or ""),
            worker_id=row.get("worker_id"),
            attempt=int(row.get("attempt") or 1),
            context=row.get("context") or _EMPTY,
            meta=row.get("meta") or _EMPTY,
            result=row.get("result") or _EMPTY,
            error=row.get("error"),
        )
