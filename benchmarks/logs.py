"""Log records in which a known text is looked for: the checker's own search, over logs as workers write them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks.measure import Row, cpu
from harness.files.rules import load_fingerprints
from harness.judge.fingerprints import of_lines
from harness.model.evidence import LogLine

LINES = 500_000
AIM = 200.0


def rows() -> Iterator[Row]:
    """Megabytes a second, where no record has a known text, and where the last one has."""
    random.seed(1)
    known = load_fingerprints()
    plain = [_line("executed") for _ in range(LINES)]
    megabytes = sum(len(line.text) for line in plain) / 1e6
    seconds, found = cpu(lambda: of_lines(plain, known))
    assert found is None
    speed = megabytes / seconds
    yield Row(f"known texts in {megabytes:.0f} MB of log", f"{speed:.0f} MB/s", f"{AIM:.0f} MB/s", speed / AIM)
    last = [*plain, _line("error=Tool not found: task_sequence")]
    seconds, found = cpu(lambda: of_lines(last, known))
    assert found == ("Tool not found: task_sequence", last[-1])
    speed = megabytes / seconds
    yield Row("  with one in the last record", f"{speed:.0f} MB/s", f"{AIM:.0f} MB/s", speed / AIM)


def _line(what: str) -> LogLine:
    command, execution = random.randrange(10**18), random.randrange(10**18)
    text = (
        f"2026-11-25T08:42:53.{random.randrange(10**6):06}Z  INFO worker_agent::executor: {what} "
        f"command_id={command} execution_id={execution} step=fetch_page kind=http attempt=1 duration_ms=12"
    )
    return LogLine("worker.log", text, level="INFO", execution_id=execution, command_id=command)
