"""Both runtimes on a real control plane, NATS and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import psycopg
import pytest
import pytest_asyncio
import yaml
from psycopg.rows import dict_row

from harness.deployments.embedded import open_embedded
from harness.files.pools import load_pool
from harness.model.deployment import DeploymentRequest, EmbeddedRequest
from harness.model.lane import Lane, Side

pytestmark = [pytest.mark.embedded, pytest.mark.asyncio(loop_scope="module")]

LANES = Mapping[Side, Lane]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lanes() -> AsyncIterator[LANES]:
    python = load_pool("python")
    async with open_embedded(
        EmbeddedRequest(DeploymentRequest(python, load_pool("rust@5.15.1"), python))
    ) as deployment:
        for lane in deployment.lanes.values():
            await put_credentials(lane)
        yield deployment.lanes


async def put_credentials(lane: Lane) -> None:
    tenant = urlsplit(lane.tenant_dsn)
    database = {
        "db_host": tenant.hostname,
        "db_port": str(tenant.port),
        "db_user": tenant.username,
        "db_password": tenant.password,
        "db_name": tenant.path.lstrip("/"),
    }
    async with aiohttp.ClientSession(lane.server_url) as session:
        for body in (
            {"name": "pg", "type": "postgres", "data": database, "tags": []},
            {"name": "b", "type": "bearer", "data": {"token": "TOK"}, "tags": []},
        ):
            async with session.post("/api/credentials", json=body) as response:
                assert response.status == 200, await response.text()


async def run(lane: Lane, *tools: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run a playbook of these tools, one step each and a noop behind them; the steps' `call.done` or `call.error`."""
    names = [*(f"s{number}" for number in range(len(tools))), "end"]
    steps: list[dict[str, Any]] = [
        {"step": name, "tool": dict(tool)} for name, tool in zip(names, (*tools, {"kind": "noop"}), strict=True)
    ]
    for step, following in zip(steps, names[1:], strict=False):
        step["next"] = {"spec": {"mode": "exclusive"}, "arcs": [{"step": following}]}
    path = "tests/worker"
    playbook = {
        "apiVersion": "noetl.io/v2",
        "kind": "Playbook",
        "metadata": {"name": "w", "path": path},
        "workflow": steps,
    }
    async with aiohttp.ClientSession(lane.server_url) as session:
        register = {"content": yaml.safe_dump(playbook), "resource_type": "Playbook"}
        async with session.post("/api/catalog/register", json=register) as response:
            assert response.status == 200, await response.text()
            version = (await response.json())["version"]
        async with session.post("/api/execute", json={"path": path, "version": version}) as response:
            execution_id = int((await response.json())["execution_id"])
    return await ended(lane, execution_id, len(names))


async def ended(lane: Lane, execution_id: int, steps: int) -> list[dict[str, Any]]:
    query = (
        "SELECT event_type, node_name, result, error FROM noetl.event WHERE execution_id = %s "
        "AND event_type IN ('call.done', 'call.error') ORDER BY event_id"
    )
    async with await psycopg.AsyncConnection.connect(lane.dsn, row_factory=dict_row, autocommit=True) as connection:
        for _ in range(200):
            rows = await (await connection.execute(query, (execution_id,))).fetchall()
            if len(rows) == steps:
                return rows[:-1]
            await asyncio.sleep(0.05)
    raise AssertionError(f"only {rows}")


def context(row: Mapping[str, Any]) -> Any:
    return row["result"]["context"]


SQL = "SELECT 1::int AS i, 2::bigint AS b, 1.5::numeric AS n, 'x' AS t, 3::smallint AS s, '[1]'::jsonb AS j"


async def test_postgres_rows_of_both_runtimes(lanes: LANES) -> None:
    create = "CREATE TABLE IF NOT EXISTS w (i int)"
    python = await run(lanes[Side.REFERENCE], {"kind": "postgres", "auth": "pg", "command": f"{create}; {SQL}"})
    found = context(python[0])
    assert (found["row_count"], found["statement_count"], found["status"]) == (1, 2, "success")
    assert found["rows"] == [{"i": 1, "b": 2, "n": 1.5, "t": "x", "s": 3, "j": [1]}]
    rust = await run(lanes[Side.CANDIDATE], {"kind": "postgres", "auth": "pg", "command": SQL})
    data = context(rust[0])["data"]
    assert data["rows"] == [{"i": 1, "b": 2, "n": None, "t": "x", "s": None, "j": [1]}]
    assert data["columns"] == ["i", "b", "n", "t", "s", "j"]


async def test_postgres_errors_of_both_runtimes(lanes: LANES) -> None:
    tool = {"kind": "postgres", "auth": "pg", "command": "select * from no_such_table"}
    (python,) = await run(lanes[Side.REFERENCE], tool)
    assert python["error"].startswith('command_0: relation "no_such_table" does not exist\nLINE 1: ')
    (rust,) = await run(lanes[Side.CANDIDATE], tool)
    said = 'ERROR: relation "no_such_table" does not exist (SQLSTATE 42P01)'
    assert rust["error"] == f"Database error: Query failed: {said}"


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ({"password": ""}, "invalid configuration"),
        ({"user": "nobody"}, "db error"),
        ({"port": 1}, "error connecting to server"),
    ],
)
async def test_why_rust_gets_no_connection(lanes: LANES, own: dict[str, Any], why: str) -> None:
    (rust,) = await run(lanes[Side.CANDIDATE], {"kind": "postgres", "auth": "pg", "query": "SELECT 1", **own})
    text = "Database error: Failed to get connection: Error occurred while creating a new object: "
    assert rust["error"] == text + why


async def test_parameters_of_the_rust_tool_are_not_cast(lanes: LANES) -> None:
    lane = lanes[Side.CANDIDATE]
    good = {"kind": "postgres", "auth": "pg", "query": "SELECT $1::bigint + 1 AS n, $2::text AS t", "params": [41, "x"]}
    bad = {"kind": "postgres", "auth": "pg", "query": "SELECT $1::int AS n", "params": [41]}
    first, second = await run(lane, good, bad)
    assert context(first)["data"]["rows"] == [{"n": 42, "t": "x"}]
    why = "cannot convert between the Rust type `i64` and the Postgres type `int4`"
    assert second["error"] == f"Database error: Query failed: error serializing parameter 0: {why}"


async def test_many_rows_of_the_python_tool_go_to_the_store(lanes: LANES) -> None:
    tool = {"kind": "postgres", "auth": "pg", "command": "SELECT generate_series(1, 16) AS n"}
    (row,) = await run(lanes[Side.REFERENCE], tool)
    assert context(row)["row_count"] == 16
    assert row["result"]["reference"]["kind"] == "temp_ref"


async def test_a_transfer_between_tables(lanes: LANES) -> None:
    lane = lanes[Side.REFERENCE]
    make = {"kind": "postgres", "auth": "pg", "command": "CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b (x int)"}
    source = {"kind": "postgres", "auth": "pg", "query": "SELECT x FROM a"}
    move = {"kind": "transfer", "source": source, "target": {"kind": "postgres", "auth": "pg", "table": "b"}}
    _, moved = await run(lane, make, move)
    assert moved["error"] is None
    assert context(moved)["rows_transferred"] == 1


async def test_a_sequence_goes_to_the_python_pool_of_either_lane(lanes: LANES) -> None:
    tasks = [{"name": "a", "kind": "python", "code": "result = {'n': 1}"}, {"name": "b", "kind": "noop"}]
    for lane in lanes.values():
        (row,) = await run(lane, {"kind": "task_sequence", "tasks": tasks})
        assert row["event_type"] == "call.done", row


async def test_a_bearer_alias_reaches_the_site_on_rust_only(lanes: LANES) -> None:
    for side, expected in ((Side.REFERENCE, False), (Side.CANDIDATE, True)):
        lane = lanes[side]
        (row,) = await run(lane, {"kind": "http", "url": f"{lane.test_server_url}/x/1/echo", "auth": "b"})
        assert row["event_type"] == "call.done"
        if expected:
            assert context(row)["data"]["body"]["headers"]["authorization"] == "[REDACTED]"


async def test_two_commands_run_at_once(lanes: LANES) -> None:
    slow = {"kind": "shell", "cmds": ["sleep 0.3"], "command": "sleep 0.3"}
    for lane in lanes.values():
        rows = await asyncio.gather(*(run(lane, slow) for _ in range(3)))
        assert all(row["event_type"] == "call.done" for (row,) in rows)
