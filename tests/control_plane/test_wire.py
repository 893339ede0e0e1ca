"""Events on the wire, seen by a client that was written from the specification alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from wire_client import HELLO, SEQUENCE, Wire, outcome

pytestmark = pytest.mark.embedded


async def test_two_steps_in_the_python_way_leave_the_recorded_rows(wire: Wire) -> None:
    registered = await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = await wire.start("test/hello", {"who": "me"})
    first = await wire.run({"v": 1})
    second = await wire.run({"w": 2})

    events = await wire.events(execution_id)
    assert Counter(event["event_type"] for event in events) == Counter(
        {
            "playbook.initialized": 1,
            "workflow.initialized": 1,
            "command.issued": 2,
            "command.claimed": 2,
            "batch.accepted": 4,
            "command.started": 2,
            "step.enter": 2,
            "batch.processing": 4,
            "batch.completed": 4,
            "call.done": 2,
            "step.exit": 2,
            "command.completed": 2,
            "workflow.completed": 1,
            "playbook.completed": 1,
        }
    )
    plain = [e["event_type"] for e in events if not e["event_type"].startswith("batch.")]
    assert plain == [
        "playbook.initialized",
        "workflow.initialized",
        *(
            name
            for _ in range(2)
            for name in (
                "command.issued",
                "command.claimed",
                "command.started",
                "step.enter",
                "call.done",
                "step.exit",
                "command.completed",
            )
        ),
        "workflow.completed",
        "playbook.completed",
    ]
    assert (first["action"], first["node_name"], second["node_name"]) == ("python", "start", "end")
    assert set(first["context"]) == {"spec", "input", "tool_config", "render_context"}
    assert first["context"]["render_context"]["workload"] == {"who": "me"}
    assert second["context"]["render_context"]["start"]["v"] == 1
    assert first["meta"] == {
        "step": "start",
        "attempt": 1,
        "tool_kind": "python",
        "actionable": True,
        "catalog_id": registered["catalog_id"],
        "command_id": first["meta"]["command_id"],
        "execution_id": execution_id,
        "max_attempts": 3,
    }
    assert set(second["meta"]) == {"step", "tool_kind", "actionable", "command_id", "triggered_by", "batch_request_id"}


async def test_columns_are_null_where_noetl_leaves_them_null(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = await wire.start("test/hello")
    command = await wire.run({"v": 1})
    command_id = command["meta"]["command_id"]

    by_type: dict[str, dict[str, Any]] = {}
    for event in await wire.events(execution_id):
        by_type.setdefault(event["event_type"], event)
    assert {name: row["command_id"] for name, row in by_type.items() if row["command_id"] is not None} == dict.fromkeys(
        ("command.issued", "command.started", "call.done", "step.exit", "command.completed"), command_id
    )
    claimed = by_type["command.claimed"]
    assert claimed["result"] == {"status": "RUNNING", "context": {"command_id": command_id}}
    assert claimed["meta"] == {
        "locality": {"runtime": "cpu", "worker_pool": "worker-cpu-01"},
        "worker_id": wire.worker_id,
        "actionable": False,
        "command_id": command_id,
        "informative": True,
        "worker_locator": "noetl://tenant/default/org/default/worker/worker-cpu-01",
    }
    assert by_type["call.done"]["result"] == {"status": "COMPLETED", "context": {"v": 1, "command_id": command_id}}
    assert by_type["command.issued"]["parent_event_id"] == by_type["playbook.initialized"]["event_id"]
    assert by_type["workflow.initialized"]["parent_event_id"] == by_type["playbook.initialized"]["event_id"]
    accepted = by_type["batch.accepted"]
    assert accepted["node_name"] == "events.batch"
    assert accepted["event_id"] < by_type["command.started"]["event_id"]
    assert [row["status"] for row in await wire.commands(execution_id)] == ["COMPLETED", "PENDING"]


async def test_single_events_in_the_rust_way_complete_an_execution(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = int(await wire.start("test/hello"))
    for value in (1, 2):
        message, _ = await wire.take()
        step, command_id = message["step"], str(message["command_id"])
        await wire.single(execution_id, step, "command.started", "STARTED", {"command_id": command_id})
        result = {"status": "success", "context": {"status": "success", "data": {"v": value}}}
        context = {"command_id": command_id, "call_index": 0, "result": result}
        done = await wire.single(execution_id, step, "call.done", "COMPLETED", context)
        assert (done.status, done.body["status"]) == (200, "ok")
        assert done.body["commands_generated"] == (1 if value == 1 else 0)
        await wire.single(execution_id, step, "command.completed", "success", {"command_id": command_id})

    events = await wire.events(str(execution_id))
    done_row = next(event for event in events if event["event_type"] == "call.done")
    assert (done_row["status"], done_row["command_id"], done_row["worker_id"]) == ("COMPLETED", None, None)
    assert done_row["event_id"] != 12345
    assert done_row["result"]["status"] == "COMPLETED"
    assert done_row["result"]["context"]["data"] == {"v": 1}
    assert done_row["meta"]["worker_id"] == wire.worker_id
    started = next(event for event in events if event["event_type"] == "command.started")
    assert started["status"] == "RUNNING"
    issued = [event for event in events if event["event_type"] == "command.issued"]
    assert issued[1]["meta"]["triggered_by"] == "call.done"
    assert issued[1]["parent_event_id"] == done_row["event_id"]
    assert events[-1]["event_type"] == "command.completed"
    assert [event["event_type"] for event in events if event["event_type"].startswith("playbook.")] == [
        "playbook.initialized",
        "playbook.completed",
    ]
    assert [row["status"] for row in await wire.commands(str(execution_id))] == ["COMPLETED", "COMPLETED"]


async def test_a_repeated_single_event_is_stored_once_and_drives_once(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = int(await wire.start("test/hello"))
    message, _ = await wire.take()
    context = {"command_id": message["command_id"], "result": {"status": "success"}}
    first = await wire.single(execution_id, "start", "call.done", "COMPLETED", context)
    again = await wire.single(execution_id, "start", "call.done", "COMPLETED", context)
    assert again.body == {"status": "ok", "event_id": first.body["event_id"], "commands_generated": 0}
    assert len(await wire.commands(str(execution_id))) == 2


async def test_a_repeated_batch_is_answered_from_its_key(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = int(await wire.start("test/hello"))
    message, _ = await wire.take()
    items = outcome(message, wire.worker_id, {"v": 1})
    first = await wire.batch(execution_id, items, key="k1")
    again = await wire.batch(execution_id, items, key="k1")
    await wire.processed(first.body["request_id"])
    assert (first.status, first.body["duplicate"], first.body["idempotency_key"]) == (202, False, "k1")
    assert (again.status, again.body["duplicate"]) == (202, True)
    assert (again.body["request_id"], again.body["event_ids"]) == (first.body["request_id"], first.body["event_ids"])
    events = await wire.events(str(execution_id))
    assert sum(event["event_type"] == "call.done" for event in events) == 1


async def test_only_the_last_actionable_event_of_a_batch_drives(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = int(await wire.start("test/hello"))
    message, _ = await wire.take()
    items = outcome(message, wire.worker_id, {"v": 1})
    items[1] |= {"name": "case.evaluated", "actionable": True}
    accepted = await wire.batch(execution_id, items)
    state = await wire.processed(accepted.body["request_id"])
    assert (state["state"], state["commands_generated"]) == ("completed", 0)
    assert len(await wire.commands(str(execution_id))) == 1


async def test_a_worker_that_calls_every_event_actionable_goes_on(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = await wire.start("test/hello")
    message, _ = await wire.take()
    items = [{**item, "actionable": True} for item in outcome(message, wire.worker_id, {"v": 1})]
    accepted = await wire.post("/api/events/batch", {"execution_id": int(execution_id), "events": items})
    await wire.processed(accepted.body["request_id"])
    for item in items:
        await wire.post("/api/events", {"execution_id": execution_id, **item})
    command = await wire.run({"w": 2})
    assert command["context"]["render_context"]["start"]["v"] == 1
    assert [one["step_name"] for one in await wire.commands(execution_id)] == ["start", "end"]
    names = [event["event_type"] for event in await wire.events(execution_id)]
    assert names.count("playbook.completed") == 1


async def test_a_step_exit_that_names_no_command_drives_nothing(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = await wire.start("test/hello")
    await wire.take()
    posted = {"execution_id": execution_id, "step": "start", "name": "step.exit", "payload": {"status": "COMPLETED"}}
    answer = await wire.post("/api/events", posted)
    assert answer.body["commands_generated"] == 0


@pytest.mark.parametrize("name", ["command.failed", "step.exit"])
async def test_a_failure_without_a_call_error_still_fails_the_step(wire: Wire, name: str) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = await wire.start("test/hello")
    message, _ = await wire.take()
    payload = {"command_id": str(message["command_id"]), "error": "lost", "status": "FAILED"}
    posted = {"execution_id": execution_id, "step": "start", "name": name, "payload": payload}
    assert (await wire.post("/api/events", posted)).body["commands_generated"] == 1
    await wire.run({"w": 2})
    ending = (await wire.events(execution_id))[-2]
    assert (ending["event_type"], ending["status"]) == ("playbook.failed", "failed")


async def test_an_error_that_names_no_command_is_that_of_its_batch(wire: Wire) -> None:
    """Two iterations are out; the Python worker's unhandled exception names its command in command.failed alone."""
    loop = "loop: {in: '{{ items }}', iterator: it, spec: {mode: parallel, max_in_flight: 2}}"
    await wire.register(SEQUENCE.replace("- step: start", f"- step: start\n  {loop}") + "workload: {items: [1, 2]}\n")
    await wire.consume("python")
    await wire.consume("shared")
    execution_id = await wire.start("test/sequence")
    messages = [(await wire.take("python"))[0] for _ in range(2)]
    first, second = sorted(messages, key=lambda message: int(message["command_id"]))
    failed = {"command_id": first["command_id"], "error": "boom", "error_type": "ValueError"}
    step = first["step"]
    accepted = await wire.batch(
        int(execution_id),
        [
            {"step": step, "name": "call.error", "payload": {"error": "boom"}, "actionable": True},
            {"step": step, "name": "command.failed", "payload": failed},
        ],
    )
    await wire.processed(accepted.body["request_id"])
    accepted = await wire.succeed(second, {"results": {"t1": 1}})
    await wire.processed(accepted.body["request_id"])
    await wire.run({"status": "noop"})
    assert [event["event_type"] for event in await wire.events(execution_id)][-2] == "playbook.failed"


async def test_a_failed_step_fails_the_execution_after_its_arc(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = await wire.start("test/hello")
    message, _ = await wire.take()
    await wire.fail(message, "boom")
    await wire.run({"w": 2})
    events = {event["event_type"]: event for event in await wire.events(execution_id)}
    assert (events["call.error"]["status"], events["call.error"]["error"]) == ("FAILED", "boom")
    assert events["step.exit"]["status"] == "COMPLETED"
    assert (events["playbook.failed"]["status"], events["playbook.failed"]["error"]) == ("failed", None)
    first, _ = await wire.commands(execution_id)
    assert (first["status"], first["error"], first["result"]["status"]) == ("FAILED", "boom", "FAILED")
    (row,) = await wire.rows("SELECT status FROM noetl.execution WHERE execution_id = %s", int(execution_id))
    assert row == {"status": "FAILED"}
    status = (await wire.get(f"/api/executions/{execution_id}/status")).body
    assert (status["failed"], status["completed"]) == (True, False)


async def test_a_result_of_another_shape_is_refused(wire: Wire) -> None:
    await wire.register(HELLO)
    await wire.consume("shared")
    execution_id = int(await wire.start("test/hello"))
    message, _ = await wire.take()
    context = {"command_id": message["command_id"], "result": {"status": "success", "data": {"v": 1}}}
    refused = await wire.single(execution_id, "start", "call.done", "COMPLETED", context)
    assert (refused.status, refused.body) == (
        500,
        {"detail": "payload.result includes unsupported keys: data"},
    )
    assert not any(event["event_type"] == "call.done" for event in await wire.events(str(execution_id)))


@pytest.mark.parametrize(
    "result",
    ['{"status": "X", "data": 1}', '{"context": {}}', '{"status": 1}', '{"status": "X", "context": []}', "[]", '"x"'],
)
async def test_the_database_itself_refuses_other_result_shapes(wire: Wire, result: str) -> None:
    await wire.register(HELLO)
    execution_id = await wire.start("test/hello")
    insert = (
        "INSERT INTO noetl.event (execution_id, event_id, catalog_id, result) "
        f"SELECT execution_id, 1, catalog_id, '{result}' FROM noetl.execution WHERE execution_id = {execution_id}"
    )
    answer = await wire.post("/api/postgres/execute", {"query": insert})
    assert answer.body["status"] == "error"
    assert "chk_event_result_shape" in answer.body["error"]
    good = insert.replace(result, '{"status": "X", "reference": {}, "context": {"rows": []}}')
    assert (await wire.post("/api/postgres/execute", {"query": good})).body["status"] == "ok"
