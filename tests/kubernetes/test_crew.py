"""Logs of pods arrive whole, or it is told where they are not; pods that end are seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from api_server import ApiServer, Cluster, Container
from api_server.cluster import DEPLOYMENT

from harness.deployments.kubernetes.api import Api
from harness.deployments.kubernetes.crew import Crew
from harness.model.errors import HarnessError
from harness.model.kubernetes import Part

WORKERS = Part("noetl", "app=noetl-worker-rust")


@pytest.fixture
async def crew(api: Api, tmp_path: Path) -> AsyncIterator[Crew]:
    async with Crew(api, WORKERS, tmp_path / "logs").watched() as watched:
        await watched.until(1, 5)
        yield watched


@pytest.fixture
def pod(cluster: Cluster) -> str:
    (name,) = cluster.pods("noetl-worker-rust")
    return name


def current(cluster: Cluster, pod: str, container: str = "noetl-worker-rust") -> Container:
    return cluster.containers("noetl", pod)[container][-1]


async def eventually(condition: Callable[[], object]) -> None:
    """Wait for what has to come; a test that waits in vain is ended by its own patience."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for rings no bell
            await asyncio.sleep(0.01)


async def reads(tmp_path: Path, pod: str, *lines: str, container: str = "noetl-worker-rust") -> None:
    """Wait until the log of a pod's container is exactly this."""
    file = tmp_path / "logs" / f"{pod}.{container}.log"
    text = "".join(f"{line}\n" for line in lines)
    await eventually(lambda: file.exists() and len(file.read_text()) >= len(text))
    assert file.read_text() == text


async def test_a_log_is_followed(crew: Crew, cluster: Cluster, pod: str, tmp_path: Path) -> None:
    current(cluster, pod).say("one", "two")
    await reads(tmp_path, pod, "one", "two")
    current(cluster, pod).say("two", "three \u00e4")
    await reads(tmp_path, pod, "one", "two", "two", "three \u00e4")
    assert crew.losses() == ()


async def test_every_container_of_a_pod_is_followed(
    api: Api, cluster: Cluster, server: ApiServer, tmp_path: Path
) -> None:
    deployment = cluster.objects.get(DEPLOYMENT, "noetl", "noetl-worker-rust")
    containers = deployment["spec"]["template"]["spec"]["containers"]
    containers.append(containers[0] | {"name": "system"})
    cluster.objects.replace(DEPLOYMENT, "noetl", deployment)
    cluster.reconcile()
    (pod,) = cluster.pods("noetl-worker-rust")
    async with Crew(api, WORKERS, tmp_path / "logs").watched() as crew:
        current(cluster, pod).say("of the first")
        current(cluster, pod, "system").say("of the second")
        await reads(tmp_path, pod, "of the first")
        await reads(tmp_path, pod, "of the second", container="system")
        await eventually(lambda: server.streams.drop("/log"))
        current(cluster, pod, "system").say("lost")
        current(cluster, pod, "system").rotate(keep=0)
        current(cluster, pod, "system").say("kept")
        await reads(tmp_path, pod, "of the second", "kept", container="system")
        assert [f"{pod}, container system," in loss for loss in crew.losses()] == [True]


async def test_lines_before_the_window_are_not_read(api: Api, cluster: Cluster, pod: str, tmp_path: Path) -> None:
    current(cluster, pod).say("old", at=datetime.now(UTC) - timedelta(minutes=1))
    async with Crew(api, WORKERS, tmp_path / "logs").watched():
        current(cluster, pod).say("new")
        await reads(tmp_path, pod, "new")


async def test_a_stream_that_breaks_is_taken_up_without_a_line_lost_or_twice(
    crew: Crew, cluster: Cluster, server: ApiServer, pod: str, tmp_path: Path
) -> None:
    current(cluster, pod).say("one", "two")
    await reads(tmp_path, pod, "one", "two")
    await eventually(lambda: server.streams.drop("/log"))
    current(cluster, pod).say("three")
    await reads(tmp_path, pod, "one", "two", "three")
    assert crew.losses() == ()


async def test_lines_that_were_rotated_away_are_told(
    crew: Crew, cluster: Cluster, server: ApiServer, pod: str, tmp_path: Path
) -> None:
    current(cluster, pod).say("one")
    await reads(tmp_path, pod, "one")
    await eventually(lambda: server.streams.drop("/log"))
    current(cluster, pod).say("two", "three")
    current(cluster, pod).rotate(keep=1)
    await reads(tmp_path, pod, "one", "three")
    assert any("is incomplete behind" in loss for loss in crew.losses())


async def test_a_container_that_was_replaced_is_read_to_its_end(
    crew: Crew, cluster: Cluster, server: ApiServer, pod: str, tmp_path: Path
) -> None:
    """Its last line came after the stream had broken: only `previous` has it."""
    current(cluster, pod).say("one")
    await reads(tmp_path, pod, "one")
    await eventually(lambda: server.streams.drop("/log"))
    current(cluster, pod).say("last words")
    cluster.restart("noetl", pod)
    current(cluster, pod).say("born again")
    await reads(tmp_path, pod, "one", "last words", "born again")
    assert crew.losses() == ()


async def test_a_pod_that_goes_in_order_leaves_its_whole_log(
    crew: Crew, cluster: Cluster, pod: str, tmp_path: Path
) -> None:
    current(cluster, pod).say("one")
    await reads(tmp_path, pod, "one")
    cluster.evict("noetl", pod)
    (successor,) = cluster.pods("noetl-worker-rust")
    current(cluster, successor).say("here I am")
    await reads(tmp_path, successor, "here I am")
    assert crew.losses() == ()


@pytest.mark.parametrize(("reason", "code"), [("OOMKilled", 137), ("Error", 1)])
async def test_a_restart_is_a_loss_once_pods_are_expected_to_stay(
    crew: Crew, cluster: Cluster, pod: str, reason: str, code: int
) -> None:
    crew.expect()
    assert crew.losses() == ()
    cluster.restart("noetl", pod, reason=reason, code=code)
    await eventually(crew.losses)
    assert crew.losses() == (f"the pod {pod} was restarted: {reason}, exit code {code}",)


async def test_a_pod_that_is_removed_is_a_loss_only_while_it_is_expected_to_stay(
    crew: Crew, cluster: Cluster, server: ApiServer, pod: str
) -> None:
    await eventually(lambda: ("get", "pods/log") in server.requests)
    crew.expect()
    crew.release()
    cluster.evict("noetl", pod)
    await eventually(lambda: pod not in cluster.pods("noetl-worker-rust") and crew.ready())
    assert crew.losses() == ()
    (successor,) = cluster.pods("noetl-worker-rust")
    await eventually(lambda: crew.sees(successor) and server.requests.count(("get", "pods/log")) > 1)
    crew.expect()
    cluster.evict("noetl", successor)
    await eventually(crew.losses)
    assert f"the pod {successor} was removed" in crew.losses()


@pytest.mark.parametrize("broken", ["dropped", "too old"])
async def test_a_watch_that_breaks_begins_anew(crew: Crew, cluster: Cluster, server: ApiServer, broken: str) -> None:
    crew.expect()
    if broken == "dropped":
        await eventually(lambda: server.streams.drop("/pods"))
    else:
        cluster.objects.forget()
    (pod,) = cluster.pods("noetl-worker-rust")
    cluster.restart("noetl", pod, reason="OOMKilled", code=137)
    await eventually(crew.losses)


async def test_pods_that_can_not_be_seen_any_more_are_a_loss(crew: Crew, server: ApiServer) -> None:
    server.rights.deny("list", "pods")
    server.rights.deny("watch", "pods")
    await eventually(lambda: server.streams.drop("/pods"))
    await eventually(crew.losses)
    assert "can not be seen any more" in crew.losses()[0]


async def test_waiting_for_pods_ends(crew: Crew) -> None:
    with pytest.raises(HarnessError, match=r"1 of 1 pods of app=noetl-worker-rust .* and 2 should be"):
        await crew.until(2, 0.05)
