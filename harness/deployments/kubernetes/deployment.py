"""A NoETL on Kubernetes from the first question to the last thing put back.

Both pools share one control plane, one database and one stream, so each side has a shift of its own in which only its
pool takes commands (`pinning`). A pod that ends under a run is a loss, as a process is on this machine: what ran then
is worth nothing, and nobody is to blame for it but the environment.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.deployments.base import ONE_BY_ONE, Deployment, Shift
from harness.deployments.kubernetes.access import Access, read_access
from harness.deployments.kubernetes.api import Api, connect
from harness.deployments.kubernetes.crew import Crew
from harness.deployments.kubernetes.execution_pool import check_asked, check_server
from harness.deployments.kubernetes.forward import Forward
from harness.deployments.kubernetes.identity import check_declared, check_same, identity, images_of
from harness.deployments.kubernetes.lease import Held, held
from harness.deployments.kubernetes.pinning import Pinning
from harness.deployments.kubernetes.restore import Journal, apply, left_behind
from harness.deployments.kubernetes.rights import check_rights, needed
from harness.deployments.kubernetes.site import site_of
from harness.model.deployment import DeploymentRequest
from harness.model.doctor import Site
from harness.model.errors import Exit, HarnessError
from harness.model.kubernetes import Part, Pin, Settings, Urls
from harness.model.lane import Inside, Lane, LogSource, Side
from harness.model.pool import PoolSpec, Runtime

_SERVER = "server"


@asynccontextmanager
async def open_kubernetes(settings: Settings, pools: DeploymentRequest) -> AsyncIterator[Deployment]:
    """Lanes on the cluster of `settings`, whose context must have been allowed before. What an earlier harness left
    changed is put back first.

    Raises `HarnessError` (usage) for pools that are not there, (environment) for a cluster that does not answer,
    refuses, is another one than declared, or that another harness works on.
    """
    workers = _workers(settings, pools)
    if settings.pin is Pin.EXECUTION_POOL:
        check_asked(settings, pools)
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(connect(settings.context, settings.kubeconfig))
        await check_rights(api, needed(settings))
        known = await identity(api, settings)
        check_declared(settings, known)
        lease = await stack.enter_async_context(held(api, settings.namespace))
        await _clean_up(api, known.cluster, settings.namespace)
        access = await read_access(api, settings)
        urls, forwards = await _reach(api, settings, stack, partial(check_same, api, settings, known))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="noetl-harness-logs-")))
        crews = {part: Crew(api, part, None) for part in (settings.postgres, settings.nats, settings.test_server)}
        crews[settings.server] = Crew(api, settings.server, folder / _SERVER)
        hands = {name: Crew(api, settings.part(name), folder / name) for name in sorted(settings.workers)}
        for crew in (*crews.values(), *hands.values()):
            await stack.enter_async_context(crew.watched())
        journal = Journal(known.cluster, settings.context, settings.kubeconfig, settings.namespace)
        pinning = Pinning(api, settings, journal, hands)
        lanes = {side: _lane(settings, pools, side, access, urls, folder) for side in Side}
        if settings.pin is Pin.EXECUTION_POOL:
            await check_server(str(urls.server))
        images = await images_of(api, settings)
        site = partial(site_of, api, settings, known, workers=_pools(workers, pools), routing=pools.routing)
        yield KubernetesLanes(
            settings, lanes, workers, pinning, [*crews.values()], hands, forwards, lease, folder, images, site
        )


class KubernetesLanes:
    """The deployment. Use `open_kubernetes`."""

    kept = False
    ours = False
    shifts: tuple[Shift, ...] = ONE_BY_ONE

    def __init__(
        self,
        settings: Settings,
        lanes: Mapping[Side, Lane],
        workers: Mapping[Side, str],
        pinning: Pinning,
        crews: Sequence[Crew],
        hands: Mapping[str, Crew],
        forwards: Sequence[Forward],
        lease: Held,
        folder: Path,
        images: Mapping[str, str],
        site: Callable[[], Awaitable[Site]],
    ) -> None:
        self.lanes = lanes
        self.images = images
        self._settings = settings
        self._workers = workers
        self._pinning = pinning
        self._crews = crews
        self._hands = hands
        self._forwards = forwards
        self._lease = lease
        self._folder = folder
        self._site = site

    async def check(self) -> None:
        """Each forward has to take a connection now."""
        await asyncio.gather(*(forward.check() for forward in self._forwards))

    def lost(self) -> tuple[str, ...]:
        """Pods that ended, logs that are incomplete, forwards that can not be had again, and the Lease."""
        pods = [loss for crew in (*self._crews, *self._hands.values()) for loss in crew.losses()]
        ways = [forward.lost for forward in self._forwards if forward.lost]
        return (*pods, *ways, *([self._lease.lost] if self._lease.lost else ()))

    async def site(self) -> Site:
        """See `site_of`."""
        return await self._site()

    @asynccontextmanager
    async def at_work(self, shift: Shift) -> AsyncIterator[Mapping[Side, Lane]]:
        """Pin the pool of this shift, and put everything back behind the block."""
        (side,) = shift
        async with self._pinning.pinned(self._workers[side]):
            await self.check()
            if lost := self.lost():
                raise HarnessError(lost[0], "Look at the pods and at the cluster.", Exit.ENVIRONMENT)
            everybody = (*self._crews, *self._hands.values())
            for crew in everybody:
                crew.expect()
            try:
                yield {side: self._with_logs(self.lanes[side])}
            finally:
                for crew in everybody:
                    crew.release()

    def _with_logs(self, lane: Lane) -> Lane:
        """The lane with the logs of the workers that are there in its shift."""
        works = self._workers[lane.side]
        found = [self._source(works, lane.pool)]
        if self._settings.pin in (Pin.SEGMENTS, Pin.OBSERVE):
            others = (name for name, crew in self._hands.items() if name != works and crew.ready())
            found += [self._source(name, lane.python_pool) for name in others if self._is_python(name)]
        return replace(lane, logs=(*lane.logs, *found))

    def _is_python(self, name: str) -> bool:
        return dict(self._settings.deployments).get(Runtime.PYTHON) == name

    def _source(self, name: str, pool: PoolSpec) -> LogSource:
        return LogSource(str(self._folder / name / "*.log"), pool.id, pattern=True)


def _workers(settings: Settings, pools: DeploymentRequest) -> dict[Side, str]:
    """The deployment whose pods each side's pool is."""
    found: dict[Side, str] = {}
    for side, pool in ((Side.REFERENCE, pools.reference), (Side.CANDIDATE, pools.candidate)):
        name = settings.deployment_of(pool.id, pool.runtime)
        if name is None:
            raise HarnessError(
                f"The file names no deployment whose pods are {pool.id}.", "Name it there, under `deployments`."
            )
        found[side] = name
    if len(set(found.values())) < len(found) and settings.pin is not Pin.OBSERVE:
        raise HarnessError(
            f"Both pools would be the deployment {found[Side.REFERENCE]}.",
            "Name one for each pool in the file, under `deployments`, by the pools' ids.",
        )
    return found


def _pools(workers: Mapping[Side, str], pools: DeploymentRequest) -> dict[str, str]:
    """The deployment of each pool, by the pool's id."""
    return {pools.reference.id: workers[Side.REFERENCE], pools.candidate.id: workers[Side.CANDIDATE]}


async def _clean_up(api: Api, cluster: str, namespace: str) -> None:
    for kept in left_behind():
        if (kept.cluster, kept.namespace) == (cluster, namespace):
            await apply(api, kept)


async def _reach(
    api: Api, settings: Settings, stack: AsyncExitStack, same: Callable[[], Awaitable[None]]
) -> tuple[Urls, list[Forward]]:
    """The address of each service, and the forwards behind those that no address was given for."""
    forwards: list[Forward] = []

    async def address(given: str | None, part: Part) -> str:
        if given is not None:
            return given
        forward = await stack.enter_async_context(Forward(api, part, same).open())
        forwards.append(forward)
        return f"127.0.0.1:{forward.port}"

    urls = settings.urls
    reached = Urls(
        server=_http(await address(urls.server, settings.server)),
        postgres=await address(urls.postgres, settings.postgres),
        nats_monitor=_http(await address(urls.nats_monitor, settings.nats)),
        test_server=_http(await address(urls.test_server, settings.test_server)),
    )
    return reached, forwards


def _http(address: str) -> str:
    return address if "://" in address else f"http://{address}"


def _lane(settings: Settings, pools: DeploymentRequest, side: Side, access: Access, urls: Urls, folder: Path) -> Lane:
    pool = pools.reference if side is Side.REFERENCE else pools.candidate
    inside = settings.inside
    postgres = str(urls.postgres)
    return Lane(
        side=side,
        pool=pool,
        python_pool=pool if pool.runtime is Runtime.PYTHON else pools.python_pool,
        server_url=str(urls.server),
        dsn=access.dsn(postgres),
        tenant_dsn=access.tenant_dsn(postgres),
        nats_url="",
        monitor_url=str(urls.nats_monitor),
        account=settings.nats_account,
        test_server_url=str(urls.test_server),
        logs=(LogSource(str(folder / _SERVER / "*.log"), None, pattern=True),),
        schema=access.schema,
        stream=access.stream,
        inside=Inside(inside.server, access.tenant_dsn(inside.postgres), inside.test_server),
        execution_pool=settings.execution_pool_of(pool.id, pool.runtime),
    )
