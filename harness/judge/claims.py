"""Which pool claimed what, over all legs of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.judge.checkers.base import LegContext
from harness.model.lane import Side
from harness.model.verdict import Claims


def claims(legs: Iterable[LegContext]) -> tuple[Claims, ...]:
    """By side, tool kind and pool, an entry for each pool of the lane. A claim that two pools could have made, or none,
    is counted for no pool: the provenance checker speaks of it."""
    return summed(one for leg in legs for one in _of_leg(leg))


def summed(parts: Iterable[Claims]) -> tuple[Claims, ...]:
    """Entries for the same side, kind and pool made one, in the order in which they first come."""
    counts: dict[tuple[Side, str, str], int] = {}
    for one in parts:
        key = (one.side, one.tool_kind, one.pool_id)
        counts[key] = counts.get(key, 0) + one.count
    return tuple(Claims(*key, count) for key, count in counts.items())


def _of_leg(leg: LegContext) -> Iterator[Claims]:
    for call in leg.outcome.calls:
        members = [leg.crew.membership(worker).pools for worker in call.claimed_by]
        for pool in leg.crew.pools:
            yield Claims(leg.side, call.tool_kind, pool.id, members.count((pool,)))
