"""Log files of workers and servers, cut into records (spec: noetl-rust 2.6, noetl-python 8)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from glob import glob
from pathlib import Path
from typing import Protocol

from harness.model.event import nats_moment
from harness.model.evidence import LogLine
from harness.model.lane import LogSource

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_RECORD = re.compile(r"^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\[[A-Z]+\] \d{4}-|[A-Z]+: {2,})")
_TIME = re.compile(r"^(?:\[[A-Z]+\] )?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)[.,](\d{1,6})")
_LEVEL = re.compile(r"\b(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL)\b")
_SPAN = re.compile(r"\b[\w.]+\{[^{}]*\}:")
_EXECUTION = re.compile(r"\b(?:execution_id|exec|for execution)[=: ]+\"?(\d{6,})")
_COMMAND = re.compile(r"\bcommand(?:_id)?[=: ]+\"?(\d{6,})")


class LogReader(Protocol):
    """What has been logged since the last look."""

    def skip(self) -> None:
        """Start at the end of what is there now: lines before a run are not its lines."""

    def read(self) -> list[LogLine]:
        """Records that are complete by now."""


def log_reader(source: LogSource) -> LogReader:
    """A reader of this source."""
    return LogTails(source) if source.pattern else LogTail(source)


class LogTails:
    """Reads all files that match a pattern, also those that come later, these from their beginning. A file that is
    renamed within the pattern, as rotation does, is still the same file."""

    def __init__(self, source: LogSource) -> None:
        self._source = source
        self._tails: dict[tuple[int, int], LogTail] = {}

    def skip(self) -> None:
        self._tails = self._current()
        for tail in self._tails.values():
            tail.skip()

    def read(self) -> list[LogLine]:
        before, self._tails = self._tails, self._current()
        gone = [tail for key, tail in before.items() if key not in self._tails]
        return [line for tail in (*gone, *self._tails.values()) for line in tail.read()]

    def _current(self) -> dict[tuple[int, int], LogTail]:
        tails: dict[tuple[int, int], LogTail] = {}
        for path in sorted(glob(self._source.path, recursive=True)):
            try:
                found = Path(path).stat()
            except FileNotFoundError:  # gone since the pattern was looked up
                continue
            key = (found.st_dev, found.st_ino)
            tails[key] = self._tails.get(key) or LogTail(self._source)
            tails[key].follow(path)
        return tails


class LogTail:
    """Reads what a process has appended since the last look.

    A record is one line, or several where the later ones do not start with a time. The last record is held back until
    another one starts or a look finds nothing new, so that it is not cut in two.
    """

    def __init__(self, source: LogSource) -> None:
        self._source = source
        self._offset = 0
        self._held = ""

    def follow(self, path: str) -> None:
        """The file is called `path` from now on."""
        self._source = replace(self._source, path=path, pattern=False)

    def skip(self) -> None:
        path = Path(self._source.path)
        self._offset = path.stat().st_size if path.exists() else 0

    def read(self) -> list[LogLine]:
        fresh = self._fresh()
        records = list(split_records(self._held + fresh))
        self._held = f"{records.pop()}\n" if fresh and records else ""
        return [parse_record(text, self._source) for text in records]

    def _fresh(self) -> str:
        try:
            with Path(self._source.path).open("rb") as file:
                if os.fstat(file.fileno()).st_size < self._offset:  # truncated, or another file since its rotation
                    self._offset = 0
                file.seek(self._offset)
                chunk = file.read()
        except FileNotFoundError:
            return ""
        end = chunk.rfind(b"\n") + 1
        self._offset += end
        return chunk[:end].decode("utf-8", "replace")


def split_records(text: str) -> Iterator[str]:
    """Records of a log text, ANSI codes removed."""
    lines: list[str] = []
    for line in _ANSI.sub("", text).splitlines():
        if _RECORD.match(line) and lines:
            yield "\n".join(lines)
            lines = []
        lines.append(line)
    if lines:
        yield "\n".join(lines)


def parse_record(text: str, source: LogSource) -> LogLine:
    """The ids come from the explicit fields of the record, the last ones where there are several. Rust's span prefixes
    do not count: they can name another command (spec 2.6)."""
    own = _SPAN.sub("", text)
    executions = _EXECUTION.findall(own)
    commands = _COMMAND.findall(own)
    level = _LEVEL.search(text)
    return LogLine(
        source=Path(source.path).name,
        text=text,
        pool_id=source.pool_id,
        worker_id=source.worker_id,
        level=level.group(1) if level else "",
        execution_id=int(executions[-1]) if executions else None,
        command_id=int(commands[-1]) if commands else None,
    )


def logged_at(line: LogLine) -> datetime | None:
    """When the record was written; None where it does not say. Times without a zone are UTC, as NoETL writes them."""
    found = _TIME.match(line.text)
    return nats_moment(f"{found[1]}.{found[2]}") if found else None
