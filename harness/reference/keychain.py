"""`{{ keychain.name.field }}` in what a command carries: the server stores where a secret is, never the secret itself
(spec: noetl-python 1.10, 1.11).

Brackets, lost filters and null for a missing field are from NoETL's source, read at a release that is not known to be
4.12.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_REFERENCE = "$noetl_ref"
_EXPRESSION = re.compile(r"\s*\{\{\s*(.*?)\s*\}\}\s*", re.DOTALL)
_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_DOTTED = re.compile(rf"keychain\.({_NAME})(?:\.({_NAME}))?")
_BRACKETED = re.compile(r"""keychain\[['"]([^'"]+)['"]\](?:\[['"]([^'"]+)['"]\])?""")
_MENTION = re.compile(rf"""keychain(?:\.({_NAME})|\[['"]([^'"]+)['"]\])""")


def preserved(value: Any, render: Callable[[str], Any]) -> Any:
    """`value` with every text rendered, but for those that mention the keychain.

    A text that is nothing but such an expression becomes a reference, and its filters are lost; where more stands
    around it, the text stays as it is.
    """
    match value:
        case str():
            return _reference(value) or (value if _mentions(value) else render(value))
        case Mapping():
            return {key: preserved(item, render) for key, item in value.items()}
        case list():
            return [preserved(item, render) for item in value]
        case _:
            return value


def mentioned(value: Any) -> frozenset[str]:
    """The entries that references and texts in `value` name."""
    match value:
        case str() if _mentions(value):
            return frozenset(dotted or bracketed for dotted, bracketed in _MENTION.findall(value))
        case {"$noetl_ref": {"kind": "keychain", "name": str(name)}}:
            return frozenset({name})
        case Mapping():
            return frozenset(name for item in value.values() for name in mentioned(item))
        case list():
            return frozenset(name for item in value for name in mentioned(item))
        case _:
            return frozenset()


def opened(value: Any, entries: Mapping[str, Mapping[str, Any]]) -> Any:
    """`value` with what its references stand for; a field that an entry does not have is null."""
    match value:
        case {"$noetl_ref": {"kind": "keychain", "name": str(name), "field": field}}:
            entry = entries.get(name, {})
            return entry if field is None else entry.get(field)
        case Mapping():
            return {key: opened(item, entries) for key, item in value.items()}
        case list():
            return [opened(item, entries) for item in value]
        case _:
            return value


def _reference(text: str) -> dict[str, Any] | None:
    if not (expression := _EXPRESSION.fullmatch(text)):
        return None
    path = expression[1].split("|", 1)[0].strip()
    found = _DOTTED.fullmatch(path) or _BRACKETED.fullmatch(path)
    return {_REFERENCE: {"kind": "keychain", "name": found[1], "field": found[2]}} if found else None


def _mentions(text: str) -> bool:
    return "{{" in text and "}}" in text and bool(_MENTION.search(text))
