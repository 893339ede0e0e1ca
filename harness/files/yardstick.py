"""What evidence is held against today, from the project's own files."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.files.expectations import load_expectations
from harness.files.rules import load_fingerprints, load_rules
from harness.judge.yardstick import Yardstick
from harness.model.suite import Suite


def load_yardstick(suite: Suite) -> Yardstick:
    """What stands in the project's files today. Raises `HarnessError` for what is wrong in one."""
    today = datetime.now(UTC).date()
    return Yardstick(load_expectations(suite, today), load_rules(), load_fingerprints(), today)
