"""From what the engine issues to the rows and the notification of a command (spec: noetl-python 5.7, 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.embedded.control_plane.engine.types import IssuedCommand

_DIRECT_FIELDS = {"db_host", "db_port", "db_user", "db_password", "db_name", "db_conn_string"}


class InvalidCommand(Exception):
    """A command that NoETL's server refuses to issue; the text is that of its 422."""


def check(command: IssuedCommand) -> None:
    """Raises `InvalidCommand` for a postgres command without auth, or with connection fields of its own."""
    if command.tool_kind.lower() != "postgres":
        return
    holders = [value for key in ("tool_config", "input") if isinstance(value := command.context.get(key), Mapping)]
    if not any(holder.get("auth") not in (None, "", {}) for holder in holders):
        raise _invalid(command, f"Postgres command for step '{command.node}' is missing auth in command context.")
    direct = {key for holder in holders for key in _DIRECT_FIELDS if holder.get(key) not in (None, "")}
    if direct:
        listed = ", ".join(sorted(direct))
        what = f"Postgres command for step '{command.node}' includes forbidden direct connection fields: {listed}"
        raise _invalid(command, what)


def _invalid(command: IssuedCommand, what: str) -> InvalidCommand:
    return InvalidCommand(f"Invalid command context for step '{command.node}' and tool '{command.tool_kind}': {what}")


def meta(command: IssuedCommand, command_id: int, trigger: Mapping[str, Any]) -> dict[str, Any]:
    """The meta of `command.issued`: what every command has, what triggered it, and what the engine adds."""
    base = {"command_id": command_id, "step": command.node, "tool_kind": command.tool_kind, "actionable": True}
    return {**base, **trigger, **command.meta}
