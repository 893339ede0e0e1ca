"""Log lines in the pools' own forms, on stdout (spec: noetl-python 8, noetl-rust 2.6). No line holds a secret: tools
log no values, and what they quote from others has `user:password@` taken out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from harness.embedded.worker.redaction import hide_url_users

_MAX_CHARS = 400
"""`NOETL_LOG_VALUE_MAX_CHARS` (spec: noetl-python 8)."""

_LINE_INDENT = " " * 13
_ROOT = Path(__file__).parents[3]

_COLOURS = {"ERROR": "31", "WARN": "33", "INFO": "32"}

_fields: ContextVar[Mapping[str, Any]] = ContextVar("log_fields", default={})  # noqa: B039 - never changed in place


@contextmanager
def log_fields(**fields: Any) -> Iterator[None]:
    """Every Python record written inside names these fields."""
    token = _fields.set({**_fields.get(), **fields})
    try:
        yield
    finally:
        _fields.reset(token)


class PythonLog:
    """The Python worker's records of several lines. The place is ours: an emulated worker does not claim another's."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    def info(self, message: str) -> None:
        self._write("INFO", message)

    def warning(self, message: str) -> None:
        self._write("WARNING", message)

    def error(self, message: str) -> None:
        self._write("ERROR", message)

    def _write(self, level: str, message: str) -> None:
        frame = sys._getframe(2)
        path = Path(frame.f_code.co_filename)
        file = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path
        shown = hide_url_users(message)
        shown = shown if len(shown) <= _MAX_CHARS else f"{shown[: _MAX_CHARS - 3]}..."
        lines = [
            f"{datetime.now().isoformat()} [{level}]  {file}:{frame.f_lineno}",
            f"({path.stem}:{frame.f_code.co_name}:{frame.f_lineno})",
            f"     Message: {f'{chr(10)}{_LINE_INDENT}'.join(shown.splitlines())}",
        ]
        if fields := _fields.get():
            lines.append(f"     {' '.join(f'{name}: {value}' for name, value in fields.items())}")
        print("\n".join(lines), file=self._out, flush=True)


class RustLog:
    """The Rust worker's records of one line. `colour` is what `NO_COLOR` switches off."""

    def __init__(self, out: TextIO | None = None, *, colour: bool = False) -> None:
        self._out = out or sys.stdout
        self._colour = colour

    def info(self, target: str, message: str, **fields: Any) -> None:
        self._write("INFO", target, message, fields)

    def warn(self, target: str, message: str, **fields: Any) -> None:
        self._write("WARN", target, message, fields)

    def error(self, target: str, message: str, **fields: Any) -> None:
        self._write("ERROR", target, message, fields)

    def _write(self, level: str, target: str, message: str, fields: Mapping[str, Any]) -> None:
        stamp = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        named = "".join(f" {self._paint('3', name)}{self._paint('2', '=')}{value}" for name, value in fields.items())
        head = f"{self._paint('2', stamp)} {self._paint(_COLOURS[level], f'{level:>5}')}"
        line = f"{head} {self._paint('2', f'{target}:')} {message}{named}"
        print(hide_url_users(line), file=self._out, flush=True)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text
