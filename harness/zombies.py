"""Where zombies are looked for: in a recording, or on a deployment that runs now."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from harness.files.pools import load_pool
from harness.files.rules import load_fingerprints
from harness.judge.census import census
from harness.judge.checkers.base import LegContext
from harness.judge.crew import Crew
from harness.judge.dialect import TERMINALS
from harness.judge.grace import REPAIRED_WITHIN, grace_of_deployment
from harness.judge.project import executions, project
from harness.judge.run import leg_context
from harness.model.evidence import Evidence, StreamState
from harness.model.lane import Side
from harness.model.pool import PoolSpec
from harness.model.suite import Case
from harness.model.zombie import Census
from harness.noetl.running import Running, RunningExecution, read_running
from harness.recording.read import open_recording
from harness.recording.replay import replayed

ROUTING = "4.12.0"


def zombies_of_recording(folder: Path) -> Census:
    """All legs of a recording, each by the grace of its lane."""
    request = open_recording(folder).request()
    legs = (leg_context(request, case, side) for case in request.cases for side in Side)
    found = census(legs, named=True)
    return Census(found.looked_at, found.zombies, (*found.unclear, *request.problems))


async def zombies_of_deployment(dsn: str, schema: str, monitor_url: str | None) -> Census:
    """All executions that the database has RUNNING. Without a NATS monitor what waits in the stream is not known."""
    running, stream = await asyncio.gather(read_running(dsn, schema, TERMINALS), _stream(monitor_url))
    grace = grace_of_deployment(running.finalisations)
    pool = load_pool("python")
    legs = (_leg(one, running, stream, grace, pool) for one in running.executions if one.events)
    found = census(legs, named=False, doubt_after=None if running.finalisations else REPAIRED_WITHIN)
    unseen = [f"execution {one.root} is RUNNING and has no event" for one in running.executions if not one.events]
    more = ["there are more RUNNING executions, older than those looked at"] if running.more else []
    return Census(found.looked_at, found.zombies, (*found.unclear, *unseen, *more))


async def _stream(monitor_url: str | None) -> StreamState | None:
    if monitor_url is None:
        return None
    import aiohttp

    from harness.noetl.streams import TIMEOUT, MonitorReader

    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT))
        return await MonitorReader(session, monitor_url, "", "NOETL_COMMANDS").state()


def _leg(
    one: RunningExecution, running: Running, stream: StreamState | None, grace: float, pool: PoolSpec
) -> LegContext:
    """Nobody says which pools a deployment has. With a crew of one Python pool every worker that is not of it counts
    as one that might claim anything, so that no command is taken for unclaimable while any worker lives."""
    end, quiet = replayed(one.root, one.events, running.now, stream, ())
    evidence = Evidence(
        case_id=str(one.root),
        side=Side.REFERENCE,
        pool_id=pool.id,
        end=end,
        execution_id=one.root,
        seconds=(running.now - one.events[0].created_at).total_seconds(),
        events=one.events,
        commands=one.commands,
        row_status=one.row_status,
        workers=running.workers,
        stream=stream,
        quiet_seconds=quiet,
    )
    crew = Crew.of(evidence, pool, pool)
    family = executions(evidence)
    case = Case(str(one.root), family[one.root].path if one.root in family else "", "", "", expect=None)
    return LegContext(case, evidence, project(evidence, crew), family, crew, ROUTING, load_fingerprints(), grace)
