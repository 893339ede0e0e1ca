"""The outcome of one call of a tool: the binding `output` of templates (spec: noetl-python 2.4, 2.5 a)."""

from __future__ import annotations

from typing import Any

from harness.reference.task_sequence.classify import REFERENCE_NOT_AVAILABLE, is_missing_reference, recovery

_HELPERS = ("http", "pg", "py", "meta")


def ok_outcome(kind: Any, result: Any, *, attempt: int, duration_ms: int) -> dict[str, Any]:
    """`{status: ok, meta: {attempt, duration_ms}, data}`, with `http`, `pg` or `py` for those kinds of tool."""
    outcome = {"status": "ok", "meta": {"attempt": attempt, "duration_ms": duration_ms}, "data": result}
    match kind:
        case "http":
            answer = result if isinstance(result, dict) else {}
            status = answer.get("status_code") or answer.get("status")
            outcome["http"] = {"status": _http_status(status), "headers": answer.get("headers", {})}
        case "postgres":
            outcome["pg"] = {}
        case "python":
            outcome["py"] = {}
    return outcome


def error_outcome(kind: Any, error: dict[str, Any], *, attempt: int, duration_ms: int) -> dict[str, Any]:
    """`{status: error, meta: {attempt, duration_ms}, error}`, with `http`, `pg` or `py` for those kinds of tool."""
    outcome = {"status": "error", "meta": {"attempt": attempt, "duration_ms": duration_ms}, "error": error}
    match kind:
        case "http":
            status = error.get("status_code") or error.get("code") or None
            outcome["http"] = {"status": _http_status(status), "headers": {}}
        case "postgres":
            outcome["pg"] = {"code": error.get("code"), "sqlstate": error.get("sqlstate")}
        case "python":
            outcome["py"] = {"exception": error.get("exception"), "traceback": error.get("traceback")}
    return outcome


def view(outcome: dict[str, Any] | None) -> dict[str, Any]:
    """The outcome as templates see it: data, ref and error are null where it has none; `{}` for no outcome."""
    if outcome is None:
        return {}
    common = {key: outcome.get(key) for key in ("status", "data", "ref", "error")}
    return common | {key: outcome[key] for key in _HELPERS if key in outcome}


def is_error(result: Any) -> bool:
    """Whether what a tool returned is an error: a dict with `status: error`. `failed` is none."""
    return isinstance(result, dict) and bool(result.get("status") == "error")


def error_of(result: dict[str, Any], before: str | None) -> dict[str, Any]:
    """The error dict of an error that a tool returned: `{kind, retryable, code, status_code, message}`.

    `message` may be any value. `before` is the label of the task that stands before this one; where the text says that
    a stored result is missing, it becomes `recovery.to`.
    """
    status_code = _status_code(result)
    message = result.get("error") or result.get("message", "Tool returned error status")
    retryable, code = result.get("retryable"), result.get("code")
    if retryable is None:
        retryable = status_code is not None and (status_code == 429 or status_code >= 500)
    if code is None and status_code is not None:
        code = f"HTTP_{status_code}"
    error = {
        "kind": result.get("error_kind", "tool_error"),
        "retryable": bool(retryable),
        "code": code,
        "status_code": status_code,
        "message": message,
    }
    if is_missing_reference(message):
        missing = {"kind": "missing_reference", "retryable": True, "code": REFERENCE_NOT_AVAILABLE}
        return error | missing | recovery(before)
    return error


def _status_code(result: dict[str, Any]) -> int | None:
    raw, data = result.get("status_code"), result.get("data")
    if raw is None and isinstance(data, dict):
        raw = data.get("status_code") or data.get("status")
    if isinstance(raw, int):
        return raw
    try:
        return int(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def _http_status(value: Any) -> Any:
    """A number where the value is one in writing or `HTTP_<number>`, else the value."""
    if not isinstance(value, str):
        return value
    digits = value.removeprefix("HTTP_")
    return int(digits) if digits.isdigit() else value
