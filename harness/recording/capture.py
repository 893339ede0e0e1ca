"""Reads a raw capture of one execution: a folder with rows of NoETL's tables, its API's answers, counters and logs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from harness.model.errors import HarnessError, Location
from harness.model.event import CommandRow, EventRow, nats_moment
from harness.model.evidence import Consumer, Evidence, LogLine, StreamState
from harness.model.lane import LogSource, Side
from harness.model.pool import PoolSpec
from harness.noetl.events import worker_row
from harness.noetl.logs import logged_at, parse_record, split_records
from harness.recording.replay import replayed

EVENTS_FILE = "events.jsonl"

T = TypeVar("T")


def read_capture(folder: Path, case_id: str, side: Side, pool: PoolSpec) -> Evidence:
    """The evidence in a capture.

    `events.jsonl`, `commands.jsonl` and `execution_row.jsonl` hold rows of `noetl.event`, `noetl.command` and
    `noetl.execution`, a JSON object a line, for one execution and its descendants. Where they are, `status.json` is the
    answer of `/status`, `nats.json` the stream's counters under `after`, `runtime.jsonl` rows of `noetl.runtime`, and
    `*.log` what server and workers logged.
    Times without a zone are UTC, as NoETL writes them. How the leg ended is told from the rows, not from any note.

    Raises `HarnessError` (usage) for a file that is missing or broken, with its line.
    """
    events = sorted(_rows(folder / EVENTS_FILE, EventRow.from_row), key=lambda one: one.event_id)
    commands = _rows(folder / "commands.jsonl", CommandRow.from_row)
    executions = dict(_rows(folder / "execution_row.jsonl", _execution))
    root = _root(folder, events)
    records = list(_records(folder))
    names = {event.execution_id for event in events} | {command.command_id for command in commands}
    log = tuple(line for line in records if line.execution_id in names or line.command_id in names)
    seen_until = max([event.created_at for event in events] + [at for line in records if (at := logged_at(line))])
    stream = _stream(folder / "nats.json")
    end, quiet = replayed(root, events, seen_until, stream, log)
    times = [event.created_at for event in events]
    return Evidence(
        case_id=case_id,
        side=side,
        pool_id=pool.id,
        end=end,
        execution_id=root,
        seconds=(max(times) - min(times)).total_seconds(),
        events=tuple(events),
        commands=tuple(sorted(commands, key=lambda one: one.event_id)),
        row_status=executions.get(root),
        api_status=_document(folder / "status.json"),
        log=log,
        workers=tuple(_rows(workers, worker_row)) if (workers := folder / "runtime.jsonl").exists() else (),
        stream=stream,
        quiet_seconds=quiet,
    )


def _rows(path: Path, reader: Callable[[Mapping[str, Any]], T]) -> list[T]:
    rows = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        if line.strip():
            value = _json(line, path, number)
            try:
                rows.append(reader(value))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                lacks = f": it lacks {error}" if isinstance(error, KeyError) else ""
                raise _broken(path, number, f"this is no such row of NoETL{lacks}") from None
    return rows


def _execution(row: Mapping[str, Any]) -> tuple[int, str]:
    return int(row["execution_id"]), str(row["status"])


def _root(folder: Path, events: Iterable[EventRow]) -> int:
    """The one execution whose parent is not in the capture."""
    executions = {event.execution_id for event in events}
    children = {event.execution_id for event in events if event.parent_execution_id in executions}
    match sorted(executions - children):
        case [root]:
            return root
        case []:
            raise HarnessError(
                "a capture without events says nothing", _TODO, where=Location(str(folder / EVENTS_FILE))
            )
        case roots:
            raise HarnessError(
                f"these are {len(roots)} executions that do not belong together: {', '.join(map(str, roots))}",
                "Put each into a folder of its own; only its descendants belong beside an execution.",
                where=Location(str(folder / EVENTS_FILE)),
            )


def _stream(path: Path) -> StreamState | None:
    after = _document(path).get("after")
    if after is None:
        return None
    try:
        state = after["state"]
        return StreamState(
            messages=int(state["messages"]),
            last_seq=int(state["last_seq"]),
            consumers=tuple(sorted(map(_consumer, after["consumers"]), key=lambda one: one.name)),
            last_at=nats_moment(state["last_ts"]) if state["last_seq"] else None,
        )
    except (KeyError, TypeError, ValueError):
        raise _broken(path, None, "`after` does not hold the state of a stream and its consumers") from None


def _consumer(detail: Mapping[str, Any]) -> Consumer:
    return Consumer(
        name=str(detail["name"]),
        filter_subject=detail.get("filter_subject"),
        delivered=int(detail["delivered"]["consumer_seq"]),
        ack_floor=int(detail["ack_floor"]["consumer_seq"]),
        pending=int(detail["num_pending"]),
        ack_pending=int(detail["num_ack_pending"]),
        redelivered=int(detail["num_redelivered"]),
        waiting=int(detail["num_waiting"]),
    )


def _records(folder: Path) -> Iterator[LogLine]:
    for path in sorted(folder.glob("*.log")):
        source = LogSource(str(path), None)
        for text in split_records(path.read_bytes().decode("utf-8", "replace")):
            yield parse_record(text, source)


def _document(path: Path) -> dict[str, Any]:
    """The object in a JSON file, empty where there is no such file."""
    if not path.exists():
        return {}
    return _json(_text(path), path, 1)


def _json(text: str, path: Path, line: int) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        where = Location(str(path), line + error.lineno - 1, error.colno)
        raise HarnessError(f"this is not JSON: {error.msg}", _TODO, where=where) from None
    except RecursionError:
        raise _broken(path, line, "this is nested too deeply") from None
    if not isinstance(value, dict):
        raise _broken(path, line, "this is not a JSON object")
    return value


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise _broken(path, line, "this is not UTF-8 text") from None
    except OSError as error:
        raise _broken(path, None, f"a capture needs this file, and it can not be read: {error.strerror}") from None


_TODO = "Take the capture again, or leave this one out: nothing can be told from a part of it."


def _broken(path: Path, line: int | None, what: str) -> HarnessError:
    return HarnessError(what, _TODO, where=Location(str(path), line))
