"""One comparison from request to verdict: open the deployment, drive, judge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from harness.deployments.base import Deployment
from harness.deployments.embedded import open_embedded
from harness.drive.events import DeploymentReady, Listener, RunPlanned
from harness.drive.run import Collected, drive
from harness.files.expectations import load_expectations
from harness.files.rules import load_fingerprints, load_rules
from harness.judge.fingerprints import LogFingerprint
from harness.judge.normalise import Rule
from harness.judge.run import JudgeRequest, judge
from harness.model.deployment import DeploymentRequest
from harness.model.errors import Exit, HarnessError
from harness.model.expectation import Expectation
from harness.model.lane import Side
from harness.model.suite import Case, Suite
from harness.model.verdict import RunVerdict

_GLANCE = 0.25
"""Seconds between two looks at whether the deployment is whole."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What evidence is held against: the differences on record, the rules, the log fingerprints, and the day."""

    expectations: Sequence[Expectation]
    rules: Sequence[Rule]
    fingerprints: Sequence[LogFingerprint]
    today: date
    suite_digest: str

    @classmethod
    def load(cls, suite: Suite, today: date) -> Yardstick:
        """All of it from the project's files. Raises `HarnessError` for what is wrong in one."""
        return cls(load_expectations(suite, today), load_rules(), load_fingerprints(), today, suite.digest)


async def compare(
    request: DeploymentRequest, cases: Sequence[Case], *, jobs: int, yardstick: Yardstick, listener: Listener
) -> RunVerdict:
    """Run `cases` on both pools of `request`, at most `jobs` at a time on each, and judge what was seen.

    The deployment is gone when this returns or raises, unless `up` keeps it. Raises `HarnessError` (environment) when
    it can not be had, or when a process of it ended under way: then no verdict would be worth anything.
    """
    begun = time.monotonic()
    listener(RunPlanned(2 * len(cases), request.reference.id, request.candidate.id))
    async with open_embedded(request) as deployment:
        listener(DeploymentReady(time.monotonic() - begun, deployment.kept))
        collected = await _while_whole(deployment, drive(deployment.lanes, cases, jobs=jobs, listener=listener))
    return judge(
        JudgeRequest(
            cases=cases,
            evidence=collected.evidence,
            lanes=collected.lanes,
            pools={Side.REFERENCE: request.reference, Side.CANDIDATE: request.candidate},
            python_pool=request.python_pool,
            routing=request.routing,
            expectations=yardstick.expectations,
            rules=yardstick.rules,
            fingerprints=yardstick.fingerprints,
            today=yardstick.today,
            seconds=time.monotonic() - begun,
            suite_digest=yardstick.suite_digest,
        )
    )


async def _while_whole(deployment: Deployment, work: Coroutine[Any, Any, Collected]) -> Collected:
    """Stop as soon as a process of the deployment has ended: what waits for it would only use up its time."""
    task = asyncio.create_task(work)
    try:
        while not task.done() and not deployment.lost():
            await asyncio.wait({task}, timeout=_GLANCE)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    _refuse_losses(deployment)
    return task.result()


def _refuse_losses(deployment: Deployment) -> None:
    losses = deployment.lost()
    if losses:
        raise HarnessError(
            f"the deployment lost processes during the run: {'; '.join(losses)}",
            "Run again; if it happens again, run the cases one by one to see which of them does it.",
            Exit.ENVIRONMENT,
        )
