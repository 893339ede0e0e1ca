"""What the doctor sees of a cluster, and what it ends a run with."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from api_server import ApiServer, Cluster
from api_server.cluster import CLUSTER_ID
from api_server.kinds import named
from foreign import READER_PASSWORD, Foreign
from noetl_in_pods import deploy_noetl, target_file
from test_kubernetes_suite import harness

from harness.deployments.kubernetes.api import Api
from harness.deployments.kubernetes.identity import identity
from harness.deployments.kubernetes.site import site_of
from harness.doctor import context, pods, routing
from harness.files.pools import load_pool
from harness.model.doctor import Answer, Site, State
from harness.model.kubernetes import Settings, Urls
from harness.model.lane import Lane, Side
from harness.reference.routing import DEFAULT_RELEASE, RUST_SERVER

PYTHON = load_pool("python")
LANE = Lane(Side.REFERENCE, PYTHON, PYTHON, "http://nowhere", "", "", "", "", "", "", ())
WORKERS = {"python@4.12.0": "noetl-worker", "rust@5.15.1": "noetl-worker-rust"}


async def site(api: Api, settings: Settings, release: str = DEFAULT_RELEASE) -> Site:
    return await site_of(api, settings, await identity(api, settings), workers=WORKERS, routing=release)


async def test_a_rust_server_has_no_flag_for_its_routing(api: Api, settings: Settings) -> None:
    told = await routing.check(await site(api, settings, RUST_SERVER), LANE)
    assert told.state is State.ABSENT


async def test_what_a_cluster_tells(api: Api, settings: Settings) -> None:
    seen = await site(api, settings)
    assert seen.pods
    assert {part: len(found) for part, found in seen.pods.items()} == {
        "server": 1,
        "postgres": 1,
        "nats": 1,
        "test-server": 1,
        "noetl-worker": 3,
        "noetl-worker-rust": 1,
    }
    assert seen.images["rust@5.15.1"].startswith("localhost/noetl-worker:dev ")
    assert (await context.check(seen, LANE)).what.startswith(f"kind-noetl: cluster {CLUSTER_ID}, server ")
    assert (await pods.check(seen, LANE)).state is State.OK


async def test_a_part_behind_an_address_needs_no_pod(api: Api, cluster: Cluster) -> None:
    seen = await site(api, Settings(urls=Urls(server="http://s", postgres="p:1", nats_monitor="http://n")))
    assert seen.pods
    assert seen.pods.keys() == {"test-server", "noetl-worker", "noetl-worker-rust"}


async def test_a_pod_that_was_restarted_just_now(api: Api, settings: Settings, cluster: Cluster) -> None:
    (pod,) = cluster.pods("noetl-worker-rust")
    cluster.restart("noetl", pod, reason="OOMKilled", code=137)
    told = await pods.check(await site(api, settings), LANE)
    assert told.state is State.WARN
    assert told.what.startswith(f"{pod} was restarted at ")
    assert told.what.endswith("OOMKilled, exit code 137")


@pytest.mark.parametrize(
    ("app", "text"), [("postgres", "no pod is ready of postgres"), ("noetl-worker", "is not ready")]
)
async def test_a_pod_that_is_not_ready(api: Api, settings: Settings, cluster: Cluster, app: str, text: str) -> None:
    pod = next(one for one in cluster.objects.list(named("Pod")) if one["metadata"]["labels"]["app"] == app)
    pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    cluster.objects.replace(named("Pod"), pod["metadata"]["namespace"], pod)
    told = await pods.check(await site(api, settings), LANE)
    assert (text in told.what, told.state is State.OK) == (True, False)


@pytest.mark.parametrize(("value", "state"), [("true", State.OK), ("false", State.FAIL), (None, State.FAIL)])
async def test_the_routing_flag(
    api: Api, settings: Settings, cluster: Cluster, value: str | None, state: State
) -> None:
    if value is not None:
        config = cluster.objects.get(named("ConfigMap"), "noetl", "noetl-server-config")
        config["data"]["NOETL_COMMAND_ROUTING_ENABLED"] = value
        cluster.objects.replace(named("ConfigMap"), "noetl", config)
    told: Answer = await routing.check(await site(api, settings), LANE)
    assert told.state is state


@pytest.fixture
async def running(noetl: Foreign) -> AsyncIterator[ApiServer]:
    cluster = Cluster()
    deploy_noetl(cluster, noetl)
    async with ApiServer(cluster) as server:
        yield server


def target(server: ApiServer, noetl: Foreign, folder: Path, **fields: Any) -> tuple[str, str]:
    kubeconfig = server.kubeconfig(folder / "config", "kind-noetl")
    return "--target", f"kubernetes:{target_file(folder / 'kind.yaml', kubeconfig, server.cluster, noetl, **fields)}"


@pytest.mark.embedded
async def test_a_cluster_that_is_well_and_is_left_as_it_was(running: ApiServer, noetl: Foreign, tmp_path: Path) -> None:
    noetl.end_what_runs()
    code, out, err = await harness("doctor", *target(running, noetl, tmp_path), "--format", "json")
    found = {(one["check"], one["where"]): one["answer"]["state"] for one in json.loads(out)["findings"]}
    assert code == 0, out + err
    assert found == {
        ("context", ""): "ok",
        ("versions", ""): "warn",
        ("pods", ""): "ok",
        ("routing", ""): "ok",
        ("event store", ""): "ok",
        ("clocks", ""): "ok",
        ("backlog", ""): "ok",
        ("leftovers", ""): "ok",
    } | {
        (check, side): "ok"
        for check in ("consumers", "work", "credentials", "test server", "log")
        for side in ("reference", "candidate")
    }
    assert [running.cluster.replicas(name) for name in ("noetl-worker", "noetl-worker-rust")] == [1, 1]
    assert READER_PASSWORD not in out + err


@pytest.mark.embedded
async def test_a_run_on_a_cluster_without_routing_changes_nothing(
    running: ApiServer, noetl: Foreign, tmp_path: Path
) -> None:
    cluster = running.cluster
    config = cluster.objects.get(named("ConfigMap"), "noetl", "noetl-server-config")
    config["data"]["NOETL_COMMAND_ROUTING_ENABLED"] = "false"
    cluster.objects.replace(named("ConfigMap"), "noetl", config)
    where = target(running, noetl, tmp_path)
    code, out, err = await harness("run", "python/hello", *where, "--runs", str(tmp_path / "runs"))
    assert (code, out) == (4, "")
    assert "routing: NOETL_COMMAND_ROUTING_ENABLED is false: the Rust pool would get no command" in err
    assert ("patch", "deployments/scale") not in running.requests
    assert not (tmp_path / "runs").exists()
