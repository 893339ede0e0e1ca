"""What breaks under a run: each leg that was started has an outcome, nothing unseen passes, everything is put back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from api_server import ApiServer, Cluster
from api_server.kinds import named
from foreign import Foreign
from noetl_in_pods import deploy_noetl, target_file
from test_kubernetes_suite import HARNESS, harness

from harness.model.errors import Exit

pytestmark = pytest.mark.embedded

CASES = ("python/*", "arcs/*", "loops/*", "vars/*")
POOLS = ("noetl-worker", "noetl-worker-rust")
PASSES = {"completed", "failed", "cancelled"}

Fault = Callable[[ApiServer], Awaitable[None]]


@pytest.fixture
async def pods(noetl: Foreign) -> AsyncIterator[ApiServer]:
    cluster = Cluster()
    deploy_noetl(cluster, noetl)
    async with ApiServer(cluster) as server:
        yield server


def shape(server: ApiServer) -> dict[str, Any]:
    """What a pin changes, as it is now."""
    cluster = server.cluster
    return {
        "replicas": {name: cluster.replicas(name) for name in POOLS},
        "annotations": [
            one["metadata"].get("annotations") or {} for one in cluster.objects.list(named("ScaledObject"))
        ],
    }


async def started(server: ApiServer, noetl: Foreign, folder: Path) -> asyncio.subprocess.Process:
    """A run on the cluster."""
    file = target_file(folder / "kind.yaml", server.kubeconfig(folder / "config", "kind-noetl"), server.cluster, noetl)
    return await asyncio.create_subprocess_exec(
        *(HARNESS, "run", *CASES, "--format", "json", "-j", "2", "--runs", str(folder / "runs")),
        *("--target", f"kubernetes:{file}"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_COLOR": "1"},
    )


async def told(process: asyncio.subprocess.Process, word: str, count: int) -> None:
    """Return when the run has said `count` lines with this word."""
    assert process.stderr
    async with asyncio.timeout(120):
        while count and (line := await process.stderr.readline()):
            count -= word in line.decode()
    assert not count


async def cut_forwards(server: ApiServer) -> None:
    assert server.streams.drop("portforward")


async def restart_a_worker(server: ApiServer) -> None:
    (pod,) = server.cluster.pods("noetl-worker-rust")
    server.cluster.restart("noetl", pod, reason="OOMKilled", code=137)


async def lose_the_database(server: ApiServer) -> None:
    server.cluster.deaf.add("postgres")
    server.streams.drop("postgres")
    await asyncio.sleep(5)
    server.cluster.deaf.clear()


@pytest.mark.parametrize("fault", [cut_forwards, restart_a_worker, lose_the_database])
async def test_what_breaks_under_a_run_is_nobody_s_fault(
    pods: ApiServer, noetl: Foreign, tmp_path: Path, fault: Fault
) -> None:
    before = shape(pods)
    process = await started(pods, noetl, tmp_path)
    await told(process, " on candidate: ", 2)
    await fault(pods)
    async with asyncio.timeout(200):
        out, err = await process.communicate()
    verdict = json.loads(out)
    assert process.returncode == Exit.ENVIRONMENT, err.decode()
    assert shape(pods) == before
    legs = [pair[side] for pair in verdict["pairs"] for side in ("reference", "candidate")]
    assert len(legs) == 2 * len(verdict["pairs"]) > 10
    assert {leg["verdict"] for leg in legs} <= PASSES | {"infra_error", "not_run"}
    assert {leg["verdict"] for leg in legs} & {"infra_error", "not_run"}
    unseen = [pair for pair in verdict["pairs"] if pair["candidate"]["verdict"] in ("infra_error", "not_run")]
    assert {pair["verdict"] for pair in unseen} <= {"indeterminate", "skipped"}
    assert verdict["exit"] == Exit.ENVIRONMENT


async def test_a_harness_that_is_killed_in_its_pin(pods: ApiServer, noetl: Foreign, tmp_path: Path) -> None:
    """The cluster stays changed until `restore`, which needs no more than its file."""
    before = shape(pods)
    process = await started(pods, noetl, tmp_path)
    await told(process, " on reference: ", 2)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    assert shape(pods) != before
    code, out, err = await harness("restore")
    assert code == 0, err
    assert "put back in kind-noetl: KEDA paused for noetl-worker-rust" in out
    assert "put back in kind-noetl: noetl-worker-rust scaled from 1 to 0" in out
    assert shape(pods) == before
    assert await harness("restore") == (0, "", "nothing was left changed\n")
    (recording,) = (tmp_path / "runs").glob("*")
    code, out, _ = await harness("analyze", str(recording), "--format", "json")
    assert code != 0
    verdict = json.loads(out)
    assert {pair["candidate"]["verdict"] for pair in verdict["pairs"]} == {"not_run"}


async def test_an_interrupted_run_puts_everything_back(pods: ApiServer, noetl: Foreign, tmp_path: Path) -> None:
    before = shape(pods)
    process = await started(pods, noetl, tmp_path)
    await told(process, " on reference: ", 2)
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        await process.communicate()
    assert process.returncode == Exit.INTERRUPTED
    assert shape(pods) == before
    assert await harness("restore") == (0, "", "nothing was left changed\n")
