"""Error texts of both pools, folded onto classes that can be compared."""

from __future__ import annotations

import re
from typing import Any

from harness.judge.masks import masked
from harness.model.envelope import CallError

UNSUPPORTED = "unsupported-emulation"
"""Said by an emulated worker of a tool kind that its release has and the emulation has not."""

NOT_CALLED = frozenset({UNSUPPORTED, "unknown-tool", "alias-refused"})
"""Classes of errors that come before a tool is called: whatever it was given, it would have failed."""

_OTHER = "other"
_PYTHON = "python"

_CLASSES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (UNSUPPORTED, r"harness: kind '[^']*' of \S+ is not emulated"),
        ("unknown-tool", r"Tool not found: \w+|Tool kind '[^']*' not implemented"),
        (
            "unknown-alias",
            r"Credential alias '[^']*' not found in keychain|Credential '[^']*' not found"
            r"|Postgres auth resolution failed",
        ),
        ("alias-refused", r"expected struct AuthConfig"),
        (
            "connection",
            r"All connection attempts failed|error sending request|[Cc]onnection refused|Failed to get connection"
            r"|error connecting to server|connection failed|could not connect|Cannot connect to host",
        ),
        ("timeout", r"[Tt]imed out|TimeoutError"),
        ("template", r"Template error: |Template rendering error"),
        ("config", r"Configuration error: |malformed tool config|Invalid \w+ config"),
        (_PYTHON, r"Python script exited with code -?\d+"),
    )
)
"""In order; the first that is found names the class. Texts: spec noetl-python 1.4, 4.1 and noetl-rust 1.4, 2.6, 3.3."""

_SQLSTATES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern))
    for code, pattern in (
        ("42703", r'column "?[^" ]*"? (of relation "[^"]*" )?does not exist'),
        ("42P01", r'relation "[^"]*" does not exist'),
        ("42601", r"syntax error at or near|cannot insert multiple commands"),
        ("42P07", r'relation "[^"]*" already exists'),
        ("23505", r"duplicate key value violates unique constraint"),
        ("23502", r"null value in column"),
        ("23503", r"violates foreign key constraint"),
        ("23514", r"violates check constraint"),
        ("22012", r"division by zero"),
        ("22P02", r"invalid input syntax for type"),
        ("42501", r"permission denied for"),
        ("28P01", r"password authentication failed"),
        ("3D000", r'database "[^"]*" does not exist'),
    )
)
"""PostgreSQL's own message texts: the Python postgres tool reports them without the code (spec: noetl-python 7.5). In
order, for what is said of a column can name its relation in the same words."""

_CODE = re.compile(r"SQLSTATE[ =:(\[]*([0-9A-Z]{5})\b")
_HTTP = re.compile(r"\bHTTP (\d{3})\b|\bHTTP_(\d{3})\b")

_EXIT_CODE = re.compile(r"\b(?:exit(?:ed)?|return)\w*(?: with)?(?: code| status)?[ =:]+(-?\d+)")
_OPAQUE = re.compile(r"Python script exited with code -?\d+")
"""What the Rust pool says of a Python script that raised, whatever it raised."""


def classify(message: str, tool_kind: str, http_status: Any = None) -> CallError:
    """The class of an error text, with SQLSTATE and HTTP status where they can be known."""
    status = (
        http_status if isinstance(http_status, int) and not isinstance(http_status, bool) else _http_status(message)
    )
    sqlstate = _sqlstate(message)
    kind = "sql" if sqlstate else next((name for name, pattern in _CLASSES if pattern.search(message)), "")
    if not kind and status is not None:
        kind = "http-status"
    return CallError(kind or (_PYTHON if tool_kind == "python" else _OTHER), message, sqlstate, status)


def equivalent(reference: CallError, candidate: CallError) -> bool:
    """Whether two errors are of one class, with the same SQLSTATE and HTTP status.

    Errors of no known class are equivalent only when their texts are the same once names and numbers are masked; so are
    those of Python scripts, unless one side hides what was raised. Two exit codes must be the same in any class.
    """
    if (reference.kind, reference.sqlstate, reference.http_status) != (
        candidate.kind,
        candidate.sqlstate,
        candidate.http_status,
    ):
        return False
    codes = {found[1] for error in (reference, candidate) for found in _EXIT_CODE.finditer(error.message)}
    if len(codes) > 1:
        return False
    hidden = any(_OPAQUE.search(error.message) for error in (reference, candidate))
    by_text = reference.kind == _OTHER or (reference.kind == _PYTHON and not hidden)
    return not by_text or masked(reference.message) == masked(candidate.message)


def _sqlstate(message: str) -> str | None:
    if code := _CODE.search(message):
        return code[1]
    return next((code for code, pattern in _SQLSTATES if pattern.search(message)), None)


def _http_status(message: str) -> int | None:
    found = _HTTP.search(message)
    return int(found[1] or found[2]) if found else None
