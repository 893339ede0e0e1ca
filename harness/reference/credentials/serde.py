"""How serde and Rust's formatters describe JSON, as far as it shows in error texts of the Rust worker.

Checked against serde 1.0.228 and serde_json 1.0.150, which the worker 5.10.0 locks. A struct is described by its fields
and checked in the order in which the real deserializer meets them, because its first complaint is its only one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

Check: TypeAlias = Callable[[Any], None]

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


class DecodeError(Exception):
    """A JSON value does not fit its Rust type. The text is serde's, without the line and column of a raw document."""


class Presence(Enum):
    """What a struct does about an absent field. Only `DEFAULT` also covers one that an array is too short for."""

    REQUIRED = "required"
    OPTION = "option"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a Rust struct, under its name on the wire."""

    name: str
    check: Check
    presence: Presence = Presence.REQUIRED


@dataclass(frozen=True, slots=True)
class Struct:
    """A Rust struct. `sorted_keys`: it is read from a `serde_json::Value`, whose objects are sorted, not from text.

    `arrays`: whether it may be written as an array of its fields, which serde allows unless a field is flattened.
    """

    name: str
    fields: tuple[Field, ...]
    sorted_keys: bool = True
    arrays: bool = True

    def __call__(self, value: Any) -> None:
        if isinstance(value, Mapping):
            self._check_object(value)
        elif isinstance(value, list) and self.arrays:
            self._check_array(value)
        else:
            raise mismatch(value, f"struct {self.name}")

    def _check_object(self, value: Mapping[str, Any]) -> None:
        fields = {one.name: one for one in self.fields}
        for key in sorted(value) if self.sorted_keys else value:
            if key in fields:
                fields[key].check(value[key])
        for one in self.fields:
            if one.presence is Presence.REQUIRED and one.name not in value:
                raise DecodeError(f"missing field `{one.name}`")

    def _check_array(self, value: Sequence[Any]) -> None:
        for index, one in enumerate(self.fields):
            if index < len(value):
                one.check(value[index])
            elif one.presence is not Presence.DEFAULT:
                raise DecodeError(
                    f"invalid length {index}, expected struct {self.name} with {len(self.fields)} elements"
                )
        if len(value) > len(self.fields):
            raise DecodeError(f"invalid length {len(value)}, expected fewer elements in array")


def string(value: Any) -> None:
    """`String`"""
    if not isinstance(value, str):
        raise mismatch(value, "a string")


def unsigned(bits: int) -> Check:
    """`u32`, `u64`"""

    def check(value: Any) -> None:
        number = as_number(value)
        if not isinstance(number, int):
            raise mismatch(value, f"u{bits}")
        if not 0 <= number < 2**bits:
            raise DecodeError(f"invalid value: {unexpected(value)}, expected u{bits}")

    return check


def floating(value: Any) -> None:
    """`f64`"""
    if as_number(value) is None:
        raise mismatch(value, "f64")


def strings(value: Any) -> None:
    """`Vec<String>`"""
    if not isinstance(value, list):
        raise mismatch(value, "a sequence")
    for one in value:
        string(one)


def json_map(value: Any) -> None:
    """`HashMap<String, Value>`"""
    if not isinstance(value, Mapping):
        raise mismatch(value, "a map")


def option(check: Check) -> Check:
    """`Option<T>`: null, or what `check` takes."""

    def optional(value: Any) -> None:
        if value is not None:
            check(value)

    return optional


def unit_enum(*variants: str) -> Check:
    """An enum without data: the name of a variant, or an object of one such name with null."""

    def known(name: str) -> None:
        if name not in variants:
            choice = ", ".join(f"`{variant}`" for variant in variants)
            raise DecodeError(f"unknown variant `{name}`, expected one of {choice}")

    def check(value: Any) -> None:
        match value:
            case str():
                known(value)
            case Mapping() if len(value) == 1:
                ((name, content),) = value.items()
                known(name)
                if content is not None:
                    raise mismatch(content, "unit")
            case Mapping():
                raise DecodeError("invalid value: map, expected map with a single key")
            case _:
                raise mismatch(value, "string or map")

    return check


def mismatch(value: Any, expected: str) -> DecodeError:
    """`invalid type: string "pg", expected struct AuthConfig`"""
    return DecodeError(f"invalid type: {unexpected(value)}, expected {expected}")


def unexpected(value: Any) -> str:
    """A value as serde names what it did not expect: `` integer `5` ``, `string "pg"`, `sequence`."""
    match value:
        case None:
            return "null"
        case bool():
            return f"boolean `{str(value).lower()}`"
        case str():
            return f"string {debug_string(value)}"
        case list():
            return "sequence"
        case Mapping():
            return "map"
        case _:
            number = as_number(value)
            return f"integer `{number}`" if isinstance(number, int) else f"floating point `{number_text(value)}`"


def debug(value: Any) -> str:
    """A JSON value as `{:?}` of `serde_json::Value` prints it: `Null`, `Bool(true)`, `Object {"a": Number(1)}`."""
    match value:
        case None:
            return "Null"
        case bool():
            return f"Bool({str(value).lower()})"
        case str():
            return f"String({debug_string(value)})"
        case list():
            return f"Array [{', '.join(debug(one) for one in value)}]"
        case Mapping():
            return f"Object {{{', '.join(f'{debug_string(key)}: {debug(value[key])}' for key in sorted(value))}}}"
        case _:
            return f"Number({number_text(value)})"


def debug_string(text: str) -> str:
    """A string as `{:?}` prints it: in double quotes, with what can not be printed or joins a letter as `\\u{301}`."""
    return f'"{"".join(_escaped(char) for char in text)}"'


def _escaped(char: str) -> str:
    joins = unicodedata.category(char) in ("Mn", "Me")
    return _ESCAPES.get(char) or (f"\\u{{{ord(char):x}}}" if joins or not char.isprintable() else char)


def number_text(value: int | float) -> str:
    """A JSON number as serde_json prints it: `5432`, `1.0`, `0.00001`, `1e-6`, `1e+16`."""
    text = repr(as_number(value))
    if "e-05" in text:
        return f"{Decimal(text):f}"
    return text.replace("e-0", "e-")


def as_number(value: Any) -> int | float | None:
    """A JSON number as serde_json keeps it: an integer beyond 64 bits becomes a float. None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, float) or -(2**63) <= value < 2**64 else float(value)
