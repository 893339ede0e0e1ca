"""Each check of the doctor on a NoETL that others have set up: one time it is well, one time it is not."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import nats
import pytest
from foreign import Foreign, write
from nats.js import JetStreamContext
from test_processes import CANDIDATE, REFERENCE, opened, shared

from harness.deployments.base import Shift
from harness.doctor import backlog, clocks, consumers, credentials, examine, leftovers, log, reach, store, versions
from harness.doctor import work as working
from harness.drive.values import lane_values
from harness.files.credentials import load_credentials
from harness.model.doctor import Answer, Finding, Site, State
from harness.model.errors import HarnessError
from harness.model.evidence import Evidence, LegEnd
from harness.model.lane import Inside, Lane, LogSource, Side
from harness.noetl.client import Client
from harness.patience import patiently

pytestmark = pytest.mark.embedded

HARNESS = str(Path(sys.executable).with_name("noetl-harness"))
NOWHERE = Evidence("", Side.REFERENCE, "", LegEnd.LOST, None, 0.0)


@pytest.fixture
def one(foreigners: tuple[Foreign, Foreign]) -> Foreign:
    return foreigners[0]


@asynccontextmanager
async def lane_of(one: Foreign, folder: Path, shift: Shift = REFERENCE) -> AsyncIterator[Lane]:
    """A lane at work."""
    async with opened(shared(folder, one)) as deployment, deployment.at_work(shift) as lanes:
        yield lanes[shift[0]]


@asynccontextmanager
async def jetstream(one: Foreign) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(one.bus.url)
    try:
        yield client.jetstream()
    finally:
        await client.close()


@pytest.mark.parametrize("shift", [REFERENCE, CANDIDATE])
async def test_a_noetl_that_is_well(one: Foreign, tmp_path: Path, shift: Shift) -> None:
    one.end_what_runs()
    async with opened(shared(tmp_path, one)) as deployment:
        before = await examine.examine_before(deployment)
        async with deployment.at_work(shift) as lanes:
            at_work = await examine.examine_at_work(lanes)
    assert {one.check: one.answer.state for one in before} == {
        "context": State.ABSENT,
        "versions": State.ABSENT,
        "pods": State.ABSENT,
        "routing": State.ABSENT,
        "event store": State.OK,
        "clocks": State.OK,
        "backlog": State.OK,
        "leftovers": State.OK,
    }
    assert {one.check: one.answer.state for one in at_work} == dict.fromkeys(
        ("consumers", "work", "credentials", "test server", "log"), State.OK
    )
    assert {one.where for one in before} == {""}
    assert {one.where for one in at_work} == {shift[0].value}


async def test_a_database_that_can_not_be_read(one: Foreign, tmp_path: Path) -> None:
    async with opened(shared(tmp_path, one)) as deployment:
        lane = deployment.lanes[Side.REFERENCE]
        deployment.lanes = {Side.REFERENCE: replace(lane, schema="elsewhere")}
        found = await examine.examine_before(deployment)
    (told,) = [finding.answer for finding in found if finding.check == "event store"]
    assert (told.state, told.todo) == (State.FAIL, "Name the database and the schema that NoETL writes to.")


@pytest.fixture
async def lane(one: Foreign, tmp_path: Path) -> AsyncIterator[Lane]:
    """A lane whose pool does not work."""
    async with opened(shared(tmp_path, one)) as deployment:
        yield deployment.lanes[Side.REFERENCE]


@pytest.mark.parametrize(
    ("image", "state"),
    [
        ("localhost/noetl:4.12.0 localhost/noetl@sha256:aa", State.OK),
        ("ghcr.io/noetl/noetl:v4.12.0", State.OK),
        ("localhost/noetl:4.11.0", State.FAIL),
        ("localhost/noetl:dev", State.WARN),
    ],
)
async def test_the_release_that_runs_is_the_declared_one(lane: Lane, image: str, state: State) -> None:
    assert (await versions.check(Site(images={"python@4.12.0": image}), lane)).state is state


async def test_clocks_of_the_real_services(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await clocks.check(Site(), lane)).state is State.OK
    monkeypatch.setattr(clocks, "_NOTED", -1.0)
    told = await clocks.check(Site(), lane)
    assert told.state is State.WARN
    assert "the clock of " in told.what


async def test_commands_that_wait(one: Foreign, tmp_path: Path) -> None:
    async with lane_of(one, tmp_path) as lane:
        assert (await backlog.check(Site(), lane)).state is State.OK
    async with jetstream(one) as stream:
        await stream.publish(f"{one.bus.subject}.shared.1", b"{}")
        try:
            told = await backlog.check(Site(), lane)
            unmade = await backlog.check(Site(), replace(lane, stream="NOT_YET"))
        finally:
            await stream.purge_stream(one.bus.stream)
    assert told.state is State.WARN
    assert "1 for noetl_worker_pool_shared" in told.what
    assert unmade.state is State.OK


async def test_executions_that_run_already(one: Foreign, lane: Lane) -> None:
    one.end_what_runs()
    assert (await leftovers.check(Site(), lane)).state is State.OK
    async with Client(lane.server_url) as client:
        playbook = await client.register(examine._source())
        root = await client.execute(playbook, {})
        try:
            told = await leftovers.check(Site(), lane)
        finally:
            await client.cancel(root, "the test is over")
            async with jetstream(one) as stream:
                await stream.purge_stream(one.bus.stream)
    assert (told.state, told.what) == (State.WARN, "1 executions are RUNNING already, 1 of them of earlier runs")


async def test_who_waits_at_which_consumer(one: Foreign, lane: Lane) -> None:
    """On a stream of the test's own, whose consumers come one by one."""
    lane = replace(lane, stream="DOCTOR")

    async def told() -> Answer:
        return await consumers.check(lane, NOWHERE)

    async with jetstream(one) as stream:
        await stream.add_stream(name="DOCTOR", subjects=["doctor", "doctor.>"])
        waiting = []
        try:
            assert (await told()).what.startswith("DOCTOR has no consumer of the segment shared")
            for segment in ("shared", "python"):
                answer = await told()
                assert answer.state is (State.FAIL if segment == "shared" else State.WARN)
                subscription = await stream.pull_subscribe(f"doctor.{segment}.>", durable=segment)
                waiting.append(asyncio.create_task(subscription.fetch(1, timeout=60)))
                await _until_waits(one, segment)
            assert await told() == Answer(State.OK, "1 wait at python, 1 wait at shared")
            legacy = await stream.pull_subscribe("", durable="legacy", stream="DOCTOR")
            assert (await told()).state is State.OK
            waiting.append(asyncio.create_task(legacy.fetch(1, timeout=60)))
            await _until_waits(one, "legacy")
            assert "which has no filter" in (await told()).what
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            await stream.delete_stream("DOCTOR")


async def _until_waits(one: Foreign, consumer: str) -> None:
    async with jetstream(one) as stream, asyncio.timeout(20):
        async for _ in patiently(20):
            if (await stream.consumer_info("DOCTOR", consumer)).num_waiting:
                return


async def test_a_pool_that_takes_nothing(lane: Lane, one: Foreign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "_SECONDS", 0.3)
    found = await examine.examine_at_work({Side.REFERENCE: lane})
    async with jetstream(one) as stream:
        await stream.purge_stream(one.bus.stream)
    states = {finding.check: finding.answer.state for finding in found}
    assert states == {
        "consumers": states["consumers"],
        "work": State.FAIL,
        "credentials": State.OK,
        "test server": State.ABSENT,
        "log": State.WARN,
    }


async def test_a_database_that_is_gone_is_work_that_can_not_be_seen(lane: Lane) -> None:
    gone = replace(lane, dsn="postgresql://nobody:secret-word@127.0.0.1:1/noetl")
    (told,) = await examine.examine_at_work({Side.REFERENCE: gone})
    assert (told.check, told.answer.state) == ("work", State.FAIL)
    assert "secret-word" not in f"{told.answer.what}{told.answer.todo}"


async def test_what_of_a_working_pool_can_be_wrong(one: Foreign, tmp_path: Path) -> None:
    """One canary by the lane as it is, one by what a person could have written instead."""
    async with lane_of(one, tmp_path) as lane:
        canary = await examine.canary_of(lane)
        assert (await working.check(lane, canary)).state is State.OK
        strange = replace(lane, pool=replace(lane.pool, worker_id_pattern="never"), python_pool=lane.python_pool)
        told = await working.check(strange, replace(canary, workers=()))
        assert (told.state, "are not of python@4.12.0" in told.what) == (State.FAIL, True)

        assert (await log.check(lane, canary)).state is State.OK
        silent = tmp_path / "silent.log"
        silent.touch()
        elsewhere = replace(lane, logs=(LogSource(str(silent), lane.pool.id),))
        assert (await log.check(elsewhere, await examine.canary_of(elsewhere))).state is State.FAIL
        assert (await log.check(replace(lane, logs=()), canary)).state is State.WARN

        assert (await reach.check(lane, canary)).state is State.OK
        inside = Inside(lane.server_url, lane.tenant_dsn, "http://127.0.0.1:1")
        cut = replace(lane, inside=inside)
        told = await reach.check(cut, await examine.canary_of(cut))
        assert told.what.startswith("the workers do not reach the test server at http://127.0.0.1:1")
        other = replace(lane, test_server_url=lane.server_url)
        told = await reach.check(other, await examine.canary_of(other))
        assert (told.state, "is not our test server" in told.what) == (State.FAIL, True)


async def test_credentials_that_do_not_come_back(lane: Lane) -> None:
    first, second, *_ = load_credentials(lane_values(lane))
    async with Client(lane.server_url) as client:
        for credential in load_credentials(lane_values(lane)):
            await client.put_credential(credential)
        assert (await credentials.check(lane, NOWHERE)).state is State.OK
        await client.put_credential(replace(first, data=dict.fromkeys(first.data, "another-secret")))
        await client._call("DELETE", f"/api/credentials/{second.name}")
        told = await credentials.check(lane, NOWHERE)
    assert (told.state, told.what.endswith(f"stored as {first.name}, {second.name}")) == (State.FAIL, True)
    assert "another-secret" not in f"{told.what}{told.todo}"


async def test_the_store_counts_the_workers(lane: Lane) -> None:
    assert (await store.check(Site(), lane)).state is State.OK


def harness(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HARNESS, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
    )


def test_the_verb_and_the_run_say_the_same(one: Foreign, tmp_path: Path) -> None:
    """The reference is well, and the candidate's log is another one: nothing of either is judged."""
    well, broken = tmp_path / "well", tmp_path / "broken"
    for folder in (well, broken):
        folder.mkdir()
    done = harness("doctor", "--target", f"processes:{shared(well, one)}")
    assert (done.returncode, "0 failed" in done.stdout) == (0, True), done.stdout + done.stderr
    silent = one.rust("shared") | {"start": ["sh", "-c", 'exec "$@" >/dev/null', "sh", *one.rust("shared")["start"]]}
    stack = {"stack": one.stack()}
    file = write(broken / "mine.yaml", stack, [one.python("shared", "python")], [silent])
    target = ("--target", f"processes:{file}")
    done = harness("doctor", *target)
    assert (done.returncode, "1 failed" in done.stdout) == (4, True), done.stdout + done.stderr
    done = harness("run", "python/hello", *target, "--runs", str(tmp_path / "runs"))
    assert (done.returncode, done.stdout) == (4, "")
    assert "log of the candidate: the log of rust@5.15.1 says nothing" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_can_not_be_opened_is_a_failure_too(one: Foreign, tmp_path: Path) -> None:
    file = shared(tmp_path, one, schema="elsewhere")
    done = harness("doctor", "--target", f"processes:{file}")
    assert done.returncode == 4
    assert done.stdout.startswith("fail deployment  The database has no NoETL tables in the schema elsewhere.")


def test_a_file_that_is_not_sound_is_no_patient(tmp_path: Path) -> None:
    done = harness("doctor", "--target", f"processes:{tmp_path}/none.yaml")
    assert (done.returncode, done.stdout) == (2, "")


async def test_a_server_that_refuses_is_a_failed_check(one: Foreign, tmp_path: Path) -> None:
    async with opened(shared(tmp_path, one)) as deployment:
        lanes = {
            side: replace(lane, server_url=f"{lane.server_url}/elsewhere") for side, lane in deployment.lanes.items()
        }
        deployment.lanes = lanes  # type: ignore[misc]
        found: list[Finding] = await examine.examine_before(deployment)
    (told,) = [finding.answer for finding in found if finding.check == "versions"]
    assert (told.state, told.what.startswith("the server refused: HTTP 404")) == (State.FAIL, True)
    with pytest.raises(HarnessError):
        examine.admit(found)
