"""Exceptions of a tool as NoETL 4.12.0's error dicts (spec: noetl-python 2.5 b and c)."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, Field

REFERENCE_NOT_AVAILABLE = "REFERENCE_NOT_AVAILABLE"

_REFERENCE_WORDS = re.compile(r"\b(?:result_ref|_ref|reference|data_reference|artifact)\b|noetl://")
_ABSENCE_WORDS = ("not found", "missing", "no message found", "keyerror", "filenotfounderror", "does not exist")
_PYTHON_SCHEMA_ERRORS = frozenset({"TypeError", "ValueError", "ValidationError", "KeyError", "IndexError"})
_OPTIONAL = ("pg_code", "exception_type", "details")


class ErrorInfo(BaseModel):
    """One classified exception. A pydantic model, because the release's is: a task whose `kind` is no string and
    whose tool raises ends with pydantic's own `ValidationError`, to the letter.

    HTTP status and `Retry-After` are not among the fields: no exception of 4.12.0 carries them this far.
    """

    kind: str = "unknown"
    retryable: bool = False
    code: str = "UNKNOWN"
    message: str
    source: str
    pg_code: str | None = None
    exception_type: str | None = None
    details: dict[str, Any] = Field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """`{kind, retryable, code, message, source}` and those of `pg_code`, `exception_type`, `details` it has."""
        dump = self.model_dump()
        return {key: value for key, value in dump.items() if key not in _OPTIONAL or value not in (None, {})}


def is_missing_reference(message: Any) -> bool:
    """Whether an error's text says that a stored result is not there: a word for a reference and one for absence."""
    text = str(message or "").lower()
    return bool(_REFERENCE_WORDS.search(text)) and any(word in text for word in _ABSENCE_WORDS)


def classify(error: Exception, tool_kind: Any, before: str | None) -> dict[str, Any]:
    """The error dict of an exception that a tool of `tool_kind` let out.

    `before` is the label of the task that stands before this one, the place to go back to for a missing reference.
    Raises pydantic's `ValidationError` where `tool_kind` is no string.
    """
    message = str(error)
    if is_missing_reference(message):
        info = ErrorInfo(
            retryable=True,
            code=REFERENCE_NOT_AVAILABLE,
            message=message,
            source=tool_kind,
            details=recovery(before),
        )
    elif tool_kind == "http":
        info = _connection(message)
    elif tool_kind == "postgres":
        info = _postgres(error)
    elif tool_kind == "python":
        info = _python(error)
    elif tool_kind in ("gcs", "s3"):
        info = _storage(message, tool_kind)
    else:
        info = ErrorInfo(message=message, source=tool_kind)
    return info.as_dict()


def recovery(before: Any) -> dict[str, Any]:
    """`{recovery: {do: jump, to}}`, empty where no task stands before."""
    return {"recovery": {"do": "jump", "to": before}} if before else {}


def _connection(message: str) -> ErrorInfo:
    text = message.lower()
    kind, code = "connection", "CONN_ERROR"
    if "timeout" in text:
        kind, code = "timeout", "CONN_TIMEOUT"
    elif "connection refused" in text:
        code = "CONN_REFUSED"
    elif "dns" in text or "resolve" in text:
        code = "DNS_ERROR"
    return ErrorInfo(kind=kind, retryable=True, code=code, message=message, source="http")


def _postgres(error: Exception) -> ErrorInfo:
    text = str(error).lower()
    state = getattr(error, "pgcode", None)
    kind, retryable = "unknown", False
    if "deadlock" in text or state in ("40001", "40P01"):
        kind, retryable = "db_deadlock", True
    elif "unique" in text or "duplicate" in text or (state and state.startswith("23")):
        kind, retryable = "db_constraint", False
    elif "connection" in text or (state and state.startswith("08")):
        kind, retryable = "db_connection", True
    elif "timeout" in text or state == "57014":
        kind, retryable = "db_timeout", True
    code = f"PG_{state}" if state else "PG_UNKNOWN"
    return ErrorInfo(kind=kind, retryable=retryable, code=code, message=str(error), source="postgres", pg_code=state)


def _python(error: Exception) -> ErrorInfo:
    text, name = str(error).lower(), type(error).__name__
    kind, retryable, code = "unknown", False, f"PY_{name}"
    if "json" in text or name == "JSONDecodeError":
        kind = "parse"
    elif name in _PYTHON_SCHEMA_ERRORS:
        kind = "schema"
    elif "timeout" in text:
        kind, retryable, code = "timeout", True, "PY_TIMEOUT"
    return ErrorInfo(
        kind=kind, retryable=retryable, code=code, message=str(error), source="python", exception_type=name
    )


def _storage(message: str, tool_kind: str) -> ErrorInfo:
    text = message.lower()
    kind, retryable, code = "unknown", True, "STORAGE_ERROR"
    if "quota" in text or "limit" in text:
        kind, retryable, code = "storage_quota", False, "STORAGE_QUOTA"
    elif "permission" in text or "access" in text or "forbidden" in text:
        kind, retryable, code = "storage_access", False, "STORAGE_ACCESS"
    elif "timeout" in text:
        kind, code = "timeout", "STORAGE_TIMEOUT"
    elif "connection" in text:
        kind, code = "connection", "STORAGE_CONN"
    return ErrorInfo(kind=kind, retryable=retryable, code=code, message=message, source=tool_kind)
