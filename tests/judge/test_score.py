"""The interval of a score, against values that were worked out by hand."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.score import wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.27753),
        (10, 10, 0.72247, 1.0),
        (5, 10, 0.23659, 0.76341),
        (1, 1, 0.20655, 1.0),
    ],
)
def test_known_intervals(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-6)


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_share_lies_inside(good: int, bad: int) -> None:
    low, high = wilson(good, good + bad)
    assert 0.0 <= low <= high <= 1.0
    if trials := good + bad:
        share = good / trials
        assert low <= share <= high
        for end in {low, high} - {0.0, 1.0}:
            assert abs(share - end) == pytest.approx(1.959964 * sqrt(end * (1 - end) / trials), abs=1e-6)
    assert wilson(bad, good + bad) == pytest.approx((1 - high, 1 - low))
