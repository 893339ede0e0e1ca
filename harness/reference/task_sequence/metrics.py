"""What a sequence says about its own times (spec: noetl-python 2.8, NoETL 4.12.0)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

_TIMES = ("duration_ms", "render_ms", "tool_ms")


@dataclass(frozen=True, slots=True)
class Timing:
    """One call of a tool. All times are whole milliseconds."""

    name: Any
    kind: str
    attempt: int
    status: Literal["ok", "error"]
    duration_ms: int
    render_ms: int
    tool_ms: int


def metrics(timings: Sequence[Timing]) -> dict[str, Any]:
    """`{task_count, duration_ms, render_ms, tool_ms, by_kind, by_name, tasks}`; counts calls, not definitions."""
    rows = [asdict(timing) for timing in timings]
    return {
        "task_count": len(rows),
        **_sums(rows),
        "by_kind": _grouped(rows, "kind"),
        "by_name": _grouped(rows, "name"),
        "tasks": rows,
    }


def _grouped(rows: list[dict[str, Any]], by: str) -> dict[str, dict[str, int]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(str(row[by] or "unknown"), []).append(row)
    return {
        key: {"count": len(group), "error_count": sum(row["status"] == "error" for row in group), **_sums(group)}
        for key, group in groups.items()
    }


def _sums(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {time: sum(row[time] for row in rows) for time in _TIMES}
