"""`analyze` of a recording of 200 cases and 100,000 events."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, alone

ROOT = Path(__file__).resolve().parents[1]
CASES = 200
STEPS = 50
EVENTS = 2 * CASES * (2 + 5 * STEPS)
SECONDS, MEMORY = 5.0, 300.0


def rows() -> Iterator[Row]:
    """Processor time and memory of the whole command, its start included."""
    with tempfile.TemporaryDirectory() as folder:
        alone(_record, folder)
        recording = next(Path(folder).glob("*/recording.jsonl")).parent
        measured = alone(_analyze, str(recording))
    what = f"analyze {CASES} cases, {EVENTS:,} events"
    yield Row(what, f"{measured.seconds:.2f} s", f"{SECONDS:.0f} s", SECONDS / measured.seconds)
    yield Row("  its memory", f"{measured.memory:.0f} MiB", f"{MEMORY:.0f} MiB", MEMORY / measured.memory)


def _record(folder: str) -> None:
    sys.path[:0] = [str(ROOT / "tests" / "judge"), str(ROOT / "tests" / "recording")]
    from builders import Step, candidate, reference
    from recorded import record

    steps = [Step(f"step_{n}", {"n": n, "text": "x" * 100, "more": {"a": n, "b": None}}) for n in range(STEPS - 1)]
    legs = []
    for number in range(CASES):
        legs.append(reference(*steps, Step("last", {"v": number % 10}), case_id=f"case_{number}"))
        legs.append(candidate(*steps, Step("last", {"v": 0}), case_id=f"case_{number}"))
    record(Path(folder), *legs)


def _analyze(recording: str) -> None:
    from harness.cli.main import cli

    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        cli(["analyze", recording, "--format", "json"], standalone_mode=False)
