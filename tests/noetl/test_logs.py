"""Log files become records: both pools' formats, colour codes, records that arrive in pieces."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.lane import LogSource
from harness.noetl.logs import LogTail, log_reader, parse_record, split_records

PYTHON = """\
2026-11-23T17:29:58.648390 [ERROR]  noetl/worker/nats_worker.py:2420
(nats_worker:_execute_command:2420)
     Message: Tool execution failed for bad: kaboom
     execution_id: 766616418270838891 command_id: 766616418648326269
2026-11-23T17:29:58.656506 [INFO]  noetl/worker/nats_worker.py:1311
     Message: something else
"""
RUST = (
    "\x1b[2m2026-06-02T15:00:00.000001Z\x1b[0m \x1b[31mERROR\x1b[0m \x1b[1mcommand.execute\x1b[0m"
    "{execution_id=111111111 command_id=222222222}: noetl_worker::worker: Command execution failed "
    "\x1b[3mexecution_id\x1b[0m\x1b[2m=\x1b[0m640421571655369719 \x1b[3mcommand_id\x1b[0m\x1b[2m=\x1b[0m"
    "640421579230281755 "
    "step=process:task_sequence error=Tool not found: task_sequence"
)
SOURCE = LogSource("/nowhere/rust.log", "rust@5.9.0")


def test_a_python_record_keeps_its_lines_together() -> None:
    first, second = split_records(PYTHON)
    line = parse_record(first, SOURCE)
    assert (line.level, line.execution_id, line.command_id) == ("ERROR", 766616418270838891, 766616418648326269)
    assert "kaboom" in line.text
    assert parse_record(second, SOURCE).execution_id is None


def test_a_rust_record_loses_its_colours_and_its_own_fields_beat_the_span() -> None:
    (record,) = split_records(RUST)
    line = parse_record(record, SOURCE)
    assert "\x1b" not in line.text
    assert (line.level, line.execution_id, line.command_id) == ("ERROR", 640421571655369719, 640421579230281755)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "worker.log"


def test_a_tail_starts_behind_what_was_there(log: Path) -> None:
    log.write_text("2026-11-23T17:00:00 [INFO] old\n")
    tail = LogTail(LogSource(str(log), None))
    tail.skip()
    assert tail.read() == []


def test_a_record_in_two_pieces_stays_one(log: Path) -> None:
    tail = LogTail(LogSource(str(log), None))
    head, rest = PYTHON.splitlines(keepends=True)[:2], PYTHON.splitlines(keepends=True)[2:]
    log.write_text("".join(head))
    assert tail.read() == []
    with log.open("a") as file:
        file.write("".join(rest))
    assert [line.command_id for line in tail.read()] == [766616418648326269]


def test_the_last_record_comes_when_nothing_follows_it(log: Path) -> None:
    tail = LogTail(LogSource(str(log), None))
    log.write_text("2026-11-23T17:00:00 [ERROR] last\n")
    assert tail.read() == []
    assert [line.text for line in tail.read()] == ["2026-11-23T17:00:00 [ERROR] last"]
    assert tail.read() == []


def test_a_log_that_was_cut_or_replaced_is_read_from_its_start(log: Path) -> None:
    tail = LogTail(LogSource(str(log), None))
    log.write_text("2026-11-23T17:00:00 [INFO] a long record of the time before\n")
    tail.skip()
    log.write_text("2026-11-23T17:00:01 [ERROR] after\n")
    tail.read()
    assert [line.text for line in tail.read()] == ["2026-11-23T17:00:01 [ERROR] after"]
    assert tail.read() == []


def test_a_line_without_its_end_waits(log: Path) -> None:
    tail = LogTail(LogSource(str(log), None))
    log.write_text("2026-11-23T17:00:00 [ERROR] half")
    assert tail.read() == []
    assert tail.read() == []


def test_a_log_that_does_not_exist_yet_is_empty(tmp_path: Path) -> None:
    assert LogTail(LogSource(str(tmp_path / "none.log"), None)).read() == []


def test_a_record_with_ids_in_its_span_alone_belongs_to_nobody() -> None:
    text = (
        "2026-06-02T15:00:00.000001Z  WARN "
        "command.execute{execution_id=640421571655369719 command_id=640421579230281755}: "
        "noetl_worker::client: Event emission failed, retrying attempt=1"
    )
    line = parse_record(text, SOURCE)
    assert (line.level, line.execution_id, line.command_id) == ("WARN", None, None)


def test_a_pattern_reads_files_that_come_from_their_beginning(tmp_path: Path) -> None:
    old = tmp_path / "worker-1.log"
    old.write_text("2026-11-23T17:00:00 [ERROR] before the run\n")
    tails = log_reader(LogSource(str(tmp_path / "worker-*.log"), "rust@5.9.0", pattern=True))
    tails.skip()
    (tmp_path / "worker-2.log").write_text("2026-11-23T17:00:01 [ERROR] of a worker that came\n")
    (tmp_path / "server.log").write_text("2026-11-23T17:00:01 [ERROR] of another process\n")
    tails.read()
    assert [(line.source, line.pool_id, line.text[-4:]) for line in tails.read()] == [
        ("worker-2.log", "rust@5.9.0", "came")
    ]


def test_a_file_that_is_renamed_within_the_pattern_is_read_once(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("2026-11-23T17:00:00 [ERROR] one\n")
    tails = log_reader(LogSource(str(tmp_path / "worker.log*"), None, pattern=True))
    texts = [line.text for _ in range(2) for line in tails.read()]
    log.rename(tmp_path / "worker.log.1")
    log.write_text("2026-11-23T17:00:01 [ERROR] two\n")
    texts += [line.text for _ in range(2) for line in tails.read()]
    assert texts == ["2026-11-23T17:00:00 [ERROR] one", "2026-11-23T17:00:01 [ERROR] two"]


def test_of_a_file_that_is_gone_again_the_last_record_is_not_lost(tmp_path: Path) -> None:
    tails = log_reader(LogSource(str(tmp_path / "*.log"), None, pattern=True))
    (tmp_path / "a.log").write_text("2026-11-23T17:00:00 [ERROR] a\n")
    tails.read()
    (tmp_path / "a.log").unlink()
    assert [line.text for _ in range(2) for line in tails.read()] == ["2026-11-23T17:00:00 [ERROR] a"]
