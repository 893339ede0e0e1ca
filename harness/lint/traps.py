"""Texts without quotes that YAML 1.1 (Python's reader) and YAML 1.2 (Rust's) take for different things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.files.yaml import Document, PlainScalar, plain_scalars
from harness.model.errors import Location

_BECAUSE = "PyYAML reads YAML 1.1, serde_yaml YAML 1.2 (design section 9)"
_BOTH_BOOL = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")


@dataclass(frozen=True, slots=True)
class Trap:
    """One such text."""

    where: Location
    message: str
    because: str = _BECAUSE


def yaml_traps(document: Document) -> Iterator[Trap]:
    """`on`, `off`, `yes`, `no`; numbers with a leading zero, with colons or with underscores."""
    for scalar in plain_scalars(document):
        match scalar.tag:
            case "bool" if scalar.text not in _BOTH_BOOL:
                yield _trap(scalar, "a truth value for one reader and text for the other")
            case "int" | "float" if _SEXAGESIMAL.fullmatch(scalar.text):
                yield _trap(scalar, "a number in base 60 for one reader and text for the other")
            case "int" if _OCTAL.fullmatch(scalar.text) and scalar.text.strip("+-") != "0":
                yield _trap(scalar, "octal for one reader and decimal for the other")
            case "int" | "float" if "_" in scalar.text:
                yield _trap(scalar, "a number for one reader and text for the other")


def _trap(scalar: PlainScalar, taken_for: str) -> Trap:
    return Trap(scalar.where, f"`{scalar.text}` is {taken_for}: quote it")
