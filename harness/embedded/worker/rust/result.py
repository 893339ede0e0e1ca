"""The outcome of a Rust tool as it stands in `result.context` (spec: noetl-rust 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SUCCESS, ERROR, TIMEOUT = "success", "error", "timeout"

_ORDER = ("data", "error", "stdout", "stderr", "exit_code", "duration_ms")


@dataclass(frozen=True, slots=True)
class ToolResult:
    """`status` and those of `data, error, stdout, stderr, exit_code, duration_ms` that the tool sets."""

    status: str
    fields: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Fields that the tool does not set are absent, not null."""
        return {"status": self.status} | {key: self.fields[key] for key in _ORDER if key in self.fields}


def success(data: Any, **fields: Any) -> ToolResult:
    """An outcome that is right by the tool's own lights."""
    return ToolResult(SUCCESS, {"data": data, **fields})


def timed_out(seconds: int, duration_ms: int) -> ToolResult:
    """A child process that ran out of time: reported as `call.done`, like every status."""
    return ToolResult(TIMEOUT, {"error": f"Execution timed out after {seconds} seconds", "duration_ms": duration_ms})
