"""The supervisor with stand-in services: what it gives, what it refuses, and that nothing is ever left behind."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from footprints import STANDINS, make_pool, naming, shared_memory

from harness.deployments import embedded
from harness.deployments.embedded import kept, open_embedded, start_kept, stop_kept
from harness.embedded.accounts import server_account
from harness.embedded.folder import RunFolder, alive, make_folder, remove_stale
from harness.embedded.nats import NatsServer
from harness.embedded.postgres import Postgres
from harness.embedded.processes import free_port
from harness.model.deployment import DeploymentRequest, EmbeddedRequest
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Side
from harness.model.pool import Runtime

pytestmark = [pytest.mark.embedded, pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]
Request = Callable[..., EmbeddedRequest]

HARNESS = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from footprints import make_pool
from harness.deployments import embedded
from harness.model.deployment import DeploymentRequest, EmbeddedRequest
from harness.model.pool import Runtime
embedded.COMMAND = {command!r}
pool = make_pool("leaves_children")
pools = DeploymentRequest(pool, make_pool("leaves_children", Runtime.RUST), pool)
async def main():
    async with embedded.open_embedded(EmbeddedRequest(pools)):
        print("up", flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def standins(base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand-in services, and the proof that nothing is left when the test is over."""
    monkeypatch.setattr(embedded, "COMMAND", (sys.executable, "-P", str(STANDINS)))
    before = shared_memory()
    yield
    assert gone(base) == {}
    new, deadline = shared_memory() - before, time.monotonic() + 5
    while new & shared_memory() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not new & shared_memory()
    assert not list(base.iterdir())


def gone(base: Path, seconds: float = 5.0) -> dict[int, str]:
    """What is left of all processes that name `base`, after some patience."""
    deadline = time.monotonic() + seconds
    while (left := naming(str(base))) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


async def test_two_lanes_share_nothing_and_answer(request_for: Request) -> None:
    async with open_embedded(request_for()) as deployment:
        one, other = deployment.lanes[Side.REFERENCE], deployment.lanes[Side.CANDIDATE]
        for name in ("server_url", "dsn", "tenant_dsn", "nats_url", "account", "test_server_url"):
            assert getattr(one, name) != getattr(other, name), name
        assert await asyncio.to_thread(status, f"{other.server_url}/api/health") == 200
        async with await psycopg.AsyncConnection.connect(other.dsn) as connection:
            await connection.execute("SELECT count(*) FROM noetl.event")
        assert {source.pool_id for source in other.logs} == {None, "always_waits"}
        assert deployment.lost() == ()
        assert kept() is None


async def test_what_workers_start_goes_too(request_for: Request, base: Path) -> None:
    async with open_embedded(request_for("leaves_children")):
        assert any("sleep 600" in line for line in naming(str(base)).values())
    assert not naming(str(base))


async def test_a_worker_that_dies_at_the_start_is_named_without_its_password(request_for: Request) -> None:
    with pytest.raises(HarnessError, match=r"candidate-rust-.* ended with exit code 3") as caught:
        async with open_embedded(request_for("always_dies")):
            pytest.fail("the lane can not be ready")
    assert caught.value.exit is Exit.ENVIRONMENT
    assert "its password is ***" in str(caught.value)


async def test_a_worker_that_never_waits_ends_in_time(request_for: Request) -> None:
    with pytest.raises(HarnessError, match=r"no worker waits|do not wait") as caught:
        async with open_embedded(request_for("never_waits")):
            pytest.fail("the lane can not be ready")
    assert caught.value.exit is Exit.ENVIRONMENT


async def test_a_process_that_dies_later_is_lost(request_for: Request, base: Path) -> None:
    async with open_embedded(request_for()) as deployment:
        with await asyncio.to_thread(
            urllib.request.urlopen, deployment.lanes[Side.CANDIDATE].test_server_url + "/api/health"
        ) as answer:
            pid = int(answer.read().decode().partition(": ")[2].rstrip("}"))
        os.kill(pid, signal.SIGKILL)
        await until(lambda: deployment.lost() == ("candidate-test-server was ended by SIGKILL",))


async def test_a_command_of_a_person_joins_the_lane(request_for: Request) -> None:
    python = make_pool("always_waits")
    real = make_pool("real", Runtime.RUST, (sys.executable, str(STANDINS), "worker"))
    async with open_embedded(EmbeddedRequest(DeploymentRequest(python, real, python))) as deployment:
        logs = [source for source in deployment.lanes[Side.CANDIDATE].logs if source.pool_id == "real"]
        assert logs
        assert {text(source.path) for source in logs} == {"a command of its own\n"}


async def test_a_command_that_is_not_there_is_one_clear_message(request_for: Request) -> None:
    python = make_pool("always_waits")
    real = make_pool("real", Runtime.RUST, ("./no/such/worker",))
    with pytest.raises(HarnessError, match=r"worker command of real can not be started: /.*/no/such/worker"):
        async with open_embedded(EmbeddedRequest(DeploymentRequest(python, real, python))):
            pytest.fail("the lane can not be ready")


@pytest.mark.parametrize("field", ["postgres_dsn", "nats_url"])
async def test_a_given_server_that_does_not_answer_is_one_clear_message(request_for: Request, field: str) -> None:
    address = {"postgres_dsn": "postgresql://me:hunter2@{}/x", "nats_url": "nats://me:hunter2@{}"}[field]
    request = request_for(**{field: address.format(f"127.0.0.1:{free_port()}")})
    with pytest.raises(HarnessError, match="127") as caught:
        async with open_embedded(request):
            pytest.fail("there is no such server")
    assert caught.value.exit is Exit.ENVIRONMENT
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("killed", [False, True])
def test_given_servers_are_left_as_they_were(
    run_folder: RunFolder, request_for: Request, base: Path, killed: bool
) -> None:
    """Also when the supervisor is killed: its guard takes the databases and streams away."""
    postgres, nats = Postgres(run_folder, server_account()), NatsServer(run_folder, ["mine"])
    postgres.begin()
    nats.begin()
    try:
        postgres.ready()
        request = request_for(postgres_dsn=postgres.dsn(), nats_url=nats.ready()["mine"].url)

        async def use() -> None:
            async with open_embedded(request) as deployment:
                assert isinstance(deployment, embedded.EmbeddedLanes)
                assert len(databases(postgres)) == 5
                if killed:
                    os.kill(child_of(deployment.pid), signal.SIGKILL)
                    await until(lambda: len(databases(postgres)) == 1)

        asyncio.run(use())
        assert databases(postgres) == ["postgres"]
    finally:
        postgres.stop()
        nats.stop()
        run_folder.remove()


def test_a_kept_deployment_outlives_its_command_and_is_attached_to(request_for: Request, base: Path) -> None:
    request = request_for()
    try:
        first = start_kept(request)
        assert kept() == first == start_kept(request)

        async def attach() -> float:
            begun = time.monotonic()
            async with open_embedded(request) as deployment:
                assert deployment == first
            return time.monotonic() - begun

        assert asyncio.run(attach()) < 0.5
        assert kept() == first, "a run that attached must not end it"
        with pytest.raises(HarnessError, match="Another deployment is kept"):
            start_kept(request_for("another"))
    finally:
        assert stop_kept()
    assert not stop_kept()
    assert kept() is None
    assert first.lost() == ("the deployment has ended",)


@pytest.mark.parametrize("when", [0.0, 0.3, 0.8, None], ids=["at once", "early", "late", "up"])
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT], ids=["SIGKILL", "SIGINT"])
def test_nothing_is_left_when_the_harness_ends(base: Path, when: float | None, by: signal.Signals) -> None:
    with harness(base) as process:
        pause(process, when)
        process.send_signal(by)
        process.wait(10)
    assert gone(base) == {}


def test_a_harness_that_is_gone_before_the_supervisor_has_begun_is_noticed(request_for: Request) -> None:
    """The end of stdin comes while the guard forks: the signal to its child must not get lost."""
    with subprocess.Popen(embedded.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        begun = time.monotonic()
        answer, _ = process.communicate(embedded.REQUEST.dump_json(request_for()) + b"\n")
    assert answer == b""
    assert time.monotonic() - begun < 2.5, "it had to be killed"


@pytest.mark.parametrize("when", [0.3, None], ids=["early", "up"])
@pytest.mark.parametrize("victim", ["guard", "supervisor"])
def test_nothing_is_left_when_one_of_the_two_is_killed(base: Path, victim: str, when: float | None) -> None:
    with harness(base) as process:
        pause(process, when)
        if guard := child_of(process.pid):
            supervisor = child_of(guard)
            os.kill(guard if victim == "guard" or not supervisor else supervisor, signal.SIGKILL)
            deadline = time.monotonic() + 5
            while list(base.iterdir()) and time.monotonic() < deadline:
                time.sleep(0.02)
        process.kill()
    assert gone(base) == {}
    remove_stale()


def test_killing_both_leaves_a_folder_that_the_next_start_removes(base: Path) -> None:
    with harness(base) as process:
        pause(process, None)
        guard = child_of(process.pid)
        for pid in (guard, child_of(guard)):
            os.kill(pid, signal.SIGKILL)
        process.kill()
    (left,) = base.iterdir()
    deadline = time.monotonic() + 5
    while alive(left) and time.monotonic() < deadline:
        time.sleep(0.02)
    folder = make_folder(server_account())
    assert list(base.iterdir()) == [folder.root]
    assert gone(base) == {}
    os.close(folder.lock)
    folder.remove()


def test_a_folder_that_is_being_made_is_not_taken_for_a_stale_one(base: Path) -> None:
    young = base / f"noetl-harness-{os.getuid()}-0badcafe"
    young.mkdir()
    remove_stale()
    assert young.exists()
    os.utime(young, (0, 0))
    remove_stale()
    assert not young.exists()


class harness:
    """A process that opens a deployment and stays in it; everything it starts names `base`."""

    def __init__(self, base: Path) -> None:
        code = HARNESS.format(tests=str(STANDINS.parent), command=embedded.COMMAND)
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ
        )

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.wait(10)
        assert self._process.stdout
        self._process.stdout.close()


def pause(process: subprocess.Popen[bytes], seconds: float | None) -> None:
    """Until the lanes are up, or for about so long."""
    if seconds is None:
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
    else:
        time.sleep(seconds + random.uniform(0.0, 0.3))


def child_of(pid: int) -> int:
    """The first child of a process; 0 when it has none."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return int(children[0]) if children else 0


def databases(server: Postgres) -> list[str]:
    with psycopg.connect(server.dsn()) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1")
        return [row[0] for row in rows]


def text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def status(url: str) -> int:
    with urllib.request.urlopen(url) as answer:
        return int(answer.status)


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
