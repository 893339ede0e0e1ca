"""`kind: agent` on a Python worker (NoETL 4.12.0, agent tool)."""

from __future__ import annotations

from typing import Any

import pytest
from worker_fakes import FakeControlPlane, python_call, services

from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.tools import agent, playbook

STARTED = {"execution_id": "9", "status": "started", "commands_generated": 1}


def agent_call(config: dict[str, Any], server: FakeControlPlane) -> PythonCall:
    async def nested(kind: str, config: Any, context: Any) -> Any:
        assert kind == "playbook"
        return await playbook.python(python_call(kind, config, services=services("python", server)))

    return python_call("agent", config, call_tool=nested, services=services("python", server))


@pytest.mark.parametrize(
    ("config", "code", "message"),
    [
        ({}, "ValueError", "agent.entrypoint is required and must be a non-empty string"),
        (
            {"framework": "ADK ", "entrypoint": "nowhere"},
            "ValueError",
            "agent.entrypoint must use 'module.path:attribute' notation (got: 'nowhere')",
        ),
        (
            {"entrypoint": "a: "},
            "ValueError",
            "agent.entrypoint must include both module path and attribute name (got: 'a: ')",
        ),
        (
            {"framework": "noetl", "entrypoint": 5},
            "INVALID_ENTRYPOINT",
            "agent.framework=noetl requires agent.entrypoint to be a catalog playbook path string (got: int)",
        ),
    ],
)
async def test_a_mistake_is_an_answer(config: dict[str, Any], code: str, message: str) -> None:
    server = FakeControlPlane()
    answer = await agent.python(agent_call(config, server))
    assert answer["status"] == "error"
    assert (answer["error"]["code"], answer["error"]["message"]) == (code, message)
    assert server.requests == []


async def test_a_playbook_is_started_with_the_payload_and_not_waited_for() -> None:
    server = FakeControlPlane(answers={"POST /api/execute": (200, STARTED)})
    config = {"framework": "noetl", "entrypoint": "p", "payload": {"n": 1, "m": 1}, "invoke_kwargs": {"m": 2}}
    answer = await agent.python(agent_call(config, server))
    assert (answer["status"], answer["entrypoint"], answer["execution_id"]) == ("ok", "p", "9")
    assert answer["data"] == STARTED
    ((_, _, asked),) = server.requests
    assert (asked["path"], asked["payload"]["n"], asked["payload"]["m"]) == ("p", 1, 2)


async def test_a_playbook_that_does_not_start() -> None:
    server = FakeControlPlane(answers={"POST /api/execute": (404, {"detail": "no such playbook"})})
    answer = await agent.python(agent_call({"framework": "noetl", "entrypoint": "p"}, server))
    assert (answer["status"], answer["error"]["code"]) == ("error", "PLAYBOOK_FAILED")
    assert "no such playbook" in answer["error"]["message"]


async def test_what_is_no_framework_and_what_is_not_played() -> None:
    with pytest.raises(ValueError, match=r"agent\.framework must be one of: adk, langchain, custom, noetl"):
        await agent.python(agent_call({"framework": "x"}, FakeControlPlane()))
    with pytest.raises(NotImplementedError, match=r"harness: kind 'agent' of python@4\.12\.0 is not emulated"):
        await agent.python(agent_call({"entrypoint": "json:loads"}, FakeControlPlane()))
