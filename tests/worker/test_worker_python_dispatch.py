"""What a Python worker reports of a command (spec: noetl-python 2.9, 5.6, 7)."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest
from worker_fakes import FakeControlPlane, command, services

from harness.embedded.worker.log import PythonLog
from harness.embedded.worker.python.execute import Execution
from harness.embedded.worker.python.results import failure
from harness.embedded.worker.python.worker import PythonWorker


async def run(kind: str, config: Any, server: FakeControlPlane, **more: Any) -> str:
    out = io.StringIO()
    await Execution(command(kind, config, **more), services("python", server), PythonLog(out)).run()
    return out.getvalue()


def batches(server: FakeControlPlane) -> list[Any]:
    return [body for _, path, body in server.requests if path == "/api/events/batch"]


async def test_a_step_is_two_batches() -> None:
    server = FakeControlPlane()
    await run("noop", {}, server)
    first, second = batches(server)
    assert [event["name"] for event in first["events"]] == ["command.started", "step.enter"]
    assert [event["name"] for event in second["events"]] == ["call.done", "step.exit", "command.completed"]
    assert (first["execution_id"], first["worker_id"]) == ("7", "worker-00000001")
    assert [event["actionable"] for event in second["events"]] == [True, False, False]
    done, left, completed = [event["payload"] for event in second["events"]]
    context = {"status": "noop", "step": "start"}
    assert done["response"] == context
    assert done["result"] == {"status": "COMPLETED", "context": context}
    assert left == {
        "status": "COMPLETED",
        "result": {"status": "COMPLETED", "context": context},
        "error": None,
        "command_id": 11,
    }
    assert completed["result"]["status"] == "COMPLETED"
    assert (completed["command_id"], completed["worker_id"]) == (11, "worker-00000001")


async def test_a_loop_iteration_can_be_told_by_its_meta() -> None:
    server = FakeControlPlane()
    await run("noop", {}, server, loop_event_id="loop_1", loop_iteration_index=0)
    done = batches(server)[1]["events"][0]
    assert done["meta"] == {"command_id": 11, "__loop_epoch_id": "loop_1", "loop_iteration_index": 0}
    assert done["payload"]["loop_iteration_index"] == 0


async def test_a_returned_error_is_a_failure_with_its_response() -> None:
    server = FakeControlPlane()
    log = await run("shell", {"cmds": ["exit 3"]}, server)
    events = batches(server)[1]["events"]
    assert [event["name"] for event in events] == ["call.error", "step.exit", "command.failed"]
    payload = events[0]["payload"]
    assert payload["error"] == "shell command exited with returncode=3: exit 3"
    assert payload["response"]["data"]["returncode"] == 3
    assert payload["result"]["status"] == "FAILED"
    assert "Message: Tool execution failed for start: shell command exited" in log


async def test_what_is_raised_has_no_response_and_no_meta() -> None:
    server = FakeControlPlane()
    log = await run("rhai", {}, server)
    error, left, failed = batches(server)[1]["events"]
    assert error["payload"] == {"error": "Tool kind 'rhai' not implemented", "result": {"status": "FAILED"}}
    assert "meta" not in error
    assert left["payload"]["result"] == {"status": "FAILED"}
    assert failed["payload"]["error_type"] == "NotImplementedError"
    assert "Message: Execution error for start: Tool kind 'rhai' not implemented" in log


async def test_a_tool_that_we_can_not_play_says_so() -> None:
    server = FakeControlPlane()
    await run("gcs", {}, server)
    assert batches(server)[1]["events"][0]["payload"]["error"] == "harness: kind 'gcs' of python@4.12.0 is not emulated"


async def test_a_postgres_step_without_auth_does_not_reach_its_tool() -> None:
    server = FakeControlPlane()
    await run("postgres", {"command": "select 1"}, server)
    error = batches(server)[1]["events"][0]["payload"]["error"]
    assert error == "Postgres step 'start' is missing auth in command context. Use tool.auth."


async def test_an_unknown_alias_fails_the_step() -> None:
    server = FakeControlPlane(answers={"GET /api/credentials/nope": (404, {})})
    await run("postgres", {"auth": "nope", "command": "select 1"}, server)
    payload = batches(server)[1]["events"][0]["payload"]
    assert payload["error"] == "Postgres auth resolution failed. Ensure `auth` points to a valid postgres credential."
    assert payload["result"]["context"]["status"] == "error"


async def test_a_sequence_runs_the_reference_with_this_worker_s_tools() -> None:
    server = FakeControlPlane()
    tasks = [{"name": "a", "kind": "noop"}, {"name": "b", "kind": "shell", "cmds": ["echo {{ a.status }}"]}]
    await run("task_sequence", {"tasks": tasks}, server)
    response = batches(server)[1]["events"][0]["payload"]["response"]
    assert response["status"] == "ok"
    assert response["results"]["b"]["stdout"] == "noop\n"


async def test_the_command_s_input_overrides_the_tool_s() -> None:
    server = FakeControlPlane()
    config = {"code": "result = [a, b]", "input": {"a": 1, "b": 1}}
    await run("python", config, server, input={"b": 2})
    payload = batches(server)[1]["events"][0]["payload"]
    assert payload["response"] == [1, 2]
    assert payload["result"] == {"status": "COMPLETED"}


async def test_a_field_that_was_externalised_is_fetched() -> None:
    server = FakeControlPlane(answers={"GET /api/result/resolve": (200, {"cmds": ["echo fetched"]})})
    await run("shell", {"kind": "temp_ref", "ref": "noetl://x"}, server)
    assert batches(server)[1]["events"][0]["payload"]["response"]["stdout"] == "fetched\n"


@pytest.mark.parametrize(
    ("kind", "response", "expected"),
    [
        ("http", {"status": "error", "data": {}}, "Tool returned error status"),
        ("python", {"status": "failed", "error": {"message": "m"}}, "m"),
        ("python", {"data": {"x": {"status": "error", "message": "m"}}}, "x: m"),
        ("agent", {"status": "error"}, None),
        ("python", {"status": "ok"}, None),
        ("python", ["error"], None),
        ("python", None, None),
    ],
)
def test_what_counts_as_a_failure(kind: str, response: Any, expected: str | None) -> None:
    assert failure(kind, response) == expected


class FakeMessage:
    """A message of the stream; remembers how it was answered."""

    def __init__(self) -> None:
        notice = {"execution_id": 7, "event_id": 5, "command_id": 11, "step": "start", "server_url": "http://fake"}
        self.data = json.dumps(notice).encode()
        self.answered: list[Any] = []

    async def ack(self) -> None:
        self.answered.append("ack")

    async def nak(self, delay: float | None = None) -> None:
        self.answered.append(("nak", delay))


CLAIMED = {
    "execution_id": 7,
    "node_id": "start",
    "node_name": "start",
    "action": "noop",
    "context": {},
    "meta": {"command_id": 11},
}


@pytest.mark.parametrize(
    ("status", "body", "answered", "ran"),
    [
        (200, CLAIMED, "ack", True),
        (409, {"detail": {"code": "active_claim"}}, "ack", False),
        (409, {"detail": {"code": "already_terminal"}}, "ack", False),
        (409, {"detail": {"code": "odd"}}, ("nak", 1.0), False),
        (404, {}, "ack", False),
    ],
)
async def test_claims_are_answered_as_the_table_says(status: int, body: Any, answered: Any, ran: bool) -> None:
    server = FakeControlPlane(answers={"POST /api/commands/5/claim": (status, body)})
    message = FakeMessage()
    await PythonWorker(services("python", server), PythonLog(io.StringIO())).take(message)  # type: ignore[arg-type]
    assert message.answered == [answered]
    assert ("call.done" in [name for name, _ in server.events()]) == ran
    claim_failures = [payload["error"] for name, payload in server.events() if name == "command.failed"]
    expected = "claim_failed status=404 retryable=false message=Command not found for event_id=5"
    assert claim_failures == ([expected] if status == 404 else [])


async def test_a_busy_server_is_asked_five_times(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_sleep(seconds: float) -> None:
        return None

    monkeypatch.setattr("harness.embedded.worker.python.worker.asyncio.sleep", no_sleep)
    monkeypatch.setattr("harness.embedded.worker.python.worker._in_progress", lambda message: asyncio.timeout(None))
    server = FakeControlPlane(answers={"POST /api/commands/5/claim": (503, {})})
    message = FakeMessage()
    await PythonWorker(services("python", server), PythonLog(io.StringIO())).take(message)  # type: ignore[arg-type]
    assert [path for _, path, _ in server.requests].count("/api/commands/5/claim") == 5
    assert message.answered == [("nak", 1.0)]


async def test_a_second_notification_of_a_command_is_acknowledged_unseen() -> None:
    server = FakeControlPlane(answers={"POST /api/commands/5/claim": (200, CLAIMED)})
    worker = PythonWorker(services("python", server), PythonLog(io.StringIO()))
    for _ in range(2):
        await worker.take(FakeMessage())  # type: ignore[arg-type]
    assert [name for name, _ in server.events()].count("call.done") == 1
