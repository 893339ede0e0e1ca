"""`noetl-harness env`: with the real kubectl, a stand-in for kind, and the API of the tests behind both."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from api_server import ApiServer, Cluster
from api_server.kinds import named
from manifest_pods import Machine

from harness.embedded.accounts import server_account
from harness.embedded.folder import make_folder
from harness.embedded.postgres import Postgres
from harness.files.images import load_images
from harness.files.project import project_root
from harness.kind.environment import up
from harness.kind.manifests import STAGES, manifests, workloads
from harness.model.errors import Exit, HarnessError

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")

IMAGES = project_root() / "fixtures" / "kind" / "images.yaml"
HARNESS = str(Path(sys.executable).with_name("noetl-harness"))
STAND_IN = Path(__file__).with_name("stand_in_kind.py").read_text(encoding="utf-8")
NOTHING = {"PATH": "/nowhere"}


@dataclass(frozen=True, slots=True)
class Kind:
    """The stand-in's folder, and the environment in which it is found."""

    folder: Path
    server: ApiServer
    environment: dict[str, str]

    @property
    def target(self) -> Path:
        """Where `env up` leaves what `--target` takes."""
        return Path(self.environment["XDG_STATE_HOME"]) / "noetl-harness" / "kind" / "noetl" / "target.yaml"

    def asked(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "calls.jsonl").read_text().splitlines()]

    def clusters(self) -> list[str]:
        return [one.name for one in (self.folder / "clusters").iterdir()]

    async def env(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of `noetl-harness env ARGUMENTS`."""
        return await self.harness("env", *arguments, **environment)

    async def harness(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            HARNESS,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**self.environment, **environment},
        )
        async with asyncio.timeout(400):
            out, err = await process.communicate()
        assert "Traceback" not in err.decode()
        return process.returncode or 0, out.decode(), err.decode()


@pytest.fixture
async def kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kind]:
    """An empty cluster behind the stand-in."""
    folder, programs = tmp_path / "kind", tmp_path / "programs"
    for made in (folder, programs):
        made.mkdir()
    program = programs / "kind"
    program.write_text(f"#!{sys.executable}\n{STAND_IN}", encoding="utf-8")
    program.chmod(0o755)
    told = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "STAND_IN_KIND": str(folder),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "NO_COLOR": "1",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    async with ApiServer(Cluster()) as server:
        server.kubeconfig(folder / "kubeconfig", "kind-noetl")
        yield Kind(folder, server, {**os.environ, **told})


@pytest.fixture
def machine(kind: Kind, tmp_path: Path) -> Iterator[Machine]:
    """What the pods of the manifests are on this machine."""
    account = server_account()
    folder = make_folder(account)
    postgres = Postgres(folder, account)
    try:
        postgres.begin()
        postgres.ready()
        made = Machine(kind.server.cluster, postgres, tmp_path)
        made.deploy()
        yield made
        kind.server.cluster.stop()
    finally:
        postgres.stop()
        folder.remove()


def secret_values(cluster: Cluster) -> set[str]:
    secrets = cluster.objects.list(named("Secret"))
    return {base64.b64decode(value).decode() for one in secrets for value in one["data"].values()}


def written(told: str) -> dict[str, str]:
    """The file that `env up` names."""
    content: dict[str, str] = yaml.safe_load(Path(told.removeprefix("kubernetes:").strip()).read_text())
    return content


def leaked(folder: Path, passwords: set[str]) -> list[Path]:
    """Files in which one of them stands: what kind was asked, and what a run has left."""
    files = [*folder.rglob("calls.jsonl"), *(folder / "runs").rglob("*.json*")]
    assert len(files) > 3
    return [file for file in files if any(password in file.read_text() for password in passwords)]


@pytest.mark.embedded
async def test_a_cluster_of_ones_own_runs_the_smoke_set(kind: Kind, machine: Machine, tmp_path: Path) -> None:
    code, out, err = await kind.env("up", "--images", str(IMAGES))
    assert code == 0, err
    passwords = secret_values(kind.server.cluster)
    assert len(passwords) == 6
    target = written(out)
    assert target.pop("server_image") == ":v4.12.0"
    assert target == {"context": "kind-noetl", "kubeconfig": "kubeconfig", "pin": "segments"}
    code, out, _ = await kind.env("status")
    assert (code, out.count("not ready"), out.count("ready ")) == (0, 0, 9)

    again, _, err = await kind.env("up", "--images", str(IMAGES))
    assert again == 0, err
    assert secret_values(kind.server.cluster) == passwords
    assert [call[:2] for call in kind.asked()].count(["create", "cluster"]) == 1

    mine = kind.target.with_name("mine.yaml")
    mine.write_text(yaml.safe_dump({**target, "inside": machine.inside()}))
    run = ("run", "set:smoke", "--format", "json", "--runs", str(tmp_path / "runs"))
    code, out, err = await kind.harness(*run, "--target", f"kubernetes:{mine}")
    assert code == 0, err
    verdict = json.loads(out)
    assert (verdict["real"], verdict["losses"]) == (["python@4.12.0", "rust@5.15.1"], [])

    code, out, _ = await kind.env("down")
    assert (code, out, kind.clusters(), kind.target.exists()) == (0, "removed\n", [], False)
    assert not leaked(tmp_path, passwords)


async def test_what_kind_is_asked(kind: Kind) -> None:
    kind.server.rights.deny("create", "deployments")
    assert (await kind.env("up", "--images", str(IMAGES)))[0] == Exit.ENVIRONMENT
    _, create, load, delete = kind.asked()
    assert create[:4] == ["create", "cluster", "--name", "noetl"]
    assert create[create.index("--image") + 1] == load_images(IMAGES).node
    assert load == ["load", "docker-image", "localhost/noetl-harness-test-server:1", "--name", "noetl"]
    assert delete[:4] == ["delete", "cluster", "--name", "noetl"]


@pytest.mark.parametrize(("keep", "left"), [((), []), (("--keep",), ["noetl"])])
async def test_what_fails_half_way_is_removed_unless_it_is_to_stay(
    kind: Kind, keep: tuple[str, ...], left: list[str]
) -> None:
    kind.server.rights.deny("create", "statefulsets")
    code, out, err = await kind.env("up", "--images", str(IMAGES), *keep)
    assert (code, out, kind.clusters()) == (Exit.ENVIRONMENT, "", left)
    assert "`kubectl apply` failed with exit code 1" in err
    assert 'cannot create resource "statefulsets"' in err
    assert not [value for value in secret_values(kind.server.cluster) if value in err]


async def test_a_cluster_that_does_not_start(kind: Kind) -> None:
    code, _, err = await kind.env("up", "--images", str(IMAGES), STAND_IN_KIND_FAILS="create cluster")
    assert code == Exit.ENVIRONMENT
    assert "ERROR: the node does not start" in err
    assert kind.asked()[-1][0] == "delete"


async def test_what_can_not_be_removed_is_told_and_the_first_error_stands(kind: Kind) -> None:
    kind.server.rights.deny("create", "namespaces")
    code, _, err = await kind.env("up", "--images", str(IMAGES), STAND_IN_KIND_FAILS="delete cluster")
    assert (code, kind.clusters()) == (Exit.ENVIRONMENT, ["noetl"])
    assert "Remove it yourself: kind delete cluster --name noetl" in err
    assert 'cannot create resource "namespaces"' in err.rpartition("noetl-harness: ")[2]


async def test_an_interrupt_removes_what_was_started(kind: Kind) -> None:
    command = (HARNESS, "env", "up", "--images", str(IMAGES))
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE, env=kind.environment)
    assert process.stderr
    async with asyncio.timeout(60):
        while await process.stderr.readline() != b"starting workers ...\n":
            pass
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    assert (process.returncode, kind.clusters()) == (Exit.INTERRUPTED, [])
    assert b"removing the kind cluster noetl ..." in err


@pytest.mark.parametrize("name", ["..", "a/b", "Noetl", "-n", ""])
async def test_a_name_that_can_be_none(kind: Kind, name: str) -> None:
    code, _, err = await kind.env("up", "--images", str(IMAGES), f"--cluster={name}")
    assert (code, "can not be the name of a kind cluster" in err) == (Exit.USAGE, True)
    assert not (kind.folder / "calls.jsonl").exists()


async def test_workers_that_wait_at_no_durable_are_not_ready(kind: Kind) -> None:
    """Here nobody listens behind the pods."""
    told: list[str] = []
    with pytest.raises(HarnessError, match=r"noetl_worker_pool_shared \(.*\); noetl_worker_pool_python") as caught:
        await up("noetl", load_images(IMAGES), keep=False, tell=told.append, seconds=0.1)
    assert (caught.value.exit, kind.clusters()) == (Exit.ENVIRONMENT, [])
    assert told[-1] == "removing the kind cluster noetl ..."


@pytest.mark.parametrize("verb", [("up", "--images", str(IMAGES)), ("down",), ("status",)])
async def test_a_cluster_of_somebody_else_is_left_alone(kind: Kind, verb: tuple[str, ...]) -> None:
    (kind.folder / "clusters").mkdir()
    (kind.folder / "clusters" / "noetl").touch()
    kind.server.cluster.create("Node", None, "node", labels={"role": "theirs"})
    code, _, err = await kind.env(*verb)
    assert (code, kind.clusters()) == (Exit.ENVIRONMENT, ["noetl"])
    assert "was not made by `noetl-harness env up`, so it is left alone" in err
    assert {verb for verb, _ in kind.server.requests} == {"list"}


async def test_nothing_there(kind: Kind) -> None:
    assert (await kind.env("down"))[:2] == (0, "there was nothing to remove\n")
    code, _, err = await kind.env("status")
    assert (code, "There is no kind cluster noetl." in err) == (Exit.ENVIRONMENT, True)


async def test_status_says_what_is_not_there_yet(kind: Kind) -> None:
    (kind.folder / "clusters").mkdir()
    (kind.folder / "clusters" / "noetl").touch()
    kind.server.cluster.create("Node", None, "node", labels={"noetl-harness/env": "true"})
    kind.server.cluster.create("Namespace", None, "noetl")
    kind.server.cluster.deploy("noetl", "noetl-server")
    code, out, _ = await kind.env("status", "--format", "json")
    found = json.loads(out)
    assert (code, found["ready"]) == (Exit.ENVIRONMENT, False)
    seen = {part["name"]: (part["ready"], part["seen"]) for part in found["parts"]}
    assert seen["noetl-server"] == (True, "1 of 1 pods ready")
    assert seen["nats"] == (False, "there is none in namespace nats")
    assert seen["noetl_worker_pool_python"] == (False, "There is no ready pod of app=nats in namespace nats.")


async def test_without_the_programs(kind: Kind) -> None:
    code, _, err = await kind.env("status", **NOTHING)
    assert code == Exit.ENVIRONMENT
    assert "A kind cluster needs the program kind and the program kubectl, which can not be found here." in err


def test_what_a_run_looks_for_by_default_is_in_the_manifests() -> None:
    names = {one["metadata"]["name"] for stage in STAGES for one in workloads(manifests(None, *stage))}
    assert names == {"postgres", "nats", "paginated-api", "noetl-server", "noetl-worker", "noetl-worker-rust"}
