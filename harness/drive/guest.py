"""A run as a guest on NoETLs that are not its own: what was there when it came, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from harness.drive.placed import placed
from harness.drive.values import lane_values
from harness.files.credentials import load_credentials
from harness.model.errors import HarnessError
from harness.model.footprint import Footprint
from harness.model.lane import Lane, Side
from harness.model.suite import Case
from harness.noetl.footprint import Ground, footprint, survey


@dataclass(frozen=True, slots=True)
class Visit:
    """One NoETL, by a lane on it. `before` is None where `problem` says why that could not be read."""

    lane: Lane
    sides: tuple[Side, ...]
    before: Ground | None
    problem: str | None = None


async def arrive(lanes: Mapping[Side, Lane]) -> tuple[Visit, ...]:
    """Look at each NoETL before anything is put there. A role that may not read all of it is no reason not to run."""
    hosts: dict[str, list[Lane]] = {}
    for lane in lanes.values():
        hosts.setdefault(lane.server_url, []).append(lane)
    return tuple([await _visit(some[0], tuple(lane.side for lane in some)) for some in hosts.values()])


async def leave(visits: Iterable[Visit], cases: Iterable[Case], mark: str) -> tuple[Footprint, ...]:
    """What is left on each of them of a run of these cases, whose paths have this mark."""
    books = {path for case in cases for path in (case.path, *(child for child, _ in case.requires))}
    unmoved = sorted(path for path in books if placed(path, mark) == path)
    return tuple([await _footprint(visit, unmoved, mark) for visit in visits])


async def _visit(lane: Lane, sides: tuple[Side, ...]) -> Visit:
    try:
        return Visit(lane, sides, await survey(lane))
    except HarnessError as error:
        return Visit(lane, sides, None, error.what)


async def _footprint(visit: Visit, unmoved: Iterable[str], mark: str) -> Footprint:
    if visit.before is None:
        return Footprint(visit.sides, problem=visit.problem)
    stored = (one.name for one in load_credentials(lane_values(visit.lane)))
    return await footprint(replace(visit.lane, mark=mark), visit.sides, visit.before, stored, unmoved)
