"""Legs that share something outside the lanes run one after the other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness.drive import run as driving
from harness.model.evidence import Evidence, LaneEvidence, LegEnd
from harness.model.lane import Side
from harness.model.suite import Case


class CountingLane:
    """In place of `LaneDrive`: a leg takes 20 ms, and `at_once` says how many ran beside it, by what they share."""

    running: dict[str, int]
    most: dict[str, int]

    def __init__(self, side: Side) -> None:
        self._side = side

    async def __aenter__(self) -> CountingLane:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def counters(self) -> LaneEvidence | None:
        return None

    async def run(self, case: Case, turn: int) -> Evidence:
        for name in case.shares or ("nothing",):
            CountingLane.running[name] = CountingLane.running.get(name, 0) + 1
            CountingLane.most[name] = max(CountingLane.most.get(name, 0), CountingLane.running[name])
        await asyncio.sleep(0.02)
        for name in case.shares or ("nothing",):
            CountingLane.running[name] -= 1
        return Evidence(case.id, self._side, "p", LegEnd.DRAINED, None, 0.02, turn=turn)


async def test_only_what_shares_nothing_runs_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    CountingLane.running, CountingLane.most = {}, {}
    monkeypatch.setattr(driving, "LaneDrive", CountingLane)
    shares = [(), (), ("a",), ("a", "b"), ("b", "a"), ("b",)]
    cases = [Case(f"c{at}", "p", "f", "", shares=names) for at, names in enumerate(shares)]
    kept: list[Evidence] = []
    lanes: Any = {side: side for side in Side}
    legs = driving.plan(cases, twice=False)
    await driving.drive(lanes, legs, jobs=8, listener=lambda _: None, keep=kept.append)
    assert len(kept) == 12
    assert CountingLane.most["a"] == CountingLane.most["b"] == 1
    assert CountingLane.most["nothing"] == 4
