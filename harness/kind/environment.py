"""`noetl-harness env`: a NoETL on a kind cluster, up, down, and how it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from harness.deployments.kubernetes.api import Api, connect
from harness.kind.cluster import Cluster
from harness.kind.manifests import NAMESPACES, STAGES, as_text, manifests, workloads
from harness.kind.programs import check_programs
from harness.kind.readiness import durables_state, until_ready, workload_state
from harness.kind.secrets import make_secrets
from harness.model.errors import Exit, HarnessError
from harness.model.kind import Images, PartState
from harness.model.kubernetes import Pin, Settings

_PATIENCE = 600.0
"""Seconds in which the pods of one stage must be ready: a node may have gigabytes of images to fetch."""

Tell = Callable[[str], None]


async def up(name: str, images: Images, *, keep: bool, tell: Tell, seconds: float = _PATIENCE) -> Path:
    """Make the cluster and everything in it, or bring one that was made before to these images. Returns the file for
    `--target kubernetes:FILE`. What was started is removed again when it fails half-way, unless `keep`.

    Raises `HarnessError` (environment) for a program that is missing, a cluster of somebody else, or parts that do not
    become ready.
    """
    check_programs()
    cluster = Cluster(name)
    async with _made(cluster, images, keep=keep, tell=tell):
        await cluster.load(images.loaded())
        await cluster.apply(as_text(manifests(images, NAMESPACES)))
        async with connect(cluster.context, str(cluster.kubeconfig)) as api:
            await make_secrets(api)
            for stage in STAGES:
                tell(f"starting {', '.join(stage)} ...")
                objects = manifests(images, *stage)
                await cluster.apply(as_text(objects))
                last = stage is STAGES[-1]
                await until_ready(api, workloads(objects), Settings() if last else None, seconds)
    _write_target(cluster, images)
    return cluster.target


async def down(name: str) -> bool:
    """Remove the cluster. Returns whether there was one. Raises `HarnessError` (environment) for one of somebody
    else."""
    check_programs()
    cluster = Cluster(name)
    if not await cluster.exists():
        return False
    await cluster.adopt()
    await cluster.delete()
    return True


async def status(name: str) -> list[PartState]:
    """A line for each part. Raises `HarnessError` (environment) where there is no such cluster, or one of somebody
    else."""
    check_programs()
    cluster = Cluster(name)
    if not await cluster.exists():
        raise HarnessError(
            f"There is no kind cluster {name}.", "Make it: noetl-harness env up --images FILE", Exit.ENVIRONMENT
        )
    await cluster.adopt()
    async with connect(cluster.context, str(cluster.kubeconfig)) as api:
        return await _states(api)


async def _states(api: Api) -> list[PartState]:
    parts = [one for stage in STAGES for one in workloads(manifests(None, *stage))]
    return [*[await workload_state(api, one) for one in parts], *await durables_state(api, Settings())]


@asynccontextmanager
async def _made(cluster: Cluster, images: Images, *, keep: bool, tell: Tell) -> AsyncIterator[None]:
    """The cluster is there inside the block. One that was made for it goes when the block fails, unless `keep`."""
    if await cluster.exists():
        await cluster.adopt()
        yield
        return
    try:
        tell(f"making the kind cluster {cluster.name} ...")
        await cluster.create(images.node)
        yield
    except BaseException:
        if not keep:
            await _remove(cluster, tell)
        raise


async def _remove(cluster: Cluster, tell: Tell) -> None:
    """What could not be removed is told: the error that led here is the one to raise."""
    tell(f"removing the kind cluster {cluster.name} ...")
    try:
        await cluster.delete()
    except HarnessError as error:
        tell(f"{error.what}\n  Remove it yourself: kind delete cluster --name {cluster.name}")


def _write_target(cluster: Cluster, images: Images) -> None:
    _, at, digest = images.server.partition("@")
    declared = digest if at else f":{images.server.rpartition(':')[2]}"
    # Beside the Rust pool, what routes to the Python pool needs one that takes it.
    content = {
        "context": cluster.context,
        "kubeconfig": cluster.kubeconfig.name,
        "pin": Pin.SEGMENTS.value,
        "server_image": declared,
    }
    cluster.target.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
