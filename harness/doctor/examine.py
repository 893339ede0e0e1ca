"""Runs the checks on a deployment."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence

from harness.deployments.base import Deployment, Target
from harness.drive.lane import LaneDrive
from harness.files.project import project_root
from harness.model.deployment import DeploymentRequest
from harness.model.doctor import Answer, Finding, State, said
from harness.model.errors import Exit, HarnessError
from harness.model.evidence import Evidence
from harness.model.lane import Lane, Side
from harness.model.suite import Case
from harness.noetl.client import Refused

_CANARY = "fixtures/doctor/canary.yaml"
_SECONDS = 20.0
"""For the canary: far more than a pool needs that has just become ready (spec: noetl-live 2)."""


async def examine(target: Target, pools: DeploymentRequest) -> list[Finding]:
    """Everything, from opening the deployment to the last pool at work. What fails ends it only where nothing further
    could be seen. Raises `HarnessError` (usage) for a target that is not sound."""
    found: list[Finding] = []
    try:
        async with target.open(pools) as deployment:
            found += await examine_before(deployment)
            for shift in deployment.shifts:
                async with deployment.at_work(shift) as lanes:
                    found += await examine_at_work(lanes)
    except HarnessError as error:
        if error.exit is not Exit.ENVIRONMENT:
            raise
        found.append(Finding("deployment", "", Answer(State.FAIL, error.what, error.todo)))
    return found


async def examine_before(deployment: Deployment) -> list[Finding]:
    """What is to be seen before any pool works; a NoETL that both sides share is looked at once."""
    from harness.doctor.checks import BEFORE  # a run on a deployment of ours does not wait for it

    site = await deployment.site()
    distinct = {lane.server_url: lane for lane in deployment.lanes.values()}
    where = {lane.side: lane.side.value if len(distinct) > 1 else "" for lane in distinct.values()}
    return [
        Finding(name, where[lane.side], await _answered(check(site, lane)))
        for name, check in BEFORE.items()
        for lane in distinct.values()
    ]


async def examine_at_work(lanes: Mapping[Side, Lane]) -> list[Finding]:
    """What is to be seen of lanes whose pools work; each is given one playbook and the suite's credentials."""
    from harness.doctor.checks import AT_WORK

    found = []
    for lane in lanes.values():
        try:
            canary = await canary_of(lane)
        except HarnessError as error:
            found.append(Finding("work", lane.side.value, Answer(State.FAIL, error.what, error.todo)))
            continue
        for name, check in AT_WORK.items():
            found.append(Finding(name, lane.side.value, await _answered(check(lane, canary))))
    return found


def admit(findings: Iterable[Finding]) -> None:
    """Raises `HarnessError` (environment) that says every failure and what to do."""
    failed = [one for one in findings if one.answer.state is State.FAIL]
    if not failed:
        return
    *others, last = failed
    what = "".join(f"{said(one)}\n  {one.answer.todo}\n" for one in others) + said(last)
    raise HarnessError(what, last.answer.todo, Exit.ENVIRONMENT)


async def canary_of(lane: Lane) -> Evidence:
    """What was seen of the canary on this lane. Raises `HarnessError` (environment) where nothing could be."""
    case = Case(
        id="doctor/canary",
        path="parity/doctor/canary",
        file=_CANARY,
        source=_source(),
        payload={"test_server": "${test_server_url}"},
        needs=("test-server",),
        timeout=_SECONDS,
    )
    async with LaneDrive(lane) as drive:
        return await drive.run(case)


def _source() -> str:
    return (project_root() / _CANARY).read_text(encoding="utf-8")


async def _answered(check: Awaitable[Answer]) -> Answer:
    """A check that can not be made has failed."""
    try:
        return await check
    except HarnessError as error:
        return Answer(State.FAIL, error.what, error.todo)
    except Refused as refused:
        return Answer(State.FAIL, f"the server refused: {refused}", "Look into its log.")


def worst(findings: Sequence[Finding]) -> Exit:
    """What the verb ends with."""
    return Exit.ENVIRONMENT if any(one.answer.state is State.FAIL for one in findings) else Exit.OK
