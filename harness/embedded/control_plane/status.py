"""What the API says of an execution: pure rules over its events (spec: noetl-python 5.8).

NoETL 4.12.0 infers completion while work is still open, so that its answers flap. Here nothing is inferred while a
command is open or a batch waits: an answer, once terminal, stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.embedded.control_plane.http import utc
from harness.reference.results import json_size

_VALUE_MAX_BYTES = 10_485_760
_PREVIEW_ITEMS = 5
_PREVIEW_DEPTH = 3
_BY_EVENT = {
    "playbook.completed": "COMPLETED",
    "workflow.completed": "COMPLETED",
    "playbook.failed": "FAILED",
    "workflow.failed": "FAILED",
    "execution.cancelled": "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an execution. `terminal` is its last terminal event's name; `idle`: no command is open and no
    batch waits; `failed`: a call failed."""

    terminal: str | None
    idle: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """`status` is COMPLETED, FAILED, CANCELLED or RUNNING; `inferred`: there is no terminal event."""

    status: str
    inferred: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status != "RUNNING"


def standing(facts: Facts) -> Standing:
    """A terminal event decides; without one, an execution with nothing left to do counts as ended."""
    if facts.terminal is not None:
        return Standing(_BY_EVENT[facts.terminal])
    if facts.idle:
        return Standing("FAILED" if facts.failed else "COMPLETED", inferred=True)
    return Standing("RUNNING")


def duration_human(seconds: float) -> str:
    """`1d 2h 3m 4s`, parts that are zero left out."""
    rest = max(0, round(seconds))
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    if rest or not parts:
        parts.append(f"{rest}s")
    return " ".join(parts)


def durations(start: datetime, end: datetime | None, now: datetime) -> dict[str, Any]:
    """The fields `duration_seconds` and `duration_human`; an execution without end lasts until now."""
    seconds = max(0.0, ((utc(end) or now) - (utc(start) or now)).total_seconds())
    return {"duration_seconds": round(seconds, 3), "duration_human": duration_human(seconds)}


def compact(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Variables as `/status` shows them: those over 10 MiB become a preview."""
    return {
        key: value if (size := json_size(value)) <= _VALUE_MAX_BYTES else _cut(value, size)
        for key, value in variables.items()
    }


def _cut(value: Any, size: int) -> dict[str, Any]:
    return {"_truncated": True, "_original_size_bytes": size, "_preview": _preview(value, 0)}


def _preview(value: Any, depth: int) -> Any:
    match value:
        case dict() if depth >= _PREVIEW_DEPTH:
            return f"dict({len(value)} keys)"
        case list() if depth >= _PREVIEW_DEPTH:
            return f"list({len(value)} items)"
        case dict():
            shown = {key: _preview(child, depth + 1) for key, child in list(value.items())[:_PREVIEW_ITEMS]}
            if (left := len(value) - _PREVIEW_ITEMS) > 0:
                shown["_truncated_keys"] = left
            too_big = {"_truncated": True, "_type": "dict", "_keys": len(value)}
            return shown if json_size(shown) <= _VALUE_MAX_BYTES else too_big
        case list():
            items = [_preview(child, depth + 1) for child in value[:_PREVIEW_ITEMS]]
            if (left := len(value) - _PREVIEW_ITEMS) > 0:
                items.append(f"... {left} more")
            too_long = {"_truncated": True, "_type": "list", "_items": len(value)}
            return items if json_size(items) <= _VALUE_MAX_BYTES else too_long
    return value


def now_utc() -> datetime:
    """The moment, with its time zone."""
    return datetime.now(UTC)
