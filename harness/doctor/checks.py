"""The checks, in the order in which they are told.

Those of `BEFORE` look at a NoETL before any pool is brought to work, so that nothing is changed on one that is not
well. Those of `AT_WORK` look at a lane whose pool works, after it was given one playbook, the canary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from harness.doctor import (
    backlog,
    clocks,
    consumers,
    context,
    credentials,
    leftovers,
    log,
    pods,
    reach,
    routing,
    store,
    versions,
    work,
)
from harness.model.doctor import Answer, Site
from harness.model.evidence import Evidence
from harness.model.lane import Lane


class Check(Protocol):
    """Looks at one NoETL. A `HarnessError` or a refusal of its server is a failed check."""

    async def __call__(self, site: Site, lane: Lane) -> Answer: ...


class WorkCheck(Protocol):
    """Looks at one lane at work; `canary` is what was seen of the playbook that it was given."""

    async def __call__(self, lane: Lane, canary: Evidence) -> Answer: ...


BEFORE: Mapping[str, Check] = {
    "context": context.check,
    "versions": versions.check,
    "pods": pods.check,
    "routing": routing.check,
    "event store": store.check,
    "clocks": clocks.check,
    "backlog": backlog.check,
    "leftovers": leftovers.check,
}

AT_WORK: Mapping[str, WorkCheck] = {
    "consumers": consumers.check,
    "work": work.check,
    "credentials": credentials.check,
    "test server": reach.check,
    "log": log.check,
}
