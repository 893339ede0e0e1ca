"""The smoke set against a NoETL in pods, through forwards, logs and scaling: what is equal here is equal there."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from api_server import ApiServer, Cluster
from foreign import READER_PASSWORD, Foreign
from noetl_in_pods import deploy_noetl, target_file

pytestmark = pytest.mark.embedded

HARNESS = str(Path(sys.executable).with_name("noetl-harness"))


async def harness(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `noetl-harness ARGUMENTS`."""
    process = await asyncio.create_subprocess_exec(
        HARNESS,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_COLOR": "1"},
    )
    async with asyncio.timeout(400):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def answers(verdict: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Case to what was said of it."""
    sides = ("reference", "candidate")
    return {
        pair["case"]["id"]: (pair["verdict"], pair["standing"], *(pair[side]["verdict"] for side in sides))
        for pair in verdict["pairs"]
    }


async def test_the_smoke_set_through_forwards_logs_and_scaling(noetl: Foreign, tmp_path: Path) -> None:
    cluster = Cluster()
    deploy_noetl(cluster, noetl)
    before = {name: cluster.replicas(name) for name in ("noetl-worker", "noetl-worker-rust")}
    async with ApiServer(cluster) as server:
        file = target_file(tmp_path / "kind.yaml", server.kubeconfig(tmp_path / "config", "kind-noetl"), cluster, noetl)
        run = ("run", "set:smoke", "--format", "json", "--runs", str(tmp_path / "runs"))
        code, out, err = await harness(*run, "--target", f"kubernetes:{file}")
        assert code == 0, err
        verdict = json.loads(out)
        assert {name: cluster.replicas(name) for name in before} == before
        assert ("get", "pods/portforward") in server.requests
        assert ("get", "pods/log") in server.requests
        assert ("patch", "deployments/scale") in server.requests
    _, own, _ = await harness("run", "set:smoke", "--format", "json", "--runs", str(tmp_path / "own"))
    assert answers(verdict) == answers(json.loads(own))
    assert (verdict["emulated"], verdict["real"], verdict["losses"]) == ([], ["python@4.12.0", "rust@5.15.1"], [])
    (manifest,) = (tmp_path / "runs").glob("*/manifest.json")
    images = json.loads(manifest.read_text(encoding="utf-8"))["images"]
    assert images["server"].startswith("localhost/noetl:4.12.0 localhost/noetl:4.12.0@sha256:")
    assert images.keys() == {"server", "noetl-worker", "noetl-worker-rust"}
    for path in (tmp_path / "runs").rglob("*.json*"):
        assert READER_PASSWORD not in path.read_text(encoding="utf-8"), path
