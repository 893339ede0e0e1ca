"""What a worker reports and what is stored of it: pure rules (spec: noetl-python 6, 7.2; noetl-rust 2.3).

A payload is what the worker sent; a stored result is `{status, reference?, context?}` and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.reference.results import CONTEXT_MAX_BYTES, json_size

_RESULT_KEYS = {"status", "reference", "context", "command_id"}
_FORBIDDEN = "_internal_data"
_INLINE_ROWS = 16
_INLINE_ROWS_MAX_BYTES = 64 * 1024
_ERROR_MAX_CHARS = 2000
_LIFTED = (
    "command_id",
    "loop_event_id",
    "request_id",
    "event_ids",
    "commands_generated",
    "error_code",
    "message",
    "worker_id",
    "batch_request_id",
)
_SEARCH_DEPTH = 8


def status_from_name(event_name: str) -> str:
    """The status column follows from the event's name alone; a status in the envelope counts for nothing."""
    name = event_name.lower()
    if "error" in name or "failed" in name:
        return "FAILED"
    if any(part in name for part in ("done", "exit", "completed")):
        return "COMPLETED"
    return "RUNNING"


def normal_status(value: Any) -> str:
    """`success` and `ok` are COMPLETED, `error` is FAILED, anything else its upper case."""
    match str(value or "").strip().upper():
        case "OK" | "SUCCESS":
            return "COMPLETED"
        case "ERROR" | "FAILED":
            return "FAILED"
        case "":
            return "UNKNOWN"
        case other:
            return other


def _mentions(value: Any, key: str, depth: int = 0) -> bool:
    if depth > _SEARCH_DEPTH:
        return False
    if isinstance(value, Mapping):
        return key in value or any(_mentions(child, key, depth + 1) for child in value.values())
    return isinstance(value, list) and any(_mentions(child, key, depth + 1) for child in value)


def check_payload(payload: Mapping[str, Any]) -> None:
    """Raises `ValueError` with NoETL's text where a payload carries data that it must not."""
    if _FORBIDDEN in payload:
        raise ValueError(f"payload includes forbidden inline output keys: {_FORBIDDEN}")
    result = payload.get("result")
    if result is None:
        return
    if not isinstance(result, Mapping):
        raise ValueError("payload.result must be an object")
    if unknown := sorted(str(key) for key in result if key not in _RESULT_KEYS):
        raise ValueError(f"payload.result includes unsupported keys: {', '.join(unknown)}")
    for name in ("reference", "context"):
        if not isinstance(result.get(name), Mapping | None):
            raise ValueError(f"payload.result.{name} must be an object")
    if _mentions(result.get("context"), _FORBIDDEN):
        raise ValueError("payload.result.context includes forbidden inline data keys")


def error_text(payload: Mapping[str, Any]) -> str | None:
    """The error column: `payload.error`, else `payload.result.error`, at most 2000 characters."""
    result = payload.get("result")
    for holder in (payload, result if isinstance(result, Mapping) else {}):
        match holder.get("error"):
            case str(text):
                return text.strip()[:_ERROR_MAX_CHARS] or None
            case {"message": str(text)} if text:
                return text.strip()[:_ERROR_MAX_CHARS]
            case dict() as error:
                return json.dumps(error, default=str)[:_ERROR_MAX_CHARS]
    return None


def command_id_of(payload: Mapping[str, Any], meta: Mapping[str, Any] | None = None) -> int | None:
    """The command that a payload speaks of: an integer or decimal text in one of the places that workers use."""
    context = payload.get("context")
    result = payload.get("result")
    inner = result.get("context") if isinstance(result, Mapping) else None
    for holder in (payload, meta, context, result, inner):
        value = holder.get("command_id") if isinstance(holder, Mapping) else None
        if isinstance(value, int):
            return value
        if isinstance(value, str) and value.strip().isdigit():
            return int(value)
    return None


def _rows(value: Any) -> list[Any]:
    for holder in (value, value.get("data") if isinstance(value, Mapping) else None):
        if isinstance(holder, Mapping) and isinstance(holder.get("rows"), list):
            return list(holder["rows"])
    return []


def _bounded(value: Any) -> dict[str, Any] | None:
    return dict(value) if isinstance(value, Mapping) and json_size(value) <= CONTEXT_MAX_BYTES else None


def stored_result(payload: Mapping[str, Any], status: str) -> dict[str, Any]:
    """The result column. `status` is what the event's name says; a status in the payload's result replaces it.

    Small row sets (at most 16 rows and 64 KiB) survive as `context.rows`; other data stays with the worker.
    """
    result, response = payload.get("result"), payload.get("response")
    source = response if _rows(response) else result or response
    stored: dict[str, Any] = {"status": normal_status(status)}
    if not isinstance(source, Mapping):
        if isinstance(payload.get("reference"), Mapping):
            stored["reference"] = dict(payload["reference"])
        context = _bounded(payload.get("context") or payload.get("response") or payload)
    else:
        claimed = source.get("status")
        if isinstance(claimed, str) and claimed.strip():
            stored["status"] = normal_status(claimed)
        if isinstance(source.get("reference"), Mapping):
            stored["reference"] = dict(source["reference"])
        context = _bounded(source.get("context") or source)
        rows = _rows(source)
        fits = 0 < len(rows) <= _INLINE_ROWS and json_size(rows) <= _INLINE_ROWS_MAX_BYTES
        if fits and "reference" not in stored:
            context = {"row_count": len(rows), **(context or {}), "rows": rows}
    lifted = {key: payload[key] for key in _LIFTED if payload.get(key) is not None}
    merged = {**lifted, **(context or {})}
    if lifted and json_size(merged) <= CONTEXT_MAX_BYTES:
        context = merged
    if context is not None:
        stored["context"] = context
    return stored
