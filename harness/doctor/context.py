"""Which cluster this is."""

from __future__ import annotations

from harness.model.doctor import Answer, Site, State
from harness.model.lane import Lane


async def check(site: Site, lane: Lane) -> Answer:
    """A context that is not allowed, or not the declared server, is refused before any check."""
    if site.context is None:
        return Answer(State.ABSENT, "not in a cluster")
    return Answer(State.OK, site.context)
