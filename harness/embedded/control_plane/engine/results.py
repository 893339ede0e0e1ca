"""What of a worker's answer is kept as the step's result, and how later steps see it.

The two pools answer with different depth, and nothing here levels that: a Python worker's `response` is kept whole, a
Rust worker's `result` envelope is kept as the envelope (spec: noetl-python 2.10, 7.1, 7.3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_ROW_KEYS = ("rows", "columns")
_KEPT_KEYS = ("status", "reference", "context", "row_count", "statement_count")
_OUTPUT_EXTRAS = ("http", "pg", "py", "meta", "context")
_ITERATION_MAX_BYTES = 65536
_PREVIEW_DEPTH, _PREVIEW_KEYS, _PREVIEW_ITEMS = 2, 8, 3
_STATUS_WORDS = {"error": "error", "failed": "error", "failure": "error"}


def unwrapped(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """A payload of the form `{kind, data}` is its data."""
    data = payload.get("data")
    return data if "kind" in payload and isinstance(data, Mapping) else payload


def answer(payload: Mapping[str, Any]) -> Any:
    """The result of a single tool: `response`, else `result`, else the whole payload."""
    return payload.get("response", payload.get("result", payload))


def sequence_answer(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a task sequence: `response`, else the whole payload; anything but an object counts as empty."""
    found = payload.get("response", payload)
    return dict(found) if isinstance(found, Mapping) else {}


def promoted(sequence: dict[str, Any]) -> dict[str, Any]:
    """A sequence's result with the fields of its last task below its own, so `{{ step.field }}` works."""
    results = sequence.get("results")
    last = list(results.values())[-1] if isinstance(results, Mapping) and results else None
    return {**last, **sequence} if isinstance(last, Mapping) else sequence


def kept(result: Any, prior: Any) -> Any:
    """`result` as it is stored: an object gets `context`, a copy of itself, unless it brings one.

    Rows and columns that only the step's `prior` result has are carried over, as the release does.
    """
    if not isinstance(result, Mapping):
        return result
    stored = dict(result) if "context" in result else {**result, "context": dict(result)}
    if isinstance(prior, Mapping):
        _carry_rows(stored, prior)
        context, before = stored["context"], prior.get("context")
        if isinstance(context, Mapping) and isinstance(before, Mapping):
            stored["context"] = dict(context)
            _carry_rows(stored["context"], before)
    return stored


def _carry_rows(into: dict[str, Any], prior: Mapping[str, Any]) -> None:
    for key in _ROW_KEYS:
        if not isinstance(into.get(key), list) and isinstance(prior.get(key), list):
            into[key] = prior[key]


def compact_result(result: Any) -> Any:
    """A step's result once the event that brought it is over: scalars and the envelope's own keys."""
    if not isinstance(result, Mapping):
        return result
    return {
        key: value
        for key, value in result.items()
        if key in _KEPT_KEYS or value is None or isinstance(value, str | int | float | bool)
    }


def is_mirror(value: Any) -> bool:
    """Whether a variable is taken for a copy of a step's result, and dropped once its event is over."""
    return isinstance(value, Mapping) and ("reference" in value or ("status" in value and "context" in value))


def bounded(result: Any) -> Any:
    """The result of a loop's iteration, or a preview of it where it is longer than 64 KiB as JSON.

    The release estimates that length, so its `_original_size_bytes` can be another number.
    """
    if not isinstance(result, Mapping | list | tuple):
        return result
    size = len(json.dumps(result, default=str))
    if size <= _ITERATION_MAX_BYTES:
        return result
    return {
        "_truncated": True,
        "_original_size_bytes": size,
        "_type": type(result).__name__,
        "_preview": _preview(result, 0),
    }


def _preview(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        if depth == _PREVIEW_DEPTH:
            return f"dict({len(value)} keys)"
        shown = {key: _preview(item, depth + 1) for key, item in list(value.items())[:_PREVIEW_KEYS]}
        return shown | ({"_truncated_keys": len(value) - _PREVIEW_KEYS} if len(value) > _PREVIEW_KEYS else {})
    if isinstance(value, list | tuple):
        if depth == _PREVIEW_DEPTH:
            return f"list({len(value)} items)"
        more = [f"... {len(value) - _PREVIEW_ITEMS} more"] if len(value) > _PREVIEW_ITEMS else []
        return [_preview(item, depth + 1) for item in value[:_PREVIEW_ITEMS]] + more
    return value


def output_view(payload: Mapping[str, Any], step_result: Any) -> dict[str, Any]:
    """The `output` that templates see: from the event's envelope, then from the stored result of its step."""
    error = payload.get("error")
    view: dict[str, Any] = {"status": "error" if error else "ok", "data": None, "ref": None, "error": error}
    envelope = payload.get("result")
    if isinstance(envelope, Mapping):
        _view_envelope(view, envelope)
    if isinstance(step_result, Mapping):
        _view_result(view, step_result)
    elif step_result is not None:
        view["data"] = step_result
    if view["data"] is None and view.get("context") is not None:
        view["data"] = view["context"]
    return view


def _view_envelope(view: dict[str, Any], envelope: Mapping[str, Any]) -> None:
    view["status"] = _status_word(envelope.get("status", view["status"]))
    if isinstance(envelope.get("reference"), Mapping):
        view["ref"] = envelope["reference"]
    if isinstance(envelope.get("error"), Mapping):
        view["error"] = envelope["error"]
    context = envelope.get("context")
    if isinstance(context, Mapping):
        view["context"] = view["data"] = context
    rows = envelope.get("rows")
    if not isinstance(rows, list) and isinstance(context, Mapping):
        rows = context.get("rows")
    if isinstance(rows, list):
        view["data"] = {"row_count": len(rows), **(view["data"] or {}), "rows": rows}


def _view_result(view: dict[str, Any], result: Mapping[str, Any]) -> None:
    if "status" in result:
        view["status"] = _status_word(result["status"])
    if result.get("error") is not None:
        view["error"] = result["error"]
    for key in ("ref", "reference"):
        if isinstance(result.get(key), Mapping):
            view["ref"] = result[key]
            break
    view["data"] = result.get("data", result)
    view.update({key: result[key] for key in _OUTPUT_EXTRAS if key in result})


def _status_word(value: Any) -> str:
    return _STATUS_WORDS.get(str(value or "").strip().lower(), "ok")
