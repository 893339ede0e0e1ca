"""One kind cluster: whether it is there, and whether it is ours to change."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.deployments.kubernetes.api import connect, path_of
from harness.files.project import project_root
from harness.kind.programs import call
from harness.model.errors import Exit, HarnessError

MARK = "noetl-harness/env=true"
"""The label of the nodes of each cluster that the harness has made."""

_STARTING = "180s"
"""In which a new cluster must take pods."""


def definitions() -> Path:
    """Where the cluster's configuration and the manifests are."""
    return project_root() / "fixtures" / "kind"


_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A kind cluster by its name, and the folder of this machine that keeps how it is reached.

    Raises `HarnessError` (usage) for a name that can be none.
    """

    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise HarnessError(
                f"{self.name!r} can not be the name of a kind cluster.",
                "Take up to 50 small letters, digits and hyphens, a letter or digit first and last.",
            )

    @property
    def context(self) -> str:
        """Its context, as kind names it."""
        return f"kind-{self.name}"

    @property
    def folder(self) -> Path:
        """Beside the restore files, and as these for as long as the cluster: no temporary folder."""
        state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
        return Path(state).expanduser() / "noetl-harness" / "kind" / self.name

    @property
    def kubeconfig(self) -> Path:
        """A file of its own: the user's kubeconfig is left as it is."""
        return self.folder / "kubeconfig"

    @property
    def target(self) -> Path:
        """The file for `--target kubernetes:FILE`."""
        return self.folder / "target.yaml"

    async def exists(self) -> bool:
        """Whether kind has a cluster of this name, whoever made it."""
        return self.name in (await call("kind", "get", "clusters")).split()

    async def adopt(self) -> None:
        """Learn how a cluster that exists is reached. Raises `HarnessError` (environment) for one that the harness has
        not made: nothing in it is touched."""
        self._make_folder()
        await call("kind", "export", "kubeconfig", "--name", self.name, "--kubeconfig", str(self.kubeconfig))
        async with connect(self.context, str(self.kubeconfig)) as api:
            if await api.items(path_of("v1", "nodes"), MARK):
                return
        raise HarnessError(
            f"The kind cluster {self.name} was not made by `noetl-harness env up`, so it is left alone.",
            f"Take another name (--cluster NAME), or remove it yourself: kind delete cluster --name {self.name}",
            Exit.ENVIRONMENT,
        )

    async def create(self, node: str) -> None:
        """`node` is the image of its node."""
        self._make_folder()
        named = ("--name", self.name, "--kubeconfig", str(self.kubeconfig))
        config = str(definitions() / "cluster.yaml")
        await call("kind", "create", "cluster", *named, "--image", node, "--config", config, "--wait", _STARTING)

    async def load(self, images: Sequence[str]) -> None:
        """Copy images of this machine into it."""
        if images:
            await call("kind", "load", "docker-image", *images, "--name", self.name)

    async def apply(self, manifests: str) -> None:
        """Make the cluster have these objects, or have them so."""
        where = (f"--kubeconfig={self.kubeconfig}", f"--context={self.context}")
        await call("kubectl", "apply", *where, "-f", "-", stdin=manifests)

    async def delete(self) -> None:
        """The cluster, and what is kept of it here."""
        await call("kind", "delete", "cluster", "--name", self.name, "--kubeconfig", str(self.kubeconfig))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
