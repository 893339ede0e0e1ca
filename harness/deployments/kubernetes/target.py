"""`--target kubernetes:FILE`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from harness.deployments.base import Deployment
from harness.deployments.kubernetes.context import check_context
from harness.deployments.kubernetes.deployment import open_kubernetes
from harness.files.kubernetes import load_kubernetes
from harness.model.deployment import DeploymentRequest
from harness.model.kubernetes import Settings

OPTIONS = ("allow_context",)


@dataclass(frozen=True, slots=True)
class KubernetesTarget:
    """What the file `place` says of a cluster that may be touched."""

    place: str
    settings: Settings

    @property
    def name(self) -> str:
        """As it is given on a command line."""
        return f"kubernetes:{self.place}"

    def pools(self, request: DeploymentRequest) -> DeploymentRequest:
        """Whatever runs there, our workers do not play it."""
        return request.real()

    def open(self, request: DeploymentRequest) -> AbstractAsyncContextManager[Deployment]:
        """See `open_kubernetes`."""
        return open_kubernetes(self.settings, self.pools(request))


def target(place: str, options: Mapping[str, str]) -> KubernetesTarget:
    """From the command line. Raises `HarnessError` (usage) for a file that is not sound, and for a context that is not
    allowed."""
    settings = load_kubernetes(Path(place))
    check_context(settings.context, options.get("allow_context"))
    return KubernetesTarget(place, settings)
