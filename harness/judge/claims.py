"""Which pool claimed what, over all legs of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from harness.judge.checkers.base import LegContext
from harness.model.verdict import Claims


def claims(legs: Iterable[LegContext]) -> tuple[Claims, ...]:
    """By side, tool kind and pool, an entry for each pool of the lane. A claim that two pools could have made, or none,
    is counted for no pool: the provenance checker speaks of it."""
    counted: Counter[tuple[str, str, str]] = Counter()
    entries = {}
    for leg in legs:
        for call in leg.outcome.calls:
            for pool in leg.crew.pools:
                entries[leg.side.value, call.tool_kind, pool.id] = leg.side
            for worker in call.claimed_by:
                pools = leg.crew.membership(worker).pools
                if len(pools) == 1:
                    counted[leg.side.value, call.tool_kind, pools[0].id] += 1
    return tuple(
        Claims(side, kind, pool_id, counted[name, kind, pool_id]) for (name, kind, pool_id), side in entries.items()
    )
