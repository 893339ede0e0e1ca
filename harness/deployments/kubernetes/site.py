"""What a cluster tells of itself before a run."""

from __future__ import annotations

from collections.abc import Mapping

from harness.deployments.kubernetes.api import Api, path_of
from harness.deployments.kubernetes.identity import Identity, images_of
from harness.deployments.kubernetes.pods import is_ready, name_of, replaced, why_ended
from harness.model.doctor import PodState, Site
from harness.model.kubernetes import Part, Settings
from harness.reference.routing import RUST_SERVER

_ROUTING = "NOETL_COMMAND_ROUTING_ENABLED"


async def site_of(api: Api, settings: Settings, known: Identity, *, workers: Mapping[str, str], routing: str) -> Site:
    """`known` is what the cluster was when the run began, `workers` the deployment of each pool, by the pool's id. Pods
    behind an address of their own (`urls`) need not be in the cluster. Where `routing` is that of a Rust server, there
    is no flag for it."""
    config = (await api.get(path_of("v1", "configmaps", settings.namespace, settings.config))).get("data") or {}
    images = await images_of(api, settings)
    return Site(
        context=f"{settings.context}: {known}",
        pods={name: await _pods(api, name, part) for name, part in _parts(settings, workers).items()},
        routing=None if routing == RUST_SERVER else str(config.get(_ROUTING, "")),
        images={pool: images[name] for pool, name in workers.items() if name in images},
    )


def _parts(settings: Settings, workers: Mapping[str, str]) -> dict[str, Part]:
    urls = settings.urls
    services = {
        "server": (settings.server, urls.server),
        "postgres": (settings.postgres, urls.postgres),
        "nats": (settings.nats, urls.nats_monitor),
        "test-server": (settings.test_server, urls.test_server),
    }
    found = {name: part for name, (part, url) in services.items() if url is None}
    return found | {name: settings.part(name) for name in workers.values()}


async def _pods(api: Api, part: str, where: Part) -> tuple[PodState, ...]:
    pods = await api.items(path_of("v1", "pods", where.namespace), where.labels)
    return tuple(PodState(part, name_of(pod), is_ready(pod), replaced(pod), why_ended(pod)) for pod in pods)
