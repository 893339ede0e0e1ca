"""Runs every case on every lane, several at a time, and hands back what was seen. It knows no verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from harness.drive.events import LegEnded, LegStarted, Listener
from harness.drive.lane import LaneDrive
from harness.model.evidence import Evidence, LaneEvidence
from harness.model.lane import Lane, Side
from harness.model.suite import Case


@dataclass(frozen=True, slots=True)
class Collected:
    """All evidence of a run, and each lane's stream counters around it."""

    evidence: Mapping[tuple[str, Side], Evidence]
    lanes: tuple[LaneEvidence, ...]


async def drive(lanes: Mapping[Side, Lane], cases: Sequence[Case], *, jobs: int, listener: Listener) -> Collected:
    """Run `cases` on each of `lanes`, at most `jobs` legs at a time on a lane, in the order of the suite."""
    async with AsyncExitStack() as stack:
        drives = {side: await stack.enter_async_context(LaneDrive(lane)) for side, lane in lanes.items()}
        places = {side: asyncio.Semaphore(jobs) for side in drives}

        async def leg(case: Case, side: Side) -> Evidence:
            async with places[side]:
                listener(LegStarted(case.id, side))
                evidence = await drives[side].run(case)
            listener(LegEnded(case.id, side, evidence.end, evidence.seconds))
            return evidence

        async with asyncio.TaskGroup() as group:
            tasks = {
                (case.id, side): group.create_task(leg(case, side), name=f"{case.id} on {side}")
                for case in cases
                for side in drives
            }
        counters = [await lane.counters() for lane in drives.values()]
    return Collected({key: task.result() for key, task in tasks.items()}, tuple(counters))
