"""A command as the claim gives it (spec: noetl-python 6, noetl-rust 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Notification:
    """One message of the command stream (spec: noetl-python 3.3)."""

    execution_id: int
    event_id: int
    command_id: str
    step: str
    server_url: str

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Notification:
        """Raises `KeyError`, `TypeError` or `ValueError` where a field is missing or no id."""
        return cls(
            execution_id=int(body["execution_id"]),
            event_id=int(body["event_id"]),
            command_id=str(body["command_id"]),
            step=str(body["step"]),
            server_url=str(body["server_url"]).rstrip("/"),
        )


@dataclass(frozen=True, slots=True)
class Command:
    """A claimed command. `command_id` keeps the type that the server gave it: the Python server's is an integer.

    `server_url` is the address that the notification named. `context` may hold secrets: it is left out of the repr.
    """

    command_id: int | str
    execution_id: int
    step: str
    tool_kind: str
    server_url: str
    context: Mapping[str, Any] = field(repr=False)
    meta: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_claim(cls, body: Mapping[str, Any], server_url: str) -> Command:
        """From the reply of `POST /api/commands/{event_id}/claim`."""
        execution_id, step = int(body["execution_id"]), str(body["node_name"])
        meta = body.get("meta") or {}
        command_id = meta.get("command_id")
        return cls(
            command_id=f"{execution_id}:{step}:unknown" if command_id is None else command_id,
            execution_id=execution_id,
            step=step,
            tool_kind=str(body["action"]),
            server_url=server_url,
            context=body.get("context") or {},
            meta=meta,
        )
