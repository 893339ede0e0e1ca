"""What evidence is held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from harness.judge.fingerprints import LogFingerprint
from harness.judge.normalise import Rule
from harness.model.expectation import Expectation, Past
from harness.model.noise import NoiseEntry


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The differences on record, the normalising rules, the log fingerprints, the day that decides what has expired,
    the noise on record, and how often each flaky difference showed in the stored runs before. A recording keeps the one
    of its day; `backtest` holds the same evidence against another."""

    expectations: tuple[Expectation, ...]
    rules: tuple[Rule, ...]
    fingerprints: tuple[LogFingerprint, ...]
    today: date
    noise: tuple[NoiseEntry, ...] = ()
    past: tuple[Past, ...] = ()
