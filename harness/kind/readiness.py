"""What of a cluster is ready: its pods, and the durables that the workers make, which come after their pods."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import aiohttp

from harness.deployments.kubernetes.api import Api, JsonBody, Refused, path_of
from harness.deployments.kubernetes.forward import Forward
from harness.deployments.kubernetes.pods import name_of
from harness.model.errors import Exit, HarnessError
from harness.model.kind import PartState
from harness.model.kubernetes import Settings
from harness.noetl.streams import TIMEOUT, MonitorReader
from harness.patience import patiently

DURABLES = ("noetl_worker_pool_shared", "noetl_worker_pool_python", "noetl_worker_pool_system")
"""Those that the pools of the manifests consume. A Python worker waits at each (spec: noetl-operations 1.4)."""

_PLURALS = {"Deployment": "deployments", "StatefulSet": "statefulsets"}


async def workload_state(api: Api, wanted: JsonBody) -> PartState:
    """Whether all pods of a workload are there, made as it says now, and ready."""
    namespace, name = wanted["metadata"]["namespace"], name_of(wanted)
    try:
        body = await api.get(path_of("apps/v1", _PLURALS[wanted["kind"]], namespace, name))
    except Refused as refused:
        if refused.code != 404:
            raise
        return PartState(name, False, f"there is none in namespace {namespace}")
    status, count = body.get("status") or {}, int(body["spec"]["replicas"])
    ready = int(status.get("readyReplicas", 0))
    current = status.get("observedGeneration", 0) >= body["metadata"].get("generation", 0)
    whole = current and status.get("updatedReplicas", 0) == count == ready == status.get("replicas", 0)
    waits = "" if whole else await _holding_up(api, namespace, wanted)
    return PartState(name, bool(whole and count), f"{ready} of {count} pods ready{waits}")


async def durables_state(api: Api, settings: Settings) -> list[PartState]:
    """Whether a worker waits at each durable, as the NATS monitor sees it."""
    async with AsyncExitStack() as stack:
        try:
            forward = await stack.enter_async_context(Forward(api, settings.nats, _same).open())
            session = await stack.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT))
            monitor = MonitorReader(session, f"http://127.0.0.1:{forward.port}", settings.nats_account, _STREAM)
            waiting = {one.name: one.waiting for one in (await monitor.state()).consumers}
        except HarnessError as error:
            return [PartState(name, False, error.what) for name in DURABLES]
    return [_durable(name, waiting.get(name)) for name in DURABLES]


async def until_ready(api: Api, wanted: Sequence[JsonBody], settings: Settings | None, seconds: float) -> None:
    """Wait for the workloads, and with `settings` for the durables. Raises `HarnessError` (environment) that says of
    each what is not ready after `seconds`."""
    late: list[PartState] = []
    async for _ in patiently(seconds):
        states = [await workload_state(api, one) for one in wanted]
        if settings is not None and all(state.ready for state in states):
            states += await durables_state(api, settings)
        late = [state for state in states if not state.ready]
        if not late:
            return
    raise HarnessError(
        f"Not ready after {seconds:.0f} s: {'; '.join(f'{state.name} ({state.seen})' for state in late)}.",
        "Look at them with `noetl-harness env up --keep` and `noetl-harness env status`.",
        Exit.ENVIRONMENT,
    )


_STREAM = "NOETL_COMMANDS"


def _durable(name: str, waiting: int | None) -> PartState:
    if waiting is None:
        return PartState(name, False, "nobody has made it yet")
    return PartState(name, waiting > 0, f"{waiting} waiting" if waiting else "no worker waits at it")


async def _same() -> None:
    """The forward lives for one answer: the cluster behind it can not be changed meanwhile without being seen."""


async def _holding_up(api: Api, namespace: str, wanted: JsonBody) -> str:
    """Why containers of its pods do not run, in Kubernetes' own words: `: ImagePullBackOff`."""
    labels = ",".join(f"{key}={value}" for key, value in wanted["spec"]["selector"]["matchLabels"].items())
    pods = await api.items(path_of("v1", "pods", namespace), labels)
    reasons = {str(state["waiting"]["reason"]) for pod in pods for state in _states(pod) if "waiting" in state}
    return f": {', '.join(sorted(reasons))}" if reasons else ""


def _states(pod: JsonBody) -> list[dict[str, Any]]:
    status = pod.get("status") or {}
    every = (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ()))
    return [one.get("state") or {} for one in every]
