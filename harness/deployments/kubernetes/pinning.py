"""Pools that may not take commands are kept from it, and everything is put back.

Both pools consume the same durable (spec: noetl-operations 1.4), so whoever is not under test must not be there. KEDA
would bring it back within seconds (1.5): its ScaledObjects are paused meanwhile, also that of the pool under test,
whose pods should not come and go under a run. Every change is in the restore file before it is made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

from harness.deployments.kubernetes.api import Api, JsonBody, Refused, Unreachable, path_of
from harness.deployments.kubernetes.crew import Crew
from harness.deployments.kubernetes.pods import name_of
from harness.deployments.kubernetes.restore import Change, Journal
from harness.model.errors import Exit, HarnessError
from harness.model.kubernetes import Pin, Settings
from harness.model.pool import Runtime
from harness.patience import patiently

PAUSED = "autoscaling.keda.sh/paused-replicas"
SEGMENTS = "NOETL_WORKER_POOL_SEGMENTS"
_KEDA = "keda.sh/v1alpha1"

_ROLLOUT = 180.0
"""Seconds for pods to come or go: old ones of a real pool took over two minutes (spec: noetl-operations 1.5)."""

_PATIENCE = 30.0
"""Seconds in which an API that does not answer may come back before changes are left to `noetl-harness restore`."""

Step: TypeAlias = tuple[Change, JsonBody]
"""A change and the body whose merging makes it."""


class Pinning:
    """`crews` are the pods of each deployment of workers, by the deployment's name."""

    def __init__(self, api: Api, settings: Settings, journal: Journal, crews: Mapping[str, Crew]) -> None:
        self._api = api
        self._settings = settings
        self._journal = journal
        self._crews = crews

    @asynccontextmanager
    async def pinned(self, works: str) -> AsyncIterator[None]:
        """Only the deployment `works` takes commands inside the block, as far as the settings' mode goes. Raises
        `HarnessError` (environment) where it has no pods, or where pods do not come or go."""
        counts = {name: await self._replicas(name) for name in sorted(self._crews)}
        if not counts[works]:
            raise HarnessError(
                f"The deployment {works} in namespace {self._settings.namespace} has no pods.",
                f"Give it some: kubectl -n {self._settings.namespace} scale deploy/{works} --replicas=1",
                Exit.ENVIRONMENT,
            )
        try:
            if self._settings.changes:
                await self._pin(works, counts)
            yield
        finally:
            await self._put_back(counts)

    async def _pin(self, works: str, counts: Mapping[str, int | None]) -> None:
        """All is noted before anything is done. It is done from the last step to the first and put back the other way
        round: KEDA is paused first and resumed first, since it would undo what is scaled against its will."""
        wanted = {name: self._wanted(name, works, count) for name, count in counts.items() if count is not None}
        steps = [await self._only_python(name) for name, count in wanted.items() if name != works and count]
        steps += [self._scaling(name, counts[name], count) for name, count in wanted.items() if count != counts[name]]
        steps += [self._pausing(scaler, wanted) for scaler in await self._scalers() if _target(scaler) in wanted]
        self._journal.note(*(change for change, _ in steps))
        for change, body in reversed(steps):
            await self._api.merge(change.path, body)
        for name, count in wanted.items():
            await self._settled(name, count)

    def _wanted(self, name: str, works: str, count: int) -> int:
        stays = self._settings.pin is Pin.SEGMENTS and self._is(name, Runtime.PYTHON) and self._is(works, Runtime.RUST)
        return count if stays or name == works else 0

    def _is(self, deployment: str, runtime: Runtime) -> bool:
        return dict(self._settings.deployments).get(runtime) == deployment

    async def _replicas(self, name: str) -> int | None:
        """What a deployment is told to have; None where there is no such deployment."""
        try:
            return int((await self._api.get(self._path(name)))["spec"]["replicas"])
        except Refused as refused:
            if refused.code == 404:
                return None
            raise

    async def _scalers(self) -> list[JsonBody]:
        """KEDA's objects; none where the cluster has no KEDA."""
        try:
            return await self._api.items(path_of(_KEDA, "scaledobjects", self._settings.namespace))
        except Refused as refused:
            if refused.code == 404:
                return []
            raise

    def _pausing(self, scaler: JsonBody, wanted: Mapping[str, int]) -> Step:
        path = path_of(_KEDA, "scaledobjects", self._settings.namespace, name_of(scaler))
        before = (scaler["metadata"].get("annotations") or {}).get(PAUSED)
        change = Change(f"KEDA paused for {_target(scaler)}", path, _annotated(before))
        return change, _annotated(str(wanted[_target(scaler)]))

    def _scaling(self, name: str, before: int | None, count: int) -> Step:
        change = Change(f"{name} scaled from {before} to {count}", self._path(name, "scale"), _scaled(before))
        return change, _scaled(count)

    async def _only_python(self, name: str) -> Step:
        path = self._path(name)
        containers = (await self._api.get(path))["spec"]["template"]["spec"]["containers"]
        change = Change(f"segments of {name} changed", path, _running(containers))
        return change, _running([_with_segments(containers[0], "python"), *containers[1:]])

    async def _put_back(self, counts: Mapping[str, int | None]) -> None:
        problem: HarnessError | None = None
        async for _ in patiently(_PATIENCE):
            try:
                await self._journal.undo(self._api)
                break
            except Unreachable as error:
                problem = error
        else:
            assert problem
            raise HarnessError(
                f"What was changed in the cluster could not be put back: {problem.what}",
                "When the cluster answers again: noetl-harness restore",
                Exit.ENVIRONMENT,
            )
        for name, count in counts.items():
            if count is not None:
                await self._settled(name, count)

    async def _settled(self, name: str, count: int) -> None:
        """Wait until the deployment has `count` pods, made as it says now, and no others."""
        async for _ in patiently(_ROLLOUT):
            body = await self._api.get(self._path(name))
            status = body.get("status") or {}
            seen = status.get("observedGeneration", 0) >= body["metadata"].get("generation", 0)
            if seen and status.get("updatedReplicas", 0) == count == status.get("replicas", 0):
                break
        await self._crews[name].until(count, _ROLLOUT)

    def _path(self, name: str, sub: str = "") -> str:
        return path_of("apps/v1", "deployments", self._settings.namespace, name, sub)


def _target(scaler: JsonBody) -> str:
    return str(scaler["spec"]["scaleTargetRef"]["name"])


def _annotated(paused: str | None) -> JsonBody:
    return {"metadata": {"annotations": {PAUSED: paused}}}


def _scaled(count: int | None) -> JsonBody:
    return {"spec": {"replicas": count}}


def _running(containers: list[JsonBody]) -> JsonBody:
    return {"spec": {"template": {"spec": {"containers": containers}}}}


def _with_segments(container: JsonBody, segments: str) -> JsonBody:
    others = [one for one in container.get("env") or () if one["name"] != SEGMENTS]
    return container | {"env": [*others, {"name": SEGMENTS, "value": segments}]}
