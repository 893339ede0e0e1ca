"""Registering, executing, watching and ending, as a client does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from wire_client import HELLO, Wire

from harness.embedded.control_plane.database import Cursor, Database

pytestmark = pytest.mark.embedded


async def test_unknown_things_are_404(wire: Wire) -> None:
    refused = await wire.post("/api/execute", {"path": "no/such"})
    assert (refused.status, refused.body) == (404, {"detail": "Executable catalog entry not found: no/such"})
    refused = await wire.post("/api/execute", {"catalog_id": 7})
    assert refused.body == {"detail": "Executable catalog entry not found: catalog_id=7"}
    credential = await wire.get("/api/credentials/nope?include_data=true&execution_id=1")
    assert (credential.status, credential.body) == (404, {"detail": "Credential not found"})
    assert (await wire.get("/api/executions/1/status")).status == 404
    assert (await wire.get("/api/executions/1")).status == 404
    assert (await wire.get("/api/events/batch/1/status")).status == 404
    beat = await wire.post("/api/worker/pool/heartbeat", {"name": "nobody"})
    assert (beat.status, beat.body) == (404, {"detail": {"status": "unknown", "name": "nobody"}})


async def test_a_registration_is_validated_as_noetl_does(wire: Wire) -> None:
    refused = await wire.post("/api/catalog/register", {"content": HELLO.replace("kind: python", "kind: cobol", 1)})
    assert refused.status == 422
    assert refused.body["detail"].startswith(
        "register_resource: 'test/hello' is not a valid playbook: "
        "workflow.0.tool.ToolSpec.kind: Input should be 'http', "
    )
    refused = await wire.post("/api/catalog/register", {"content": HELLO.replace("tool:", "args: {}\n  tool:", 1)})
    assert "legacy args/set_ctx/set_iter/result/outcome" in refused.body["detail"]
    ignored = await wire.register(HELLO.replace("- step: start", "- step: start\n  sink: {x: 1}"))
    assert (ignored["status"], ignored["version"], ignored["kind"]) == ("success", 1, "playbook")
    assert (await wire.register(HELLO))["version"] == 2
    missing = await wire.post("/api/catalog/register", {})
    assert (missing.status, missing.body["detail"][0]["loc"]) == (422, ["body", "content"])


async def test_a_postgres_step_without_auth_is_refused_and_leaves_no_zombie(wire: Wire) -> None:
    await wire.register(HELLO.replace("kind: python, code:", "kind: postgres, command:", 1))
    refused = await wire.post("/api/execute", {"path": "test/hello"})
    assert (refused.status, refused.body["detail"]) == (
        422,
        "Invalid command context for step 'start' and tool 'postgres': "
        "Postgres command for step 'start' is missing auth in command context.",
    )
    (row,) = await wire.rows("SELECT execution_id, status FROM noetl.execution")
    assert row["status"] == "FAILED"
    assert (await wire.events(row["execution_id"]))[-1]["event_type"] == "playbook.failed"


async def test_cancelling_reaches_children_and_stops_claims(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    parent = await wire.start("test/hello")
    message, _ = await wire.take()
    child = await wire.start("test/hello", parent_execution_id=int(parent))
    cancelled = await wire.post(f"/api/executions/{parent}/cancel", {"reason": "enough"})
    assert cancelled.body["status"] == "cancelled"
    assert cancelled.body["cancelled_executions"] == [parent, child]
    last = (await wire.events(child))[-1]
    assert (last["event_type"], last["node_name"], last["status"]) == ("execution.cancelled", "cancel", "CANCELLED")
    refused = await wire.claim((await wire.announced("shared")).message["event_id"])
    assert (refused.status, refused.body["detail"]["code"]) == (409, "already_terminal")

    accepted = await wire.succeed(message, {"v": 1})
    await wire.processed(accepted.body["request_id"])
    assert len(await wire.commands(parent)) == 1
    check = (await wire.get(f"/api/executions/{parent}/cancellation-check")).body
    assert (check["cancelled"], check["status"]) == (True, "CANCELLED")
    again = await wire.post(f"/api/executions/{parent}/cancel", {})
    assert again.body["status"] == "already_completed"
    status = (await wire.get(f"/api/executions/{parent}/status")).body
    assert (status["completed"], status["failed"], status["completion_inferred"]) == (True, False, False)


async def test_a_hanging_execution_can_be_finalized(wire: Wire) -> None:
    await wire.register(HELLO)
    execution_id = await wire.start("test/hello")
    assert (await wire.post(f"/api/executions/{execution_id}/finalize", {"reason": "x"})).body["status"] == "finalized"
    types = [event["event_type"] for event in await wire.events(execution_id)]
    assert types[-2:] == ["workflow.failed", "playbook.failed"]
    again = await wire.post(f"/api/executions/{execution_id}/finalize", {})
    assert again.body["status"] == "already_completed"


async def test_a_childs_rows_name_its_parent(wire: Wire) -> None:
    await wire.register(HELLO)
    parent = await wire.start("test/hello")
    child = await wire.start("test/hello", parent_execution_id=int(parent))
    assert {event["parent_execution_id"] for event in await wire.events(child)} == {int(parent)}
    (row,) = await wire.rows("SELECT parent_execution_id FROM noetl.execution WHERE execution_id = %s", int(child))
    assert row == {"parent_execution_id": int(parent)}


async def test_status_and_details_agree_with_the_rows(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = await wire.start("test/hello")
    early = (await wire.get(f"/api/executions/{execution_id}/status")).body
    assert (early["completed"], early["failed"], early["end_time"]) == (False, False, None)
    await wire.run({"v": 1})
    await wire.run({"w": 2})
    status = (await wire.get(f"/api/executions/{execution_id}/status?full=true")).body
    assert status["completed"] is True
    assert status["completion_inferred"] is False
    assert status["current_step"] == "end"
    assert sorted(status["completed_steps"]) == ["end", "start"]
    assert status["variables"]["who"] == "world"
    detail = (await wire.get(f"/api/executions/{execution_id}?include_events=false")).body
    assert (detail["status"], detail["progress"], detail["result"], detail["events"]) == ("COMPLETED", 100, None, [])
    assert detail["path"] == "test/hello"
    page = (await wire.get(f"/api/executions/{execution_id}/events?page_size=10&page=2")).body
    events = await wire.events(execution_id)
    assert [item["event_id"] for item in page["events"]] == [e["event_id"] for e in reversed(events)][10:20]
    assert page["pagination"]["total_events"] == len(events)
    assert not {"meta", "worker_id", "command_id"} & page["events"][0].keys()
    only = (await wire.get(f"/api/executions/{execution_id}?event_type=call.done")).body
    assert {item["event_type"] for item in only["events"]} == {"call.done"}
    (listed,) = (await wire.get("/api/executions")).body
    assert (listed["execution_id"], listed["status"]) == (execution_id, "COMPLETED")


async def test_an_execution_is_not_over_while_an_answer_is_on_its_way_to_the_engine(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine the moment between a batch's commit and its queueing is long enough to be seen."""
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = await wire.start("test/hello")
    message, _ = await wire.take()
    transaction = Database.transaction

    @asynccontextmanager
    async def lingering(self: Database) -> AsyncIterator[Cursor]:
        async with transaction(self) as cursor:
            yield cursor
        await asyncio.sleep(0.05)

    monkeypatch.setattr(Database, "transaction", lingering)
    sending = asyncio.create_task(wire.succeed(message, {"v": 1}))
    answers = []
    while not sending.done() or len(await wire.commands(execution_id)) < 2:
        answers.append((await wire.get(f"/api/executions/{execution_id}/status")).body)
    assert answers
    assert {(one["completed"], one["completion_inferred"]) for one in answers} == {(False, False)}
