"""Cutting a text of SQL into statements, as the workers' postgres and duckdb tools do (NoETL 4.12.0, tools 3.1.0)."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"(?P<kept>'(?:''|\\.|[^'])*'|\"(?:\"\"|\\.|[^\"])*\"|(?P<tag>\$[a-zA-Z0-9_]*\$).*?(?P=tag))"
    r"|(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<end>;)|(?P<other>[^;'\"$/-]+|.)",
    re.DOTALL,
)


def statements(text: str) -> list[str]:
    """Split at `;` outside quotes and dollar quotes. Comments go, empty statements too."""
    found: list[str] = []
    current: list[str] = []
    for token in _TOKEN.finditer(text):
        if token["end"]:
            found.append("".join(current).strip())
            current.clear()
        elif not token["comment"]:
            current.append(token[0])
    found.append("".join(current).strip())
    return [statement for statement in found if statement]


def simple_statements(text: str) -> list[str]:
    """The duckdb tool's cruder way: lines are joined, those that begin with `--` or `#` go, quotes are not nested."""
    lines = [line.strip() for line in text.split("\n")]
    joined = " ".join(line for line in lines if line and not line.startswith(("--", "#")))
    found: list[str] = []
    current: list[str] = []
    quote = ""
    for char in joined:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == ";":
            found.append("".join(current).strip())
            current.clear()
            continue
        current.append(char)
    found.append("".join(current).strip())
    return [statement for statement in found if statement]


_RUST_TOKEN = re.compile(
    r"'(?:''|[^'])*(?:'|\Z)|(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?:(?P=tag)|\Z)|(?P<end>;)|[^;'$]+|\$", re.DOTALL
)


def rust_statements(text: str) -> list[str]:
    """The Rust tools' way: comments mean nothing to it. A text that holds one statement stays as it is."""
    found = [""]
    for token in _RUST_TOKEN.finditer(text):
        found = [*found, ""] if token["end"] else [*found[:-1], found[-1] + token[0]]
    filled = [statement.strip() for statement in found if statement.strip()]
    return filled if len(filled) > 1 else [text]


def returns_rows(query: str) -> bool:
    """What the Rust tools take for a query: everything else only counts affected rows, `RETURNING` or not."""
    return query.strip().upper().startswith(("SELECT", "WITH"))
