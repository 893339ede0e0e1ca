"""What workers keep at the control plane: credentials, tokens, variables, results, themselves."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from wire_client import HELLO, Answer, Wire

pytestmark = pytest.mark.embedded


async def test_a_stored_result_comes_back(wire: Wire) -> None:
    body = {"name": "big", "data": {"rows": [1, 2]}, "scope": "execution", "source_step": "s"}
    stored = await wire.call("PUT", "/api/result/77", body)
    assert (stored.status, stored.body["scope"]) == (200, "execution")
    assert (await wire.get(f"/api/result/resolve?ref={stored.body['ref']}")).body == {"rows": [1, 2]}
    assert (await wire.get("/api/result/77/big")).body == {"rows": [1, 2]}
    assert (await wire.get("/api/result/77/small")).status == 404


async def test_credentials_are_kept_and_shown_only_when_asked(wire: Wire, capfd: pytest.CaptureFixture[str]) -> None:
    body = {"name": "pg", "type": "postgres", "data": {"db_password": "s3cr3t"}, "tags": "a, b"}
    saved = await wire.post("/api/credentials", body)
    assert (saved.status, saved.body["data"], saved.body["tags"]) == (200, None, ["a", "b"])
    assert isinstance(saved.body["id"], str)
    shown = (await wire.get("/api/credentials/pg?include_data=true&execution_id=1")).body
    assert (shown["type"], shown["data"]) == ("postgres", {"db_password": "s3cr3t"})
    assert (await wire.get("/api/credentials/pg")).body["data"] is None
    assert (await wire.get(f"/api/credentials/{saved.body['id']}")).body["name"] == "pg"
    await wire.post("/api/credentials", {**body, "data": {"db_password": "other"}})
    (listed,) = (await wire.get("/api/credentials?type=postgres")).body["items"]
    assert (listed["id"], listed["data"]) == (saved.body["id"], None)
    assert (await wire.call("DELETE", "/api/credentials/pg")).body["name"] == "pg"
    assert (await wire.get("/api/credentials/pg")).status == 404
    assert "s3cr3t" not in "".join(capfd.readouterr())


async def test_reading_a_credential_for_an_execution_fills_its_keychain(wire: Wire) -> None:
    registered = await wire.register(HELLO)
    execution_id = await wire.start("test/hello")
    await wire.post("/api/credentials", {"name": "tok", "type": "bearer", "data": {"token": "t"}})
    await wire.get(f"/api/credentials/tok?include_data=true&execution_id={execution_id}")
    path = f"/api/keychain/{registered['catalog_id']}/tok"
    entry = (await wire.get(f"{path}?execution_id={execution_id}&scope_type=local")).body
    assert (entry["status"], entry["token_data"]) == ("success", {"token": "t"})
    assert (await wire.get(path)).body["status"] == "not_found"
    put = await wire.post(path, {"token_data": {"a": 1}, "credential_type": "bearer", "ttl_seconds": 60})
    assert (put.status, put.body["status"]) == (200, "success")
    assert (await wire.get(path)).body["token_data"] == {"a": 1}
    await wire.post(path, {"token_data": {"a": 1}, "credential_type": "bearer", "ttl_seconds": 0})
    assert (await wire.get(path)).body["status"] == "not_found"


async def test_workers_come_and_go(wire: Wire) -> None:
    body = {"name": "w1", "component_type": "worker_pool", "runtime": "rust", "status": "ready", "hostname": "h"}
    registered = await wire.post("/api/worker/pool/register", {**body, "labels": {"pool_name": "p"}})
    assert (registered.status, registered.body["status"]) == (200, "ok")
    assert (await wire.post("/api/worker/pool/heartbeat", {"name": "w1"})).status == 200
    (pool,) = (await wire.get("/api/worker/pools?runtime=rust")).body["items"]
    assert (pool["name"], pool["status"], pool["runtime"]["type"]) == ("w1", "ready", "rust")
    await wire.post("/api/worker/pool/deregister", {"name": "w1", "component_type": "worker_pool"})
    (pool,) = (await wire.get("/api/worker/pools")).body["items"]
    assert pool["status"] == "offline"
    assert (await wire.get("/api/worker/pools?runtime=python")).body["items"] == []
    assert (await wire.call("DELETE", "/api/worker/pool/deregister", {"name": "w1"})).status == 200


async def test_variables_health_and_sql(wire: Wire) -> None:
    put = await wire.post("/api/vars/5", {"variables": {"a": [1]}})
    assert put.body == {"execution_id": 5, "variables_set": 1, "var_names": ["a"]}
    assert (await wire.get("/api/vars/5/a")).body["value"] == [1]
    assert (await wire.get("/api/vars/5")).body["count"] == 1
    assert (await wire.get("/api/vars/5/b")).status == 404
    assert (await wire.post("/api/vars/5", {"a": 1})).status == 422
    for path in ("/health", "/api/health"):
        assert (await wire.get(path)).body == {"status": "ok"}
    assert (await wire.get("/api/pool/status")).body["slots_available"] > 0
    assert "noetl_up 1" in (await wire.get("/metrics")).body
    answer = await wire.post("/api/postgres/execute", {"query": "SELECT 1 AS one"})
    assert answer.body == {"status": "ok", "result": [{"one": 1}], "error": None}
    assert (await wire.post("/api/postgres/execute", {"query": "SELEC 1"})).body["status"] == "error"
    assert (await wire.get("/api/nothing")).status == 404


async def test_sql_runs_where_it_is_told_to(wire: Wire) -> None:
    async def run(**body: Any) -> Answer:
        return await wire.post("/api/postgres/execute", {"query": "SELECT current_database() AS name", **body})

    here = (await run()).body["result"][0]["name"]
    assert (await run(database="postgres")).body["result"] == [{"name": "postgres"}]
    known = conninfo_to_dict(wire.dsn)
    data = {"db_name": "postgres", "db_user": known["user"], "db_password": known.get("password", "-")}
    await wire.post("/api/credentials", {"name": "half", "type": "postgres", "data": data})
    answer = await run(credential="half")
    assert (answer.status, answer.body) == (400, {"detail": "Credential 'half' missing required fields"})
    where = {"db_host": known["host"], "db_port": known["port"]}
    await wire.post("/api/credentials", {"name": "whole", "type": "postgres", "data": {**data, **where}})
    assert (await run(credential="whole", database=here)).body["result"] == [{"name": "postgres"}]
    assert (await run(credential="whole", connection_string=wire.dsn)).body["result"] == [{"name": here}]
    assert (await run(credential="nobody")).status == 404
