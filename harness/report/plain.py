"""Verdicts as JSON values: what every machine-readable format is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

from harness.model.evidence import Evidence
from harness.model.secrets import blotted_value
from harness.model.suite import Case

LEFT_OUT: Mapping[type, frozenset[str]] = {
    Case: frozenset({"source", "requires"}),
    Evidence: frozenset({"events", "commands", "addresses", "api_status", "stream", "workers", "stored"}),
}
"""Raw material that is large, or differs from machine to machine: it belongs to a recording, not to a report."""


def schema_of(model: type, name: str) -> dict[str, Any]:
    """The JSON Schema of a `model` as `plain` gives it, under the schema's `name`."""
    from pydantic import TypeAdapter

    found = TypeAdapter(model).json_schema()
    for one, names in LEFT_OUT.items():
        part = found["$defs"][one.__name__]
        part["properties"] = {key: value for key, value in part["properties"].items() if key not in names}
        part["required"] = [key for key in part["required"] if key not in names]
    found["properties"]["schema"] = {"const": name}
    found["required"].append("schema")
    return found


def plain(value: Any) -> Any:
    """A verdict, or any part of one, as what `json.dumps` takes, without secrets. Fields keep their order."""
    return blotted_value(_plain(value))


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, bool, float):
        return value
    if names := _names(value.__class__):
        return {name: _plain(getattr(value, name)) for name in names}
    match value:
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case set() | frozenset():
            return sorted(_plain(part) for part in value)
        case int() | float() | str():
            return value
        case _:
            return str(value)


@cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass that a report has; none of any other type."""
    without = LEFT_OUT.get(kind, frozenset())
    return tuple(one.name for one in fields(kind) if one.name not in without) if is_dataclass(kind) else ()
