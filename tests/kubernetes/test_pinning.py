"""Pools are pinned, and everything is put back: behind the block, behind an error, behind a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_server import ApiServer, Cluster
from api_server.cluster import CLUSTER_ID
from api_server.kinds import named

from harness.deployments.kubernetes import pinning
from harness.deployments.kubernetes.api import Api
from harness.deployments.kubernetes.crew import Crew
from harness.deployments.kubernetes.pinning import PAUSED, SEGMENTS, Pinning
from harness.deployments.kubernetes.restore import Journal, apply, left_behind
from harness.model.errors import HarnessError
from harness.model.kubernetes import Part, Pin, Settings

PYTHON, RUST = "noetl-worker", "noetl-worker-rust"


@pytest.fixture
async def crews(api: Api) -> AsyncIterator[Mapping[str, Crew]]:
    python, rust = (Crew(api, Part("noetl", f"app={name}"), None) for name in (PYTHON, RUST))
    async with python.watched(), rust.watched():
        yield {PYTHON: python, RUST: rust}


def pinned(api: Api, settings: Settings, crews: Mapping[str, Crew], pin: Pin = Pin.EXCLUSIVE) -> Pinning:
    journal = Journal(CLUSTER_ID, settings.context, settings.kubeconfig, "noetl")
    return Pinning(api, replace(settings, pin=pin), journal, crews)


def shape(cluster: Cluster) -> dict[str, Any]:
    """Everything that a pin changes, as it is now."""
    scalers = cluster.objects.list(named("ScaledObject"))
    deployments = cluster.objects.list(named("Deployment"))
    return {
        "replicas": {name: (cluster.replicas(name), len(cluster.pods(name))) for name in (PYTHON, RUST)},
        "paused": [(one["metadata"].get("annotations") or {}).get(PAUSED) for one in scalers],
        "containers": [one["spec"]["template"]["spec"]["containers"] for one in deployments],
    }


def files(state: Path) -> list[str]:
    """Names of the restore files that are there."""
    return sorted(path.name for path in state.glob("*"))


def segments(cluster: Cluster) -> str | None:
    """What the Python workers are told to take."""
    body = cluster.objects.get(named("Deployment"), "noetl", PYTHON)
    (container,) = body["spec"]["template"]["spec"]["containers"]
    return next((one["value"] for one in container["env"] if one["name"] == SEGMENTS), None)


@pytest.mark.parametrize(("works", "rests"), [(PYTHON, RUST), (RUST, PYTHON)])
async def test_exclusive(
    api: Api, settings: Settings, crews: Mapping[str, Crew], cluster: Cluster, state: Path, works: str, rests: str
) -> None:
    before = shape(cluster)
    async with pinned(api, settings, crews).pinned(works):
        assert (len(cluster.pods(rests)), cluster.replicas(rests)) == (0, 0)
        assert len(cluster.pods(works)) == before["replicas"][works][0]
        assert None not in shape(cluster)["paused"]
        assert len(files(state)) == 1
    assert shape(cluster) == before
    assert files(state) == []


async def test_segments_leaves_python_what_routes_to_it(
    api: Api, settings: Settings, crews: Mapping[str, Crew], cluster: Cluster
) -> None:
    before = shape(cluster)
    pins = pinned(api, settings, crews, Pin.SEGMENTS)
    async with pins.pinned(RUST):
        assert segments(cluster) == "python"
        assert (len(cluster.pods(PYTHON)), len(cluster.pods(RUST))) == (3, 1)
    assert shape(cluster) == before
    async with pins.pinned(PYTHON):
        assert segments(cluster) is None
        assert cluster.pods(RUST) == []
    assert shape(cluster) == before


async def test_observe_changes_nothing(
    api: Api, settings: Settings, crews: Mapping[str, Crew], server: ApiServer
) -> None:
    async with pinned(api, settings, crews, Pin.OBSERVE).pinned(RUST):
        pass
    assert {verb for verb, _ in server.requests} <= {"get", "list", "watch"}


async def test_an_error_in_the_block_puts_everything_back(
    api: Api, settings: Settings, crews: Mapping[str, Crew], cluster: Cluster
) -> None:
    before = shape(cluster)
    with pytest.raises(ZeroDivisionError):
        async with pinned(api, settings, crews).pinned(RUST):
            raise ZeroDivisionError
    assert shape(cluster) == before


async def test_pods_that_do_not_go_put_everything_back(
    api: Api, settings: Settings, crews: Mapping[str, Crew], cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinning, "_ROLLOUT", 0.1)
    before = shape(cluster)
    cluster.autoscale("noetl", "somebody-elses", "noetl-server")
    cluster.stubborn.add(PYTHON)
    with pytest.raises(HarnessError, match=r"3 of 3 pods of app=noetl-worker .* and 0 should be"):
        async with pinned(api, settings, crews).pinned(RUST):
            raise AssertionError
    cluster.stubborn.clear()
    cluster.reconcile()
    assert shape(cluster)["replicas"] == before["replicas"]


async def test_a_pool_without_pods_is_refused(
    api: Api, settings: Settings, crews: Mapping[str, Crew], cluster: Cluster
) -> None:
    for scaler in cluster.objects.list(named("ScaledObject")):
        cluster.objects.delete(named("ScaledObject"), "noetl", scaler["metadata"]["name"])
    await api.merge("/apis/apps/v1/namespaces/noetl/deployments/noetl-worker-rust/scale", {"spec": {"replicas": 0}})
    with pytest.raises(HarnessError, match="noetl-worker-rust in namespace noetl has no pods"):
        async with pinned(api, settings, crews).pinned(RUST):
            raise AssertionError


async def test_a_pause_that_was_there_before_stays(
    api: Api, settings: Settings, crews: Mapping[str, Crew], cluster: Cluster
) -> None:
    path = "/apis/keda.sh/v1alpha1/namespaces/noetl/scaledobjects/noetl-worker-scaler-worker-cpu-01"
    await api.merge(path, {"metadata": {"annotations": {PAUSED: "3"}}})
    before = shape(cluster)
    async with pinned(api, settings, crews).pinned(RUST):
        assert cluster.pods(PYTHON) == []
    assert shape(cluster) == before


_KILLED = """
import asyncio, os, signal, sys
sys.path.insert(0, {tests!r})
from test_pinning import *
async def main():
    settings = Settings(kubeconfig={kubeconfig!r}, pin=Pin({pin!r}))
    async with connect(settings.context, settings.kubeconfig) as api:
        async with Crew(api, Part("noetl", "app=noetl-worker"), None).watched() as python:
            async with Crew(api, Part("noetl", "app=noetl-worker-rust"), None).watched() as rust:
                async with pinned(api, settings, {{PYTHON: python, RUST: rust}}, settings.pin).pinned({works!r}):
                    os.kill(os.getpid(), signal.SIGKILL)
from harness.deployments.kubernetes.api import connect
asyncio.run(main())
"""


@pytest.mark.parametrize(("pin", "works"), [(Pin.EXCLUSIVE, PYTHON), (Pin.EXCLUSIVE, RUST), (Pin.SEGMENTS, RUST)])
async def test_a_harness_that_was_killed_is_cleaned_up_behind(
    api: Api, settings: Settings, cluster: Cluster, state: Path, pin: Pin, works: str
) -> None:
    before = shape(cluster)
    program = _KILLED.format(tests=os.path.dirname(__file__), kubeconfig=settings.kubeconfig, pin=str(pin), works=works)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
    assert shape(cluster) != before
    (kept,) = left_behind()
    assert (kept.context, kept.cluster) == (settings.context, CLUSTER_ID)
    await apply(api, kept)
    assert shape(cluster) == before
    assert files(state) == []


async def test_the_changes_of_a_harness_that_lives_are_left_alone(
    api: Api, settings: Settings, crews: Mapping[str, Crew]
) -> None:
    async with pinned(api, settings, crews).pinned(RUST):
        assert list(left_behind()) == []


def test_a_damaged_restore_file_is_told(state: Path) -> None:
    state.mkdir(parents=True)
    (state / "x.json").write_text("{", encoding="utf-8")
    with pytest.raises(HarnessError, match=r"x\.json is damaged"):
        list(left_behind())
