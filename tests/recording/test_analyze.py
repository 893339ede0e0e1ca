"""The real `analyze`: the same bytes each time, and what it says of a run whose judge was wrong."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from builders import Step, candidate, reference
from recorded import YARDSTICK, record

from harness.model.errors import Exit

GOOD = Step("start", {"v": 1})
OTHER = Step("start", {"v": 2})


def analyze(folder: Path, form: str = "pretty") -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("noetl-harness")), "analyze", str(folder), "--format", form]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = record(tmp_path, reference(GOOD), candidate(OTHER))
    one, other = analyze(folder, "json"), analyze(folder, "json")
    assert one.stdout == other.stdout
    assert (one.returncode, one.stderr) == (Exit.DIVERGED, "")


@pytest.mark.parametrize("step", [GOOD, OTHER])
def test_a_run_whose_control_was_misjudged_is_invalid_whatever_else_it_says(tmp_path: Path, step: Step) -> None:
    done = analyze(record(tmp_path, reference(GOOD), candidate(step), yardstick=replace(YARDSTICK, fingerprints=())))
    assert (done.returncode, done.stderr) == (Exit.INVALID, "")
    first = done.stdout.splitlines()[0]
    assert first.startswith("INVALID: 1 of ")
    assert "control log fingerprint: expected same_pass; log: Tool not found: " in done.stdout
