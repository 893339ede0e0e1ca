"""What evidence is held against today, from the project's own files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from harness.files.expectations import load_expectations
from harness.files.noise import load_noise
from harness.files.rules import load_fingerprints, load_rules
from harness.history.flaky import past
from harness.judge.yardstick import Yardstick
from harness.model.suite import Suite


def load_yardstick(suite: Suite, runs: Path) -> Yardstick:
    """What stands in the project's files today, and how often flaky differences showed in the recordings in `runs`.
    Raises `HarnessError` for what is wrong in a file."""
    today = datetime.now(UTC).date()
    expectations = load_expectations(suite, today)
    return Yardstick(
        expectations=expectations,
        rules=load_rules(),
        fingerprints=load_fingerprints(),
        today=today,
        noise=load_noise(suite).entries,
        past=past(expectations, runs),
    )
