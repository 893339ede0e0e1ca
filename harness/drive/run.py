"""Runs every case on every lane, several at a time, and hands back what was seen. It knows no verdict."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack

from harness.drive.events import LegEnded, LegStarted, Listener
from harness.drive.lane import LaneDrive
from harness.model.evidence import Evidence, LaneEvidence, LegKey
from harness.model.lane import Lane, Side
from harness.model.suite import Case


async def _no_check() -> None:
    return


def plan(cases: Iterable[Case], *, twice: bool) -> list[tuple[Case, LegKey]]:
    """Every leg of a run, in order. `twice`: the reference runs each case two times, which shows what is noise."""
    turns = {Side.REFERENCE: (1, 2) if twice else (1,), Side.CANDIDATE: (1,)}
    return [(case, LegKey(case.id, side, turn)) for case in cases for side in Side for turn in turns[side]]


async def drive(
    lanes: Mapping[Side, Lane],
    legs: Sequence[tuple[Case, LegKey]],
    *,
    jobs: int,
    listener: Listener,
    keep: Callable[[Evidence], None],
    check: Callable[[], Awaitable[None]] = _no_check,
) -> tuple[LaneEvidence, ...]:
    """Run `legs`, at most `jobs` at a time on a lane, in their order; those that share something outside the lanes, one
    after the other. Each leg's evidence goes to `keep` as it ends; `check` is called before it begins.

    Returns the stream counters of each lane around the run.
    """
    async with AsyncExitStack() as stack:
        drives = {side: await stack.enter_async_context(LaneDrive(lane)) for side, lane in lanes.items()}
        places = {side: asyncio.Semaphore(jobs) for side in drives}
        shared: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

        async def run(case: Case, leg: LegKey) -> None:
            async with AsyncExitStack() as held:
                for name in sorted(case.shares):  # in one order, so that no two legs wait for each other
                    await held.enter_async_context(shared[name])
                await held.enter_async_context(places[leg.side])
                await check()
                listener(LegStarted(leg))
                evidence = await drives[leg.side].run(case, leg.turn)
            keep(evidence)
            listener(LegEnded(leg, evidence.end, evidence.seconds))

        async with asyncio.TaskGroup() as group:
            for case, leg in legs:
                group.create_task(run(case, leg), name=f"{leg.case_id} on {leg.side}, turn {leg.turn}")
        return tuple([await lane.counters() for lane in drives.values()])
