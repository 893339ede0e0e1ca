"""One comparison from request to verdict: open the deployment, drive, record, and judge what was recorded."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.deployments.base import Deployment, Shift, Target
from harness.doctor.examine import admit, examine_at_work, examine_before
from harness.drive.events import DeploymentReady, Examined, Listener, RecordingBegun, RunPlanned
from harness.drive.guest import arrive, leave
from harness.drive.open_legs import OpenLegs
from harness.drive.run import drive, plan
from harness.drive.values import lane_secrets
from harness.judge.yardstick import Yardstick
from harness.judged import Judged, judged
from harness.model.deployment import DeploymentRequest
from harness.model.doctor import Finding
from harness.model.lane import Lane, Side
from harness.model.suite import Case
from harness.recording.begin import begin
from harness.recording.facts import FootprintFact, LaneFact, LossFact
from harness.recording.identity import manifest_of
from harness.recording.read import open_recording
from harness.recording.write import Recorder
from harness.report.json import keep

_GLANCE = 0.25
"""Seconds between two looks at whether the deployment is whole."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run, where and how. `twice`: the reference runs each case a second time, which shows what is noise.
    `seed` shuffles the cases, None leaves them in the suite's order. `runs` is the folder that gets the recording;
    `argv` is what the person typed."""

    target: Target
    pools: DeploymentRequest
    cases: Sequence[Case]
    suite_digest: str
    jobs: int
    runs: Path
    argv: Sequence[str]
    twice: bool = False
    seed: int | None = None


async def compare(request: RunRequest, *, yardstick: Yardstick, listener: Listener) -> Judged:
    """Run the cases on both pools and judge what was recorded.

    The deployment is gone when this returns or raises, unless `up` keeps it. When a process of it ends under way, the
    run stops, and the verdict says so beside what was seen until then. Raises `HarnessError` (environment) when the
    deployment can not be had, or the doctor finds it not fit to be measured; then nothing is recorded. Where the
    pools work one after the other, it is also raised when one of them does not start, or is not fit; then the recording
    has no footer.
    """
    begun = time.monotonic()
    legs = plan(_in_order(request), twice=request.twice)
    keys = tuple(leg for _, leg in legs)
    listener(RunPlanned(len(legs), request.pools.reference.id, request.pools.candidate.id, keys))
    async with request.target.open(request.pools) as deployment:
        if not deployment.ours:
            _admit(await examine_before(deployment), listener)
        visits = () if deployment.ours else await arrive(deployment.lanes)
        recorder = _begin(request, yardstick, deployment)
        listener(RecordingBegun(str(recorder.folder)))

        async def work(shift: Shift) -> list[LaneFact | LossFact]:
            due = [(case, leg) for case, leg in legs if leg.side in shift]
            async with deployment.at_work(shift) as found:
                lanes = found if deployment.ours else _marked(found, recorder.folder.name)
                listener(DeploymentReady(shift, time.monotonic() - begun, deployment.kept))
                if not deployment.ours:
                    _admit(await examine_at_work(lanes), listener)
                open_legs = OpenLegs(listener)
                legs_run = drive(
                    lanes, due, jobs=request.jobs, listener=open_legs, keep=recorder.leg, check=deployment.check
                )
                return await _while_whole(deployment, legs_run, open_legs)

        try:
            for shift in deployment.shifts:
                facts = await work(shift)
                for fact in facts:
                    recorder.add(fact)
                if any(isinstance(fact, LossFact) for fact in facts):
                    break
            for left in await leave(visits, request.cases, recorder.folder.name):
                recorder.add(FootprintFact(left))
            recorder.close(time.monotonic() - begun)
        finally:
            recorder.abandon()
    run = judged(open_recording(recorder.folder))
    keep(run.verdict, recorder.folder)
    return run


def _admit(findings: Sequence[Finding], listener: Listener) -> None:
    """Raises `HarnessError` (environment) where the deployment is not fit to be measured."""
    admit(findings)
    listener(Examined(tuple(findings)))


def _marked(lanes: Mapping[Side, Lane], mark: str) -> Mapping[Side, Lane]:
    """The lanes with paths of the run's own."""
    return {side: replace(lane, mark=mark) for side, lane in lanes.items()}


def _in_order(request: RunRequest) -> list[Case]:
    cases = list(request.cases)
    if request.seed is not None:
        random.Random(request.seed).shuffle(cases)
    return cases


def _begin(request: RunRequest, yardstick: Yardstick, deployment: Deployment) -> Recorder:
    pools, target = request.target.pools(request.pools), request.target.name
    manifest = manifest_of(pools, target, request.suite_digest, request.seed, request.argv, deployment.images)
    known = frozenset[str]().union(*(lane_secrets(lane) for lane in deployment.lanes.values()))
    return begin(request.runs, manifest, pools, yardstick, request.cases, known, target=target)


async def _while_whole(
    deployment: Deployment, work: Coroutine[Any, Any, tuple[Any, ...]], open_legs: OpenLegs
) -> list[LaneFact | LossFact]:
    """The lanes' counters at the end of the work. As soon as a process of the deployment has ended, the work is stopped
    and the losses are all there is: what waits for a dead process would only use up its time. They say what was at work
    then, since that may be why."""
    task = asyncio.create_task(work)
    try:
        while not task.done() and not deployment.lost():
            await asyncio.wait({task}, timeout=_GLANCE)
        names = str(open_legs)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    losses = deployment.lost()
    at_work = f"; at work then: {names}" if names else ""
    return [LossFact(f"{one}{at_work}") for one in losses] if losses else [LaneFact(lane) for lane in task.result()]
