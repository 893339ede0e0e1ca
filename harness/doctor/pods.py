"""Whether the pods are ready, and have been for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from harness.model.doctor import Answer, PodState, Site, State
from harness.model.lane import Lane

_STABLE = timedelta(minutes=10)
"""After so long without a restart the kubelet itself counts a container as stable and forgets its back-off."""


async def check(site: Site, lane: Lane) -> Answer:
    """A part of NoETL without a ready pod fails; a pod that is not ready, or was restarted lately, is a warning."""
    if site.pods is None:
        return Answer(State.ABSENT, "no pods here")
    if missing := [part for part, pods in site.pods.items() if not any(pod.ready for pod in pods)]:
        todo = "See what holds them up: kubectl get pods --all-namespaces"
        return Answer(State.FAIL, f"no pod is ready of {', '.join(missing)}", todo)
    pods = [pod for some in site.pods.values() for pod in some]
    if unsteady := [text for pod in pods if (text := _unsteady(pod))]:
        return Answer(State.WARN, "; ".join(unsteady), "Wait until they stay, or see why they do not: kubectl logs -p")
    return Answer(State.OK, f"{len(pods)} pods are ready and stay")


def _unsteady(pod: PodState) -> str | None:
    if not pod.ready:
        return f"{pod.name} is not ready"
    if pod.replaced is not None and datetime.now(UTC) - pod.replaced < _STABLE:
        return f"{pod.name} was restarted at {pod.replaced:%H:%M:%S}: {pod.why}"
    return None
