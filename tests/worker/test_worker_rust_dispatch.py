"""What a Rust worker reports of a command, and what it leaves stranded (spec: noetl-rust 1.2, 1.6, 2.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from worker_fakes import FakeControlPlane, command, rust_log, services

from harness.embedded.worker.rust.worker import RustWorker
from harness.embedded.worker.services import WorkerEnds

NOT_FOUND = "Credential alias 'nope' not found in keychain (server returned 404 for /api/credentials/nope)"
NO_ALIAS = (404, {"detail": "Credential not found"})


async def run(pool: str, kind: str, config: Any, server: FakeControlPlane, **more: Any) -> str:
    log, out = rust_log()
    await RustWorker(services(pool, server), log)._run(command(kind, config, **more))
    return out.getvalue()


def names(server: FakeControlPlane) -> list[str]:
    return [name for name, _ in server.events()]


async def test_a_command_that_works_has_three_events_of_its_own() -> None:
    server = FakeControlPlane()
    log = await run("rust@5.10.0", "noop", {"result": {"a": 1}}, server)
    assert names(server) == ["command.started", "call.done", "command.completed"]
    _, done, completed = [payload for _, payload in server.events()]
    assert done["result"] == {"status": "success", "context": {"status": "success", "data": {"a": 1}}}
    assert done["call_index"] == 0
    assert done["command_id"] == "11"
    assert completed == {"command_id": "11", "status": "success"}
    assert log == ""


async def test_the_envelope_is_the_rust_worker_s() -> None:
    server = FakeControlPlane()
    await run("rust@5.10.0", "noop", {}, server)
    first = server.requests[0][2]
    assert list(first) == [
        "execution_id", "event_type", "step", "status", "created_at", "context", "event_id", "worker_id", "meta",
    ]  # fmt: skip
    assert (first["execution_id"], first["status"], first["meta"]) == (7, "STARTED", {"attempts": 0})


@pytest.mark.parametrize(
    ("pool", "config", "error"),
    [
        ("rust@5.9.0", {"auth": "pg_local"}, 'invalid type: string "pg_local", expected struct AuthConfig'),
        ("rust@5.10.0", {"auth": "nope"}, NOT_FOUND),
        ("rust@5.10.0", {"timeout": "30s"}, 'invalid type: string "30s", expected u64'),
        ("rust@5.10.0", {"auth": {"pg": {"type": "postgres"}}}, "missing field `type`"),
    ],
)
async def test_what_fails_before_the_tool_is_stranded(pool: str, config: Any, error: str) -> None:
    server = FakeControlPlane(answers={"GET /api/credentials/nope": NO_ALIAS})
    log = await run(pool, "postgres", config, server)
    assert names(server) == ["command.started"]
    assert log.endswith(
        f"ERROR noetl_worker::worker: Command execution failed execution_id=7 command_id=11 step=start error={error}\n"
    )


async def test_the_same_failure_ends_the_command_from_5_15_1_on() -> None:
    server = FakeControlPlane(answers={"GET /api/credentials/nope": NO_ALIAS})
    log = await run("rust@5.15.1", "postgres", {"auth": "nope"}, server)
    assert names(server) == ["command.started", "call.error", "command.failed"]
    assert server.events()[1][1]["error"].startswith("Credential alias 'nope' not found in keychain")
    assert "Pre-dispatch failure is terminal; emitted call.error + command.failed" in log


async def test_a_failure_that_may_pass_is_still_stranded() -> None:
    server = FakeControlPlane(answers={"GET /api/credentials/nope": (503, {})})
    log = await run("rust@5.15.1", "postgres", {"auth": "nope"}, server)
    assert names(server) == ["command.started"]
    assert "Pre-dispatch failure is transient (retryable); no terminal call.error emitted" in log


async def test_an_unknown_tool_is_reported() -> None:
    server = FakeControlPlane()
    log = await run("rust@5.10.0", "task_sequence", {"tasks": []}, server)
    assert names(server) == ["command.started", "call.error", "command.failed"]
    assert server.events()[2][1] == {"command_id": "11", "error": "Tool not found: task_sequence"}
    assert "error=Tool not found: task_sequence\n" in log


async def test_a_tool_that_we_can_not_play_says_so() -> None:
    server = FakeControlPlane()
    await run("rust@5.10.0", "snowflake", {}, server)
    assert server.events()[1][1]["error"] == "harness: kind 'snowflake' of rust@5.10.0 is not emulated"


async def test_a_failing_tool_is_masked() -> None:
    server = FakeControlPlane()
    await run("rust@5.10.0", "shell", {"command": "exit 3"}, server)
    assert names(server) == ["command.started", "call.done", "command.completed"]
    done, completed = [payload for _, payload in server.events()[1:]]
    assert done["result"]["status"] == "error"
    assert done["result"]["context"]["error"] == "Command exited with code 3"
    assert completed["status"] == "error"


async def test_an_alias_is_resolved_and_its_secret_stays_out_of_log_and_events() -> None:
    server = FakeControlPlane()
    server.credential("b", "bearer", {"token": "hush-hush"})
    log = await run("rust@5.10.0", "noop", {"auth": "b", "message": "m"}, server)
    assert 'aliases=["b"]' in log
    assert "hush" not in log + json.dumps(server.requests)


async def test_the_result_of_100_kib_goes_inline_and_a_byte_more_to_the_store() -> None:
    frame = len('{"status":"success","data":{"a":""}}')
    for size, key in ((102_400 - frame, "context"), (102_401 - frame, "reference")):
        server = FakeControlPlane(
            answers={"PUT /api/result/7": (200, {"ref": "noetl://r", "store": "kv", "scope": "execution"})}
        )
        await run("rust@5.10.0", "noop", {"result": {"a": "x" * size}}, server)
        done = next(payload for name, payload in server.events() if name == "call.done")
        assert list(done["result"]) == ["status", key], size


async def test_events_that_are_refused_are_tried_again_and_then_strand_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("harness.embedded.worker.rust.worker.asyncio.sleep", sleep)
    server = FakeControlPlane(answers={"POST /api/events": (500, {"detail": "no"})})
    log = await run("rust@5.10.0", "noop", {}, server)
    assert slept == [0.5, 1.0, 2.0]
    assert 'error=Failed to emit event: {"detail": "no"}\n' in log


class FakeMessage:
    """A message of the stream; remembers how it was answered."""

    def __init__(self, body: Any) -> None:
        self.data = json.dumps(body).encode()
        self.answered: list[str] = []

    async def ack(self) -> None:
        self.answered.append("ack")

    async def nak(self) -> None:
        self.answered.append("nak")


NOTICE = {"execution_id": 7, "event_id": 5, "command_id": 11, "step": "start", "server_url": "http://fake"}
CLAIMED = {
    "execution_id": 7,
    "node_id": "start",
    "node_name": "start",
    "action": "noop",
    "context": {},
    "meta": {"command_id": 11},
}


@pytest.mark.parametrize(
    ("status", "answered", "logged"),
    [
        (200, "ack", ""),
        (409, "ack", ""),
        (503, "nak", "WARN noetl_worker::worker: Transient claim failure, requesting redelivery"),
        (404, "nak", "ERROR noetl_worker::worker: Failed to claim command"),
    ],
)
async def test_claims_are_answered_as_the_table_says(status: int, answered: str, logged: str) -> None:
    server = FakeControlPlane(answers={"POST /api/commands/5/claim": (status, CLAIMED)})
    log, out = rust_log()
    message = FakeMessage(NOTICE)
    await RustWorker(services("rust@5.10.0", server), log).take(message)  # type: ignore[arg-type]
    assert message.answered == [answered]
    assert logged in out.getvalue()
    assert (names(server) != []) == (status == 200)


@pytest.mark.parametrize(
    ("notice", "answer"), [({"step": "start"}, (200, CLAIMED)), (NOTICE, None)], ids=["undecodable", "no answer"]
)
async def test_the_process_ends_where_the_release_ends(notice: Any, answer: Any) -> None:
    server = FakeControlPlane(answers={"POST /api/commands/5/claim": answer})
    with pytest.raises(WorkerEnds):
        await RustWorker(services("rust@5.10.0", server), rust_log()[0]).take(FakeMessage(notice))  # type: ignore[arg-type]
