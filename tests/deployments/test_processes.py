"""What the processes deployment refuses, whom it keeps apart, what it leaves alone, and what it takes for a loss."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from foreign import READER_PASSWORD, Foreign, write

from harness.deployments import processes
from harness.deployments.base import ONE_BY_ONE, TOGETHER, Deployment, Shift
from harness.deployments.processes import open_processes
from harness.drive.lane import LaneDrive
from harness.drive.values import lane_values
from harness.embedded.processes import free_port
from harness.files.pools import load_pool
from harness.files.processes import load_processes
from harness.files.rules import load_fingerprints, load_rules
from harness.judge.yardstick import Yardstick
from harness.model.deployment import DeploymentRequest
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Lane, LogSource, Side
from harness.model.suite import Case
from harness.model.verdict import LegVerdict
from harness.noetl.events import EventStore
from harness.session import RunRequest, compare

pytestmark = pytest.mark.embedded

REFERENCE: Shift = (Side.REFERENCE,)
CANDIDATE: Shift = (Side.CANDIDATE,)


def pools() -> DeploymentRequest:
    python = load_pool("python")
    return DeploymentRequest(python, load_pool("rust@5.15.1"), python)


@asynccontextmanager
async def opened(file: Path) -> AsyncIterator[Deployment]:
    async with open_processes(load_processes(file), pools()) as deployment:
        yield deployment


def shared(folder: Path, one: Foreign, reference: Mapping[str, Any] | None = None, **stack: Any) -> Path:
    """One stack with what is given for it, and a pool for each side."""
    return write(
        folder / "mine.yaml",
        {"stack": one.stack() | stack},
        [dict(reference or one.python("shared", "python"))],
        [one.rust("shared"), one.python("python", role="python")],
    )


def dead(scheme: str) -> str:
    return f"{scheme}://127.0.0.1:{free_port()}"


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        ({"server_url": dead("http")}, "The NoETL server at .* does not answer"),
        ({"postgres_dsn": dead("postgresql") + "/noetl"}, "The NoETL database does not answer"),
        ({"schema": "elsewhere"}, "no NoETL tables in the schema elsewhere"),
        ({"tenant_dsn": dead("postgresql") + "/tenant"}, "The database does not answer"),
        ({"test_server_url": dead("http")}, "The test server at .* does not answer"),
        ({"logs": [{"file": "none.log"}]}, "There is no log /.*/none.log"),
        ({"logs": [{"glob": "none-*.log"}]}, r"There is no log /.*/none-\*.log"),
    ],
)
async def test_what_is_missing_is_one_message(
    foreigners: tuple[Foreign, Foreign], tmp_path: Path, stack: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(HarnessError, match=message) as told:
        async with opened(shared(tmp_path, foreigners[0], **stack)):
            pytest.fail("it can not be had")
    assert told.value.exit is Exit.ENVIRONMENT


async def test_a_role_that_may_not_read_is_told_what_it_needs(
    foreigners: tuple[Foreign, Foreign], tmp_path: Path
) -> None:
    one, _ = foreigners
    with psycopg.connect(one.owner_dsn, autocommit=True) as database:
        database.execute("REVOKE SELECT ON noetl.command FROM reader")
        try:
            with pytest.raises(HarnessError, match=r"may not read .*command\n.*GRANT USAGE") as told:
                async with opened(shared(tmp_path, one)):
                    pytest.fail("it can not be read")
        finally:
            database.execute("GRANT SELECT ON noetl.command TO reader")
    assert told.value.exit is Exit.ENVIRONMENT
    assert READER_PASSWORD not in str(told.value)


@pytest.mark.parametrize("monitored", [True, False])
async def test_a_pool_that_waits_elsewhere_is_not_ready(
    foreigners: tuple[Foreign, Foreign], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, monitored: bool
) -> None:
    one, _ = foreigners
    pool = one.python("shared", "python") | {"consumers": ["noetl_worker_pool_nowhere"]}
    stack = {} if monitored else {"monitor_url": None}
    async with opened(shared(tmp_path, one, pool, **stack)) as deployment:
        monkeypatch.setattr(processes, "READY_SECONDS", 1.0)
        with pytest.raises(HarnessError, match=r"reference is not ready in time: .* noetl_worker_pool_nowhere") as told:
            async with deployment.at_work(REFERENCE):
                pytest.fail("nobody waits there")
    assert told.value.exit is Exit.ENVIRONMENT


async def test_a_pool_that_ends_at_once_is_told_with_its_log_and_without_its_password(
    foreigners: tuple[Foreign, Foreign], tmp_path: Path
) -> None:
    one, _ = foreigners
    pool = one.python("shared") | {"start": ["sh", "-c", "echo I was told $NATS_URL; exit 3"]}
    async with opened(shared(tmp_path, one, pool)) as deployment:
        with pytest.raises(
            HarnessError, match=r"reference-tested-1 ended with exit code 3 .*\nI was told nats:"
        ) as told:
            async with deployment.at_work(REFERENCE):
                pytest.fail("it has ended")
    assert one.bus.password not in str(told.value)


@contextmanager
def running(worker: Mapping[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that somebody else has started."""
    with subprocess.Popen(
        worker["start"],
        env={**os.environ, **worker["environment"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


async def test_a_pool_that_runs_is_used_and_left_alone(foreigners: tuple[Foreign, Foreign], tmp_path: Path) -> None:
    one, _ = foreigners
    worker = one.python("shared")
    with running(worker) as process:
        attached = {"consumers": worker["consumers"]}
        async with opened(shared(tmp_path, one, attached)) as deployment, deployment.at_work(REFERENCE) as lanes:
            assert list(lanes) == [Side.REFERENCE]
        assert process.poll() is None


async def test_a_pool_is_not_started_beside_workers_that_would_take_its_commands(
    foreigners: tuple[Foreign, Foreign], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = foreigners
    monkeypatch.setattr(processes, "LEAVING_SECONDS", 1.0)
    worker = one.python("shared")
    with running(worker):
        async with opened(shared(tmp_path, one, {"consumers": worker["consumers"]})) as deployment:
            async with deployment.at_work(REFERENCE):
                pass
            with pytest.raises(HarnessError, match="Other workers wait at noetl_worker_pool_shared, before") as told:
                async with deployment.at_work(CANDIDATE):
                    pytest.fail("two pools at one consumer")
    assert told.value.exit is Exit.ENVIRONMENT


async def test_who_works_beside_whom(foreigners: tuple[Foreign, Foreign], tmp_path: Path) -> None:
    """A database is the same one by whatever address it is named."""
    one, other = foreigners
    workers = ([one.python("shared")], [other.rust("shared")])
    tenant = {"tenant_dsn": one.tenant_dsn.replace("127.0.0.1", "localhost")}
    for stack, shifts in ((other.stack(), TOGETHER), (other.stack() | tenant, ONE_BY_ONE), (one.stack(), ONE_BY_ONE)):
        stacks = {"stacks": {"reference": one.stack(), "candidate": stack}}
        async with opened(write(tmp_path / "mine.yaml", stacks, *workers)) as deployment:
            assert deployment.shifts == shifts


async def test_logs_are_files_patterns_and_commands(foreigners: tuple[Foreign, Foreign], tmp_path: Path) -> None:
    one, _ = foreigners
    (tmp_path / "a-1.log").write_text("")
    follow = {"command": ["sh", "-c", "echo followed; sleep 600"]}
    pool = one.python("shared") | {"logs": [{"glob": "a-*.log"}, follow]}
    file = shared(tmp_path, one, pool, logs=[{"file": str(one.log)}, follow])
    async with opened(file) as deployment, deployment.at_work(REFERENCE) as lanes:
        logs = lanes[Side.REFERENCE].logs
        assert [(source.pool_id, source.pattern) for source in logs] == [
            (None, False),
            (None, False),
            ("python@4.12.0", True),
            ("python@4.12.0", False),
            ("python@4.12.0", False),
        ]
        assert [printed(logs[at]) for at in (1, 3)] == ["followed\n", "followed\n"]


def printed(source: LogSource) -> str:
    return Path(source.path).read_text()


async def test_addresses_of_the_inside_are_what_playbooks_are_told(
    foreigners: tuple[Foreign, Foreign], tmp_path: Path
) -> None:
    one, _ = foreigners
    inside = {
        "server_url": "http://noetl:8082",
        "tenant_dsn": "postgresql://demo:pw@postgres:5433/demo",
        "test_server_url": "http://test:5555",
    }
    async with opened(shared(tmp_path, one, inside=inside, test_server_url=f"http://{one.address}")) as deployment:
        told = lane_values(deployment.lanes[Side.REFERENCE])
    assert (told["server_url"], told["test_server_url"]) == ("http://noetl:8082", "http://test:5555")
    assert (told["tenant_host"], told["tenant_port"], told["tenant_password"]) == ("postgres", "5433", "pw")


async def test_a_database_that_is_not_ours_is_only_read(foreigners: tuple[Foreign, Foreign]) -> None:
    """The session refuses to write even where the role might."""
    one, _ = foreigners
    async with await EventStore.open(one.owner_dsn, "noetl") as store:
        with pytest.raises(HarnessError, match="read-only transaction"):
            await store._rows("CREATE TABLE {schema}.harness (id int)", {})
        assert await store.workers() is not None


async def test_no_trigger_is_hung_into_a_database_that_is_not_ours(
    foreigners: tuple[Foreign, Foreign], tmp_path: Path
) -> None:
    one, _ = foreigners
    async with opened(shared(tmp_path, one)) as deployment, deployment.at_work(REFERENCE) as lanes:
        lane = replace(lanes[Side.REFERENCE], dsn=one.owner_dsn)
        assert await _triggers(lane, one) == 0
        assert await _triggers(replace(lane, owns_database=True), one) == 1
    with psycopg.connect(one.owner_dsn, autocommit=True) as database:
        database.execute("DROP FUNCTION noetl.noetl_harness_event CASCADE")


async def _triggers(lane: Lane, noetl: Foreign) -> int:
    async with LaneDrive(lane):
        with psycopg.connect(noetl.owner_dsn) as database:
            found = database.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'noetl_harness%'").fetchone()
    assert found is not None
    return int(found[0])


DEADLY = """\
apiVersion: noetl.io/v2
kind: Playbook
metadata: {name: deadly, path: tests/deadly}
workflow:
  - step: start
    tool:
      kind: python
      code: |
        import time
        open("{mark}", "w").close()
        time.sleep(60)
"""


async def test_a_pool_that_dies_ends_the_run_before_the_other_is_started(
    foreigners: tuple[Foreign, Foreign], tmp_path: Path
) -> None:
    one, _ = foreigners
    mark, worker = tmp_path / "mark", one.python("shared")
    script = f"{shlex.join(worker['start'])} & until test -e {mark}; do sleep 0.1; done; exit 7"
    pool = worker | {"start": ["sh", "-c", script]}
    case = Case("deadly", "tests/deadly", "deadly.yaml", DEADLY.replace("{mark}", str(mark)), timeout=60)
    target = processes.target(str(shared(tmp_path, one, pool)), {})
    request = RunRequest(target, pools(), [case], "", 1, tmp_path / "runs", [])
    yardstick = Yardstick((), load_rules(), load_fingerprints(), date(2026, 11, 25))
    async with asyncio.timeout(120):
        run = await compare(request, yardstick=yardstick, listener=lambda event: None)
    verdict = run.verdict
    assert verdict.exit == Exit.ENVIRONMENT
    (loss,) = verdict.losses
    assert loss.startswith("reference-tested-1 ended with exit code 7")
    assert loss.endswith("; at work then: deadly on reference")
    assert verdict.pairs[0].candidate.verdict is LegVerdict.NOT_RUN
    assert verdict.again[-2:] == ("--target", target.name)


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    harness = str(Path(sys.executable).with_name("noetl-harness"))
    command = [harness, "run", "python/hello", "--target", f"processes:{tmp_path}/none.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "none.yaml can not be read" in done.stderr
