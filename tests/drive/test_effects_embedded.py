"""Side effects and stored results, read from the real PostgreSQL, test server and control plane."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
import pytest_asyncio

from harness.deployments.embedded import EmbeddedTarget, open_embedded
from harness.drive import effects
from harness.drive.effects import EffectReader
from harness.files.pools import load_pool
from harness.files.project import project_root
from harness.files.suite import load_suite
from harness.files.yardstick import load_yardstick
from harness.model.deployment import DeploymentRequest, EmbeddedRequest
from harness.model.evidence import Effect, EffectKind
from harness.model.finding import Finding, Weight
from harness.model.lane import Lane, Side
from harness.model.suite import Case
from harness.model.verdict import Pair, PairVerdict
from harness.session import RunRequest, compare

pytestmark = [pytest.mark.embedded, pytest.mark.asyncio(loop_scope="module")]

ROOT = 7001


def pools() -> DeploymentRequest:
    python = load_pool("python")
    return DeploymentRequest(python, load_pool("rust@5.15.1"), python)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lane() -> AsyncIterator[Lane]:
    async with open_embedded(EmbeddedRequest(pools())) as deployment:
        yield deployment.lanes[Side.REFERENCE]


async def read(lane: Lane, *tables: str, children: tuple[int, ...] = (), needs: tuple[str, ...] = ()) -> list[Effect]:
    async with EffectReader(lane) as reader:
        return list(await reader.read(Case("a", "a", "a.yaml", "", tables=tables, needs=needs), ROOT, children))


async def test_rows_are_postgresqls_own_json(lane: Lane) -> None:
    query = """
        SELECT {{ execution_id }} AS id, 1.5::numeric AS n, 0.1::numeric + 1e25 AS exact, NULL AS nothing, true AS yes,
            '[1, {"a": null}]'::jsonb AS document, ARRAY[1, 2] AS numbers, 'NaN'::float8 AS nan, 'what''s 10 %'::text,
            '2026-01-02T03:04:05+02'::timestamptz AS at -- a comment"""
    (found,) = await read(lane, query)
    assert (found.kind, found.execution_id, found.name, found.problem) == (EffectKind.TABLE, ROOT, query, None)
    assert found.rows == (
        {
            "id": ROOT,
            "n": 1.5,
            "exact": "10000000000000000000000000.1",
            "nothing": None,
            "yes": True,
            "document": [1, {"a": None}],
            "numbers": [1, 2],
            "nan": "NaN",
            "text": "what's 10 %",
            "at": "2026-01-02T01:04:05+00:00",
        },
    )


async def test_a_query_that_fails_is_a_problem_and_no_more(lane: Lane) -> None:
    bad, gone, good = await read(lane, "SELECT FROM FROM", "SELECT * FROM t_{{execution_id}}", "SELECT 1 AS one")
    assert (bad.rows, bad.absent) == ((), False)
    assert "syntax error" in (bad.problem or "")
    assert (gone.problem, gone.absent) == ('relation "t_7001" does not exist', True)
    assert (good.rows, good.problem) == (({"one": 1},), None)


async def test_nothing_can_be_written(lane: Lane) -> None:
    with psycopg.connect(lane.tenant_dsn, autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE untouched")
    (found,) = await read(lane, "SELECT nextval('untouched')")
    assert "read-only transaction" in (found.problem or "")


async def test_the_order_of_a_query_is_kept_and_long_tables_are_cut(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "MOST_ROWS", 3)
    three, four = await read(lane, *(f"SELECT n FROM generate_series(1, {n}) n ORDER BY n DESC" for n in (3, 4)))
    assert [row["n"] for row in three.rows] == [3, 2, 1]
    assert (three.problem, [row["n"] for row in four.rows]) == (None, [4, 3, 2])
    assert four.problem == "more than 3 rows, of which the first were read"


async def test_a_database_that_is_gone_or_came_back(lane: Lane) -> None:
    (found,) = await read(replace(lane, tenant_dsn="postgresql://nobody:geheim99@127.0.0.1:1/none"), "SELECT 1")
    assert found.problem
    assert "geheim99" not in found.problem
    case = Case("a", "a", "a.yaml", "", tables=("SELECT pg_backend_pid() AS pid",))
    async with EffectReader(lane) as reader:
        (first,) = await reader.read(case, ROOT, ())
        assert (await reader.read(case, ROOT, ()))[0].rows == first.rows
        with psycopg.connect(lane.dsn, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", (first.rows[0]["pid"],))
        assert (await reader.read(case, ROOT, ()))[0].problem
        assert (await reader.read(case, ROOT, ()))[0].problem is None


async def test_calls_of_the_root_and_of_its_children(lane: Lane) -> None:
    async with aiohttp.ClientSession(lane.test_server_url) as session:
        for path in (f"/x/{ROOT}/echo", f"/x/{ROOT}/nowhere", f"/x/{ROOT + 1}/echo"):
            async with session.get(path):
                pass
    found = await read(lane, children=(ROOT + 2, ROOT + 1), needs=("test-server",))
    assert [(one.execution_id, [call["path"] for call in one.rows]) for one in found] == [
        (ROOT, ["/echo", "/nowhere"]),
        (ROOT + 1, ["/echo"]),
        (ROOT + 2, []),
    ]
    assert await read(lane, children=(ROOT + 1,)) == []


async def test_a_test_server_that_is_gone(lane: Lane) -> None:
    (found,) = await read(replace(lane, test_server_url="http://127.0.0.1:1"), needs=("test-server",))
    assert found.problem == "the test server's record can not be read (ClientConnectorError)"


# all the way from playbooks to verdicts

QUERY = "SELECT id, name FROM t_left_{{execution_id}} ORDER BY id"

PLAYBOOK = """\
apiVersion: noetl.io/v2
kind: Playbook
metadata: {name: left, path: tests/left}
workload: {mark: "", database: "", test_server: ""}
workflow:
  - step: start
    tool: {kind: postgres, auth: pg_local, query: "CREATE TABLE t_left_{{ execution_id }} (id int, name text)"}
    next: {spec: {mode: exclusive}, arcs: [{step: fill}]}
  - step: fill
    tool:
      kind: postgres
      auth: pg_local
      query: "INSERT INTO t_left_{{ execution_id }} VALUES (1, '{{ database }}'), (2, md5('{{ mark }}'))"
    next: {spec: {mode: exclusive}, arcs: [{step: tell}]}
  - step: tell
    tool:
      kind: python
      input: {url: "{{ test_server }}/x/{{ execution_id }}/echo"}
      code: |
        def main(url):
            import urllib.request
            urllib.request.urlopen(url).read()
            return {"told": True}
    next: {spec: {mode: exclusive}, arcs: [{step: big}]}
  - step: big
    tool:
      kind: python
      input: {text: "TEXT"}
      code: |
        def main(text):
            import hashlib
            return {"digest": hashlib.sha256(text.encode()).hexdigest(), "list": [200000 * "x", {"a": 2}]}
    next: {spec: {mode: exclusive}, arcs: [{step: end}]}
  - step: end
    tool: {kind: python, code: "result = {'done': True}"}
"""


def case(name: str, mark: str = "the same", text: str = "the same") -> Case:
    """A case whose second row follows from `mark`, and whose large result from `text`."""
    payload = {"mark": mark, "database": "${tenant_database}", "test_server": "${test_server_url}"}
    source = PLAYBOOK.replace("TEXT", text).replace("tests/left", f"tests/{name}")
    return Case(name, f"tests/{name}", "x.yaml", source, payload, tables=(QUERY,), needs=("test-server",), timeout=60.0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping[str, Pair], Path]:
    runs = tmp_path_factory.mktemp("runs")
    cases = (case("same"), case("row", mark="${tenant_database}"), case("stored", text="{{ database }}"))
    wanted = RunRequest(EmbeddedTarget(), pools(), cases, "", 4, runs, [])
    yardstick = load_yardstick(load_suite(project_root()), runs)
    verdict = (await compare(wanted, yardstick=yardstick, listener=lambda event: None)).verdict
    return {pair.case.id: pair for pair in verdict.pairs}, runs / verdict.run_id


def evidence(folder: Path, name: str, side: Side) -> Any:
    (file,) = folder.glob(f"cases/*-{name}/{side}-1.json")
    return json.loads(file.read_text())


def differences(pair: Pair) -> list[Finding]:
    """Without what is only told, such as how long things took."""
    return [finding for finding in pair.findings if finding.weight is not Weight.INFO]


async def test_the_same_rows_calls_and_stored_results(run: tuple[Mapping[str, Pair], Path]) -> None:
    pairs, folder = run
    assert differences(pairs["same"]) == []
    assert pairs["same"].verdict is PairVerdict.SAME_PASS
    python, rust = (evidence(folder, "same", side) for side in Side)
    for leg in (python, rust):
        assert [len(effect["rows"]) for effect in leg["effects"]] == [2, 1]
    assert python["stored"] == []
    (stored,) = rust["stored"]
    assert stored["data"]["data"]["list"] == [200000 * "x", {"a": 2}]


async def test_a_row_that_is_another_one_on_one_lane(run: tuple[Mapping[str, Pair], Path]) -> None:
    (finding,) = differences(run[0]["row"])
    assert finding.fingerprint == "table data at /*/name has another value"
    assert finding.pointer == "/1/name"
    assert finding.evidence[0] == f"query 1: {QUERY}"


async def test_a_stored_result_that_is_another_one_on_one_lane(run: tuple[Mapping[str, Pair], Path]) -> None:
    (finding,) = differences(run[0]["stored"])
    assert (finding.fingerprint, finding.step) == ("python data at /digest has another value", "big")
