"""From the result of a `call.done` or `call.error` to the tool's own data, whichever pool reported it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.judge.errors import classify
from harness.model.envelope import CallError, OutcomeClass
from harness.model.event import EventRow
from harness.model.evidence import Stored
from harness.model.json import JsonObject
from harness.model.pool import Dialect
from harness.reference.results import CONTEXT_MAX_BYTES, NEVER_IN_EVENTS, json_size

_ADDED = frozenset(
    {"command_id", "worker_id", "loop_event_id", "request_id", "batch_request_id", "event_ids", "commands_generated"}
)
"""What the server and the worker add to a context beside the tool's own keys (recordings)."""

_NOTHING_STORED: Mapping[str, Stored] = {}

_FAILED_INSIDE = frozenset({"error", "timeout"})


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """What one call event says. `reference` is there when the result lies elsewhere and was not read; its `problem`
    says why, where that was tried."""

    outcome: OutcomeClass
    data: Any
    error: CallError | None
    reference: JsonObject | None
    lossy: bool


def unwrap(
    event: EventRow,
    tool_kind: str,
    dialect: Dialect | None,
    completed: EventRow | None,
    stored: Mapping[str, Stored] = _NOTHING_STORED,
) -> Unwrapped:
    """Read `call.done` or `call.error`. `completed` is the command's last event, whose status tells on the Rust pool.

    Where the dialect is not known, the shape of the context decides. A document of `stored`, by its address, takes the
    place of the reference to it: a Rust worker stores its whole outcome, a Python worker the tool's own data, from
    which nothing was left out then, or the rows alone of a long postgres result (spec: noetl-rust 2.3, noetl-python
    7.2, 7.4).
    """
    found = stored.get(event.result_ref or "")
    read = found is not None and found.problem is None
    document = found.data if found and read else None
    context = _mapping(event.result.get("context"))
    rust = dialect is Dialect.RUST_5 or (dialect is None and _looks_like_rust(_mapping(document) or context))
    only_rows = not rust and tool_kind == "postgres" and isinstance(document, list)
    if read and not only_rows:
        context = _mapping(document)
    lossy = not rust and (not read or only_rows)
    own = context.get("data") if rust else document
    if lossy:
        own = _python_data(context, event.result) | ({"rows": document} if only_rows else {})
    reference = None if read else _unread(event, found)
    if event.event_type == "call.error":
        message = event.error or _text(context.get("error"))
        error = classify(message, tool_kind, _status_code(context))
        return Unwrapped(OutcomeClass.ERROR, None, error, reference, lossy)
    if _failed_inside(context, event, completed, rust):
        message = _text(context.get("error"))
        error = classify(message, tool_kind, _status_code(context))
        return Unwrapped(OutcomeClass.MASKED, own, error, reference, lossy)
    return Unwrapped(OutcomeClass.OK, own, None, reference, lossy)


def _unread(event: EventRow, found: Stored | None) -> JsonObject | None:
    reference = _mapping(event.result.get("reference"))
    return {**reference, "problem": found.problem} if found else reference or None


def carried(data: Any) -> Any:
    """What a Python event would carry of `data`: scalars, and scalars one level down; no list, no blocked key.

    Spec: noetl-python 7.1, 7.2. Doing it twice changes nothing more. Data that is no object leaves nothing, null a
    marker; what is too long for an event leaves nothing either.
    """
    if data is None:
        return {"_value": None}
    return _scalars(data) if isinstance(data, Mapping) and _has_room(data) else {}


def _has_room(data: JsonObject) -> bool:
    """Whether the server keeps the context. Of a row set it measures the whole result (NoETL 4.12.0)."""
    measured = data if isinstance(data.get("rows"), list) else _scalars(data)
    return json_size(measured) <= CONTEXT_MAX_BYTES


def _scalars(data: JsonObject) -> dict[str, Any]:
    inner = data["context"] if isinstance(data.get("context"), Mapping) else data
    kept = {}
    for key, value in inner.items():
        if not _is_carried(key):
            continue
        if _is_scalar(value):
            kept[key] = value
        elif isinstance(value, Mapping):
            nested = {name: one for name, one in value.items() if _is_scalar(one) and _is_carried(name)}
            if nested:
                kept[key] = nested
    return {} if set(kept) == {"status"} and kept["status"] in ("COMPLETED", "FAILED") else kept


def dropped(data: Any) -> tuple[tuple[str, ...], ...]:
    """The places of `data`, as key paths of one or two keys, that a Python event would not carry."""
    if data is None or not isinstance(data, Mapping):
        return () if data is None else ((),)
    if not _has_room(data):
        return ((),)
    lost: list[tuple[str, ...]] = []
    for key, value in data.items():
        if key in _ADDED:
            continue
        if not _is_carried(key) or not (_is_scalar(value) or isinstance(value, Mapping)):
            lost.append((key,))
        elif isinstance(value, Mapping):
            lost.extend((key, name) for name, one in value.items() if not (_is_scalar(one) and _is_carried(name)))
    return tuple(lost)


def _python_data(context: JsonObject, result: JsonObject) -> dict[str, Any]:
    own = {key: value for key, value in context.items() if key not in _ADDED}
    placeholder = set(own) == {"status"} and own["status"] == result.get("status")
    return {} if placeholder else own


def _failed_inside(context: JsonObject, event: EventRow, completed: EventRow | None, rust: bool) -> bool:
    """An error inside a `call.done` (spec: noetl-rust 3.3); from the Python pool only an agent's (noetl-python 2.9)."""
    inside = _text(context.get("status")).lower()
    if not rust:
        return inside == "error"
    said = {inside, _text(event.result.get("status")).lower()}
    if completed is not None:
        said |= {completed.status.lower(), _text(_mapping(completed.result.get("context")).get("status")).lower()}
        said.add(_text(completed.result.get("status")).lower())
    return bool(said & (_FAILED_INSIDE | {"failed"}))


def _status_code(context: JsonObject) -> Any:
    return context.get("status_code", _mapping(context.get("data")).get("status_code"))


def _looks_like_rust(context: JsonObject) -> bool:
    return context.get("status") in ("success", "error", "timeout") and bool({"data", "duration_ms"} & set(context))


def _is_carried(key: str) -> bool:
    return key not in NEVER_IN_EVENTS and key not in _ADDED and not key.startswith("command_")


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _mapping(value: Any) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return "" if value is None else str(value)
