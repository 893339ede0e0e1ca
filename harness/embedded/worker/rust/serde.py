"""Decoding a tool's configuration as serde does it: checks and texts are the reference's, defaults come from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.reference.credentials.serde import (
    Check,
    DecodeError,
    as_number,
    mismatch,
    option,
    string,
    unexpected,
    unit_enum,
    unsigned,
)

__all__ = [
    "DecodeError",
    "Field",
    "boolean",
    "decode",
    "integer",
    "list_of",
    "map_of",
    "option",
    "string",
    "struct",
    "unit_enum",
    "unsigned",
    "value",
]

_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a Rust struct. Without a default it is required; `aliases` are other names of it on the wire."""

    check: Check
    default: Any = _REQUIRED
    aliases: tuple[str, ...] = ()


def value(_: Any) -> None:
    """`serde_json::Value`: anything."""


def boolean(given: Any) -> None:
    """`bool`"""
    if not isinstance(given, bool):
        raise mismatch(given, "a boolean")


def integer(given: Any) -> None:
    """`i64`"""
    number = as_number(given)
    if not isinstance(number, int):
        raise mismatch(given, "i64")
    if not -(2**63) <= number < 2**63:
        raise DecodeError(f"invalid value: {unexpected(given)}, expected i64")


def list_of(check: Check) -> Check:
    """`Vec<T>`"""

    def each(given: Any) -> None:
        if not isinstance(given, list):
            raise mismatch(given, "a sequence")
        for item in given:
            check(item)

    return each


def map_of(check: Check) -> Check:
    """`HashMap<String, T>`"""

    def each(given: Any) -> None:
        if not isinstance(given, Mapping):
            raise mismatch(given, "a map")
        for item in given.values():
            check(item)

    return each


def struct(name: str, fields: Mapping[str, Field]) -> Check:
    """A struct inside a struct"""

    def each(given: Any) -> None:
        decode(name, fields, given)

    return each


def decode(name: str, fields: Mapping[str, Field], given: Any) -> dict[str, Any]:
    """A struct's values by field name. Unknown keys are ignored; the first complaint is that of the first bad key in
    sorted order, then the first missing field in order of declaration. Raises `DecodeError` with serde's text."""
    if not isinstance(given, Mapping):
        raise mismatch(given, f"struct {name}")
    names = {key: field_name for field_name, field in fields.items() for key in (field_name, *field.aliases)}
    found: dict[str, Any] = {}
    for key in sorted(names.keys() & given.keys()):
        if names[key] in found:
            raise DecodeError(f"duplicate field `{names[key]}`")
        fields[names[key]].check(given[key])
        found[names[key]] = given[key]
    for field_name, field in fields.items():
        if field_name not in found:
            if field.default is _REQUIRED:
                raise DecodeError(f"missing field `{field_name}`")
            found[field_name] = field.default
    return found
