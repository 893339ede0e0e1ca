"""A run on a NoETL that has other users: it keeps apart from theirs, and says what it leaves."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import psycopg
import pytest
from foreign import Foreign
from test_doctor_processes import jetstream
from test_processes import pools, shared

from harness.deployments import processes
from harness.drive.events import DriveEvent, Examined
from harness.files.rules import load_fingerprints, load_rules
from harness.files.suite import load_suite, select
from harness.judge.yardstick import Yardstick
from harness.judged import Judged
from harness.model.doctor import State
from harness.model.lane import Side
from harness.model.verdict import PairVerdict
from harness.noetl.client import Client
from harness.report import terminal
from harness.session import RunRequest, compare

pytestmark = pytest.mark.embedded

CASES = ("composition/parent", "postgres/by_alias")


async def run(one: Foreign, folder: Path, told: list[DriveEvent] | None = None) -> Judged:
    target = processes.target(str(shared(folder, one)), {})
    request = RunRequest(target, pools(), select(load_suite(), CASES), "", 2, folder / "runs", [])
    yardstick = Yardstick((), load_rules(), load_fingerprints(), date(2026, 11, 25))
    return await compare(request, yardstick=yardstick, listener=(told if told is not None else []).append)


def catalog(one: Foreign) -> set[str]:
    with psycopg.connect(one.reader_dsn) as database:
        return {f"{path} {version}" for path, version in database.execute("SELECT path, version FROM noetl.catalog")}


def still_running(one: Foreign) -> int:
    """Theirs, and what other tests have left on this NoETL."""
    with psycopg.connect(one.reader_dsn) as database:
        found = database.execute("SELECT count(*) FROM noetl.execution WHERE status = 'RUNNING'").fetchone()
    assert found
    return int(found[0])


THEIRS = """\
apiVersion: noetl.io/v2
kind: Playbook
metadata: {name: child, path: parity/composition/child}
workflow:
  - {step: start, tool: {kind: python, code: "def main(): return {'theirs': True}"}}
"""


async def test_others_are_left_alone_and_are_nothing_of_the_run(
    foreigners: tuple[Foreign, Foreign], tmp_path: Path
) -> None:
    """Somebody has a playbook of the same path as a sub-playbook of the suite, and one that runs."""
    one, _ = foreigners
    async with Client(f"http://{one.address}") as client:
        theirs = await client.execute(await client.register(THEIRS), {})
    before, running, told = catalog(one), still_running(one), list[DriveEvent]()
    async with jetstream(one) as stream:
        await stream.purge_stream(one.bus.stream)
    judged = await run(one, tmp_path, told)
    verdict = judged.verdict
    assert {pair.verdict for pair in verdict.pairs} <= {PairVerdict.SAME_PASS, PairVerdict.DIVERGED}
    assert all(pair.reference.verdict == pair.candidate.verdict == "completed" for pair in verdict.pairs)
    mark = f"/{verdict.run_id}/"
    assert {path for path in catalog(one) - before if mark not in path} == set()
    assert f"parity{mark}composition/child 1" in catalog(one)

    (left,) = verdict.footprints
    assert (left.sides, left.problem, left.apart, left.running) == (tuple(Side), None, running, 0)
    assert left.playbooks == len(catalog(one) - before) > 3
    assert left.executions >= 6
    assert left.events > left.executions
    async with jetstream(one) as stream:
        names = {info.name for info in await stream.consumers_info(one.bus.stream)}
    assert {name for name in names if not name.startswith("noetl_worker_pool_")} == set()
    assert "pg_local" in {*left.credentials, *left.replaced}
    assert any("t_by_alias" in table for table in left.tables)
    warned = [one for event in told if isinstance(event, Examined) for one in event.findings]
    (leftover,) = [one.answer for one in warned if one.check == "leftovers"]
    assert (leftover.state, leftover.what.startswith(f"{running} executions are RUNNING already")) == (State.WARN, True)

    out = io.StringIO()
    terminal.write(judged, out)
    assert str(theirs) not in out.getvalue()
    assert mark not in out.getvalue()
    text = " ".join(out.getvalue().split())
    assert f"NoETL of reference and candidate: {left.playbooks} playbooks, {left.executions} executions" in text
    assert f"{running} executions of others were RUNNING before; nothing here is about them" in text
    async with Client(f"http://{one.address}") as client:
        await client.cancel(theirs, "the test is over")


async def test_what_a_role_may_not_read_is_told_and_ends_nothing(
    foreigners: tuple[Foreign, Foreign], tmp_path: Path
) -> None:
    one, _ = foreigners
    with psycopg.connect(one.owner_dsn, autocommit=True) as database:
        database.execute("REVOKE SELECT ON noetl.catalog FROM reader")
        try:
            told: list[DriveEvent] = []
            verdict = (await run(one, tmp_path, told)).verdict
        finally:
            database.execute("GRANT SELECT ON noetl.catalog TO reader")
    assert all(pair.decided for pair in verdict.pairs)
    (left,) = verdict.footprints
    assert left.problem
    assert "permission denied for table catalog" in left.problem
