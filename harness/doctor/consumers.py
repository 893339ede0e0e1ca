"""Which consumers the command stream has, and at which of them workers wait."""

from __future__ import annotations

from contextlib import AsyncExitStack

from harness.model.doctor import Answer, State
from harness.model.evidence import Consumer, Evidence
from harness.model.lane import Lane
from harness.noetl.streams import open_stream


async def check(lane: Lane, canary: Evidence) -> Answer:
    """`shared` must have a consumer. One without a filter is served every command a second time (spec: noetl-operations
    1.4), and nobody at `python` leaves what routes there to itself. Where the server is asked for a segment, that one
    must have workers."""
    async with AsyncExitStack() as stack:
        state = await (await open_stream(lane, stack)).state()
    if lane.execution_pool is not None:
        return _own(lane, lane.execution_pool, _of(state.consumers, lane.execution_pool))
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


def _own(lane: Lane, segment: str, consumers: list[Consumer]) -> Answer:
    if any(one.waiting for one in consumers):
        return Answer(State.OK, ", ".join(f"{one.waiting} wait at {one.name}" for one in consumers))
    return Answer(
        State.FAIL,
        f"nobody waits for commands of the segment {segment}, which is that of {lane.pool.id}: they would hang",
        f"Let its workers consume it: NOETL_WORKER_POOL_SEGMENTS={segment} for Python, a durable of their own and "
        f"NATS_FILTER_SUBJECT=noetl.commands.{segment}.> for Rust.",
    )


def _of(consumers: tuple[Consumer, ...], segment: str) -> list[Consumer]:
    return [one for one in consumers if (one.filter_subject or "").endswith(f".{segment}.>")]
