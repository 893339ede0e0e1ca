"""Pods as they are now, and what has become of them since a run began."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

import aiohttp

from harness.deployments.kubernetes.api import Api, JsonBody, Refused, path_of
from harness.model.errors import HarnessError
from harness.model.kubernetes import Part

_AGAIN = 0.2
"""Seconds before a watch that ended is opened again."""


def name_of(body: JsonBody) -> str:
    """The name of any object."""
    return str(body["metadata"]["name"])


def is_ready(pod: JsonBody) -> bool:
    """Whether a pod takes work and is not about to go."""
    conditions = pod.get("status", {}).get("conditions") or ()
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def restarts(pod: JsonBody) -> int:
    """How many containers of the pod have been replaced."""
    return sum(int(one["restartCount"]) for one in _statuses(pod))


def why_ended(pod: JsonBody) -> str:
    """Why the last container that was replaced had ended: `OOMKilled, exit code 137`."""
    ended = [(one.get("lastState") or {}).get("terminated") for one in _statuses(pod)]
    return "; ".join(f"{one.get('reason', 'Error')}, exit code {one.get('exitCode')}" for one in ended if one)


def replaced(pod: JsonBody) -> datetime | None:
    """When a container of the pod last ended and was replaced."""
    ended = [(one.get("lastState") or {}).get("terminated") for one in _statuses(pod)]
    return max((_moment(one["finishedAt"]) for one in ended if one and one.get("finishedAt")), default=None)


def images(pod: JsonBody) -> list[tuple[str, str]]:
    """Image and digest of each container."""
    return [(str(one["image"]), str(one.get("imageID") or "")) for one in _statuses(pod)]


def containers(pod: JsonBody) -> list[str]:
    """Names of the pod's containers: a worker's pod may have one for each segment."""
    return [str(one["name"]) for one in pod["spec"]["containers"]]


async def watch(api: Api, part: Part) -> AsyncIterator[Mapping[str, JsonBody]]:
    """The pods of `part` by name: now, and again at every change, for ever. A watch that breaks, or that is too old for
    the API (410), begins anew with a list. Raises `HarnessError` where the list can not be had."""
    path = path_of("v1", "pods", part.namespace)
    while True:
        listed = await api.get(path, labelSelector=part.labels)
        pods = {name_of(pod): pod for pod in listed["items"]}
        yield dict(pods)
        query = {"watch": "true", "labelSelector": part.labels, "resourceVersion": _version(listed)}
        try:
            async with api.stream(path, **query) as lines:
                async for line in lines:
                    change = json.loads(line)
                    if change["type"] == "ERROR":
                        break
                    _apply(pods, change)
                    yield dict(pods)
        except (aiohttp.ClientError, ConnectionError):
            pass
        except Refused as refused:
            if refused.code != 410:
                raise
        except HarnessError:
            pass  # the list says whether it is gone for good
        await asyncio.sleep(_AGAIN)


def _apply(pods: dict[str, JsonBody], change: JsonBody) -> None:
    name = name_of(change["object"])
    if change["type"] == "DELETED":
        pods.pop(name, None)
    elif change["type"] in ("ADDED", "MODIFIED"):
        pods[name] = change["object"]


def _version(body: JsonBody) -> str:
    return str(body["metadata"]["resourceVersion"])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _statuses(pod: JsonBody) -> list[JsonBody]:
    return list(pod.get("status", {}).get("containerStatuses") or ())
