"""JSON as the Rust worker reads it: what Python's reader lets pass and serde_json does not is refused here."""

from __future__ import annotations

import json
import math
from typing import Any


def parse(text: str) -> Any:
    """The value of a JSON text. Raises `ValueError` for whatever serde_json refuses: NaN and Infinity, numbers beyond a
    double, halves of surrogate pairs, nesting without end. Whole numbers beyond 64 bits become doubles."""
    try:
        found = json.loads(text, parse_constant=_refuse, parse_int=_whole, parse_float=_double)
    except RecursionError:
        raise ValueError("recursion limit exceeded") from None
    if "\\ud" in text.lower():
        json.dumps(found, ensure_ascii=False).encode()
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _double(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("number out of range")
    return number


def _whole(text: str) -> int | float:
    number = int(text)
    return number if -(2**63) <= number < 2**64 and text != "-0" else _double(text)
