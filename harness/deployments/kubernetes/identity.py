"""Which cluster this is, and what runs in it."""

from __future__ import annotations

from dataclasses import dataclass

from harness.deployments.kubernetes.api import Api, path_of
from harness.deployments.kubernetes.forward import Changed
from harness.deployments.kubernetes.pods import images
from harness.model.errors import Exit, HarnessError
from harness.model.kubernetes import Settings


@dataclass(frozen=True, slots=True)
class Identity:
    """`cluster` is the uid of its namespace kube-system, which is as old as the cluster and has no second; `server` are
    the images of NoETL's server with their digests."""

    cluster: str
    server: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"cluster {self.cluster}, server {', '.join(digest or image for image, digest in self.server)}"


async def identity(api: Api, settings: Settings) -> Identity:
    """Raises `HarnessError` (environment) where the cluster does not say."""
    cluster = await api.get(path_of("v1", "namespaces", None, "kube-system"))
    part = settings.server
    pods = await api.items(path_of("v1", "pods", part.namespace), part.labels)
    return Identity(str(cluster["metadata"]["uid"]), tuple(sorted({image for pod in pods for image in images(pod)})))


async def images_of(api: Api, settings: Settings) -> dict[str, str]:
    """Image and digest of the server and of each deployment of workers; what has no pods is left out."""
    parts = {"server": settings.server} | {name: settings.part(name) for name in settings.workers}
    found: dict[str, str] = {}
    for name, part in sorted(parts.items()):
        pods = await api.items(path_of("v1", "pods", part.namespace), part.labels)
        if shown := sorted({f"{image} {digest}".strip() for pod in pods for image, digest in images(pod)}):
            found[name] = ", ".join(shown)
    return found


def check_declared(settings: Settings, found: Identity) -> None:
    """Raises `HarnessError` (environment) where NoETL's server is another one than the settings declare."""
    declared = settings.server_image
    if declared is None or (found.server and all(declared in " ".join(image) for image in found.server)):
        return
    runs = ", ".join(image for image, _ in found.server) or "nothing"
    raise HarnessError(
        f"The server in namespace {settings.server.namespace} runs {runs}, and {declared} is declared.",
        "Load the right image, or mend `server_image`.",
        Exit.ENVIRONMENT,
    )


async def check_same(api: Api, settings: Settings, known: Identity) -> None:
    """Raises `Changed` when another cluster answers, or another server runs in it. No pod of it says nothing."""
    found = await identity(api, settings)
    if found.cluster != known.cluster or (found.server and found.server != known.server):
        raise Changed(
            f"The context {settings.context} leads elsewhere now: it was {known}, it is {found}.",
            "Point the context back, and run again.",
            Exit.ENVIRONMENT,
        )
