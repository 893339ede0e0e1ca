"""Puts back what killed harnesses left changed, on every cluster that a restore file names."""

from __future__ import annotations

from harness.deployments.kubernetes.api import connect, path_of
from harness.deployments.kubernetes.context import check_context
from harness.deployments.kubernetes.lease import held
from harness.deployments.kubernetes.restore import Changes, apply, left_behind
from harness.model.errors import Exit, HarnessError


async def restore(allowed: str | None) -> list[str]:
    """A line for every change that was put back. Raises `HarnessError` (usage) for a context that is not allowed,
    (environment) for a cluster that does not answer or is another one by now; then its file stays."""
    return [line for kept in left_behind() for line in await _restore(kept, allowed)]


async def _restore(kept: Changes, allowed: str | None) -> list[str]:
    check_context(kept.context, allowed)
    async with connect(kept.context, kept.kubeconfig) as api:
        found = (await api.get(path_of("v1", "namespaces", None, "kube-system")))["metadata"]["uid"]
        if found != kept.cluster:
            raise HarnessError(
                f"The context {kept.context} leads to another cluster than the one that was changed.",
                "Point it back, or remove the restore file if that cluster is gone.",
                Exit.ENVIRONMENT,
            )
        async with held(api, kept.namespace):
            await apply(api, kept)
    return [f"put back in {kept.context}: {change.what}" for change in reversed(kept.changes)]
