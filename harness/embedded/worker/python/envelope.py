"""What the Python worker sends of a result: all of it as `response`, and a lossy `result` (spec: noetl-python 7.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.reference.results import NEVER_IN_EVENTS

_RESULT_EVENTS = frozenset({"call.done", "step.exit", "call.error", "command.completed", "command.failed"})

_RELATIONAL = frozenset({"db", "postgres", "postgresql", "relational"})
_OBJECT_STORES = frozenset({"s3", "gcs", "object_store"})

_MAX_DEPTH = 8


def event_payload(name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of one event as it goes over the wire.

    `result` becomes `{status, reference?, context?}`, taken from the payload's `result`, else from its `response`.
    `response` stays, unless the result is a reference.
    """
    sent = dict(payload)
    source = next((sent[key] for key in ("result", "response") if isinstance(sent.get(key), Mapping)), None)
    if source is not None:
        sent["result"] = envelope(name, sent, source)
        if "reference" in sent["result"]:
            sent.pop("response", None)
    elif name in _RESULT_EVENTS:
        sent["result"] = envelope(name, sent, {})
    for internal in ("inputs", "data_reference", "_internal_data", "_inline"):
        sent.pop(internal, None)
    return sent


def envelope(name: str, payload: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """`{status, reference?, context?}` of one value."""
    made: dict[str, Any] = {"status": _status(name, payload)}
    if (pointer := reference(value)) is not None:
        made["reference"] = pointer
    if context := control_context(value):
        made["context"] = context
    return made


def _status(name: str, payload: Mapping[str, Any]) -> str:
    given = payload.get("status")
    if isinstance(given, str) and given.strip():
        return given.strip().upper()
    if "error" in name or "failed" in name:
        return "FAILED"
    return "COMPLETED" if name in ("call.done", "step.exit") or "completed" in name else "RUNNING"


def reference(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the data of an externalised result lies, if it is one."""
    if isinstance(direct := value.get("reference"), Mapping):
        return dict(direct)
    if isinstance(wrapped := value.get("_ref"), Mapping):
        store = str(value.get("_store") or wrapped.get("store") or "").strip()
        meta = wrapped.get("meta")
        measured = meta if isinstance(meta, Mapping) else {}
        kept = {key: measured.get(key) for key in ("bytes", "sha256", "content_type", "compression")}
        found = {"type": _store_type(store), "locator": str(wrapped.get("ref") or "").strip(), "store": store} | kept
        return {key: item for key, item in found.items() if item not in (None, "") or key == "locator"}
    if isinstance(sunk := value.get("data_reference"), Mapping):
        return {"type": _store_type(str(sunk.get("sink_type") or "")), **sunk}
    return None


def _store_type(store: str) -> str:
    store = store.strip().lower()
    return "relational" if store in _RELATIONAL else "object_store" if store in _OBJECT_STORES else "nats"


def control_context(value: Mapping[str, Any]) -> dict[str, Any]:
    """The scalars of `value`, and of each object in it its scalars. Lists and everything deeper are lost.

    If `value` has an object `context`, that stands for it.
    """
    inner = value.get("context")
    candidate = inner if isinstance(inner, Mapping) else value
    kept: dict[str, Any] = {}
    for key, child in candidate.items():
        if _passes_whole(key, child, candidate):
            kept[key] = _bounded(child, _MAX_DEPTH)
        elif _blocked(key):
            continue
        elif _is_scalar(child) or _is_reference(child):
            kept[key] = child
        elif isinstance(child, Mapping) and (nested := _flattened(key, child)):
            kept[key] = nested
    return kept


def _passes_whole(key: str, child: Any, parent: Mapping[str, Any]) -> bool:
    if not isinstance(child, Mapping | list):
        return False
    return key == "control_data" or (key == "data" and parent.get("framework") == "noetl")


def _flattened(key: str, child: Mapping[str, Any]) -> dict[str, Any]:
    nested = {name: item for name, item in child.items() if _is_scalar(item) and not _blocked(name)}
    if key == "error" and isinstance(child.get("diagnosis"), Mapping):
        nested["diagnosis"] = _bounded(child["diagnosis"], _MAX_DEPTH)
    if key == "render" and isinstance(child.get("args"), Mapping | list):
        nested["args"] = _bounded(child["args"], _MAX_DEPTH)
    if key == "meta" and isinstance(child.get("inline_decision"), Mapping):
        nested["inline_decision"] = _bounded(child["inline_decision"], _MAX_DEPTH)
    if _is_widget(child):
        nested["payload"] = _bounded(child["payload"], _MAX_DEPTH)
    return nested


def _is_widget(child: Mapping[str, Any]) -> bool:
    return (
        child.get("schema_version") == 1
        and isinstance(child.get("widget_type"), str)
        and isinstance(child.get("payload"), Mapping)
    )


def _blocked(key: str) -> bool:
    return key in NEVER_IN_EVENTS or (key.startswith("command_") and key != "command_id")


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _is_reference(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("kind") in ("temp_ref", "result_ref")


def _bounded(value: Any, depth: int) -> Any:
    if depth <= 0:
        return value
    match value:
        case Mapping():
            return {str(key): _bounded(item, depth - 1) for key, item in value.items()}
        case list():
            return [_bounded(item, depth - 1) for item in value]
        case _:
            return value
