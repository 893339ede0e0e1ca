"""How a command is announced, claimed, taken over and announced again."""

from __future__ import annotations

import asyncio

import pytest
from control_plane_lane import Backing, running
from wire_client import HELLO, SEQUENCE, Wire

from harness.embedded.control_plane.claims import Timing

pytestmark = pytest.mark.embedded


async def test_a_notification_names_the_command_and_the_server(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = await wire.start("test/hello")
    announced = await wire.announced("shared")
    (row,) = await wire.commands(execution_id)
    assert announced.subject == f"noetl.commands.shared.{execution_id}"
    assert announced.message == {
        "execution_id": int(execution_id),
        "event_id": row["event_id"],
        "command_id": row["command_id"],
        "step": "start",
        "server_url": wire.url,
    }


@pytest.mark.parametrize(("routing", "segment"), [("4.12.0", "python"), ("4.11.0", "shared")])
async def test_a_sequence_goes_where_the_routing_release_sends_it(backing: Backing, routing: str, segment: str) -> None:
    async with running(backing, routing) as wire:
        await wire.register(SEQUENCE)
        await wire.consume(segment)
        execution_id = await wire.start("test/sequence")
        announced = await wire.announced(segment)
        assert announced.message["step"] == "start:task_sequence"
        assert announced.subject == f"noetl.commands.{segment}.{execution_id}"


async def test_the_stream_is_noetls(wire: Wire) -> None:
    config = (await wire.stream.stream_info("NOETL_COMMANDS")).config
    assert sorted(config.subjects or []) == ["noetl.commands", "noetl.commands.>"]
    assert (config.retention, config.storage) == ("limits", "memory")
    assert (config.max_age, config.duplicate_window) == (3600, 120)


async def test_claims_are_exclusive(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = await wire.start("test/hello")
    message, command = await wire.take()
    event_id = message["event_id"]
    assert command["status"] == "ok"

    again = await wire.claim(event_id)
    assert (again.status, again.body) == (200, command)
    other = await wire.claim(event_id, "worker-other")
    assert (other.status, other.body["detail"]["code"]) == (409, "active_claim")
    assert other.headers["Retry-After"] == "2"

    await wire.begin(message)
    running_claim = await wire.claim(event_id)
    assert running_claim.status == 409
    assert running_claim.body["detail"] == {"code": "active_claim", "worker_status": "running"}

    accepted = await wire.succeed(message, {"v": 1})
    await wire.processed(accepted.body["request_id"])
    for worker in (None, "worker-other"):
        done = await wire.claim(event_id, worker)
        assert done.status == 409
        assert done.body["detail"] == {"code": "already_terminal", "message": "Command status: COMPLETED"}
    claims = [e for e in await wire.events(execution_id) if e["event_type"] == "command.claimed"]
    assert len(claims) == 1


async def test_many_workers_race_for_one_command(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    await wire.start("test/hello")
    event_id = (await wire.announced("shared")).message["event_id"]
    answers = await asyncio.gather(*(wire.claim(event_id, f"worker-{n}") for n in range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7


async def test_an_unknown_command_is_404_and_a_malformed_id_422(wire: Wire) -> None:
    assert await wire.claim(42) == await wire.claim(42)
    claimed = await wire.claim(42)
    assert (claimed.status, claimed.body) == (404, {"detail": "command not found: 42"})
    fetched = await wire.get("/api/commands/42")
    assert (fetched.status, fetched.body) == (404, {"detail": "command not found: 42"})
    assert (await wire.get("/api/commands/x")).status == 422


async def test_a_dead_workers_command_is_taken_over_after_the_lease(backing: Backing) -> None:
    timing = Timing(lease=0.0, heartbeat_stale=0.0, publish_recovery=0.1, sweep=0.05)
    async with running(backing, timing=timing) as wire:
        await wire.register(HELLO)
        await wire.post("/api/worker/pool/register", {"name": "worker-dead", "runtime": "python"})
        await wire.consume("shared")
        execution_id = await wire.start("test/hello")
        first = await wire.announced("shared")
        event_id = first.message["event_id"]
        assert (await wire.claim(event_id, "worker-dead")).status == 200
        repeated = await wire.announced("shared")
        assert repeated == first
        taken = await wire.claim(event_id, "worker-new")
        assert taken.status == 200
        claims = [e for e in await wire.events(execution_id) if e["event_type"] == "command.claimed"]
        assert claims[1]["meta"]["reclaimed_from_worker"] == "worker-dead"
        assert claims[1]["meta"]["reclaimed_reason"] == "worker_heartbeat_stale"


async def test_a_late_worker_gets_a_pending_command(backing: Backing) -> None:
    async with running(backing, timing=Timing(publish_recovery=0.2, sweep=0.05)) as wire:
        await wire.register(HELLO)
        execution_id = await wire.start("test/hello")
        await wire.consume("shared")
        announced = await wire.announced("shared")
        assert announced.message["execution_id"] == int(execution_id)


async def test_a_big_context_travels_by_reference(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    await wire.start("test/hello")
    await wire.run({"v": 1, "text": "x" * 9000})
    _, command = await wire.take()
    reference = command["context"]["render_context"]
    assert (reference["kind"], reference["store"], reference["scope"]) == ("result_ref", "kv", "execution")
    assert reference["ref"].startswith(f"noetl://execution/{command['execution_id']}/result/end_render_context/")
    assert command["context"]["tool_config"]["code"] == "result = {'w': 2}"
    data = (await wire.get(f"/api/result/resolve?ref={reference['ref']}")).body
    assert data["start"]["text"] == "x" * 9000
    bucket = await wire.stream.key_value("noetl_result_store")
    key = reference["ref"].removeprefix("noetl://").replace("/", "_")
    entry = await bucket.get(key)
    assert entry.value is not None
    assert entry.value[:2] == b"\x1f\x8b"
