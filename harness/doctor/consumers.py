"""Which consumers the command stream has, and at which of them workers wait."""

from __future__ import annotations

from contextlib import AsyncExitStack

from harness.model.doctor import Answer, State
from harness.model.evidence import Consumer, Evidence
from harness.model.lane import Lane
from harness.noetl.streams import open_stream


async def check(lane: Lane, canary: Evidence) -> Answer:
    """`shared` must have a consumer. One without a filter is served every command a second time (spec: noetl-operations
    1.4), and nobody at `python` leaves what routes there to itself."""
    async with AsyncExitStack() as stack:
        state = await (await open_stream(lane, stack)).state()
    shared, python = (_of(state.consumers, segment) for segment in ("shared", "python"))
    if not shared:
        return Answer(
            State.FAIL,
            f"{lane.stream} has no consumer of the segment shared, which every pool takes its work from",
            "Start the pool with that segment (NOETL_WORKER_POOL_SEGMENTS, NATS_FILTER_SUBJECT).",
        )
    problems = [
        f"{one.waiting} workers wait at {one.name}, which has no filter: every command is delivered there once more"
        for one in state.consumers
        if not one.filter_subject and one.waiting
    ]
    if not any(one.waiting for one in python):
        problems.append("nobody waits for commands that route to python (agent, task_sequence): they will hang")
    if problems:
        todo = "Set NOETL_WORKER_POOL_SEGMENTS of the Python pool: python beside a Rust pool, else shared,python."
        return Answer(State.WARN, "; ".join(problems), todo)
    return Answer(State.OK, ", ".join(f"{one.waiting} wait at {one.name}" for one in state.consumers))


def _of(consumers: tuple[Consumer, ...], segment: str) -> list[Consumer]:
    return [one for one in consumers if (one.filter_subject or "").endswith(f".{segment}.>")]
