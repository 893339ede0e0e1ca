"""Pinning by `execution_pool`, on a control plane that routes as a Rust server does."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from api_server import ApiServer, Cluster
from foreign import Foreign
from noetl_in_pods import deploy_noetl, target_file
from test_kubernetes_suite import answers, harness

from harness.deployments.kubernetes.execution_pool import check_asked, check_server
from harness.files.pools import load_pool
from harness.model.deployment import DeploymentRequest
from harness.model.errors import HarnessError
from harness.model.kubernetes import Pin, Settings
from harness.reference.routing import RUST_SERVER

pytestmark = pytest.mark.embedded

POOLS = {"python": "parity-py", "rust": "parity-rs"}
CASES = ("python/hello", "loops/sequential", "arcs/exclusive")


async def run(
    folder: Path,
    noetl: Foreign,
    *arguments: str,
    python: tuple[str, ...] = ("parity-py",),
    rust: tuple[str, ...] = ("parity-rs",),
    routing: str = "rust-server",
) -> tuple[int, str, str, list[tuple[str, str]]]:
    """Exit code, stdout, stderr, and what was asked of the API."""
    cluster = Cluster()
    deploy_noetl(cluster, noetl, python, rust)
    async with ApiServer(cluster) as server:
        kubeconfig = server.kubeconfig(folder / "config", "kind-noetl")
        pinned = {"pin": "execution_pool", "execution_pools": POOLS}
        file = target_file(folder / "kind.yaml", kubeconfig, cluster, noetl, **pinned)
        target = ("--target", f"kubernetes:{file}", "--routing", routing, "--runs", str(folder / "runs"))
        done = await harness("run", *arguments, *target, "--format", "json")
        return *done, list(server.requests)


@pytest.mark.parametrize(
    ("health", "said"),
    [
        ({"status": "ok", "version": "3.2.0"}, None),
        ({"status": "ok", "version": "v3.83.1"}, None),
        ({"status": "ok", "version": "3.1.9"}, "says that it is 3.1.9; it does not take an execution_pool"),
        ({"status": "ok", "version": "dev"}, "says that it is dev; it does not take an execution_pool"),
        ({"status": "ok"}, "names no version, as Python servers do"),
    ],
)
async def test_only_a_rust_server_that_takes_it_is_asked(health: dict[str, str], said: str | None) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(health)

    app = web.Application()
    app.router.add_get("/api/health", answer)
    async with TestServer(app) as server:
        refused = pytest.raises(HarnessError, match=said) if said else nullcontext()
        with refused:
            await check_server(str(server.make_url("")))


def test_a_pool_without_a_segment_is_named() -> None:
    settings = replace(Settings(), pin=Pin.EXECUTION_POOL, execution_pools=(("python", "parity-py"),))
    python, rust = load_pool("python"), load_pool("rust")
    with pytest.raises(HarnessError, match=r"names no segment that is rust@5\.15\.1's alone"):
        check_asked(settings, DeploymentRequest(python, rust, python, RUST_SERVER))


async def test_each_pool_gets_its_own_executions_and_nothing_is_scaled(rust_server: Foreign, tmp_path: Path) -> None:
    code, out, err, requests = await run(tmp_path, rust_server, *CASES)
    assert code == 0, err
    assert answers(json.loads(out)) == dict.fromkeys(CASES, ("same_pass", "expected", "completed", "completed"))
    assert not any(verb == "patch" for verb, resource in requests if resource != "leases")


async def test_a_child_that_does_not_follow_is_no_equality(rust_server: Foreign, tmp_path: Path) -> None:
    """Here the children of both lanes go to `shared`, which the Python pool consumes as well."""
    python = ("parity-py", "shared")
    code, out, err, _ = await run(tmp_path, rust_server, "composition/parent", python=python)
    (pair,) = json.loads(out)["pairs"]
    assert pair["candidate"]["verdict"] == "contaminated", err
    assert (pair["verdict"], code) == ("contaminated", 3)


async def test_a_segment_without_workers_is_told_before_the_run(rust_server: Foreign, tmp_path: Path) -> None:
    code, _, err, _ = await run(tmp_path, rust_server, *CASES, rust=("shared",))
    assert code == 4
    assert "nobody waits for commands of the segment parity-rs, which is that of rust@5.15.1" in err


@pytest.mark.parametrize(
    ("routing", "code", "said"),
    [
        ("4.12.0", 2, "which only Rust servers take, and --routing says 4.12.0"),
        ("rust-server", 4, "names no version, as Python servers do; it does not take an execution_pool"),
    ],
)
async def test_a_python_server_is_refused(noetl: Foreign, tmp_path: Path, routing: str, code: int, said: str) -> None:
    found, _, err, _ = await run(tmp_path, noetl, *CASES, routing=routing)
    assert found == code
    assert said in err
