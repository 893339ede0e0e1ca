"""What a Python worker makes of references to the keychain."""

from __future__ import annotations

import io
from typing import Any

import pytest
from worker_fakes import FakeControlPlane, command, services

from harness.embedded.worker.log import PythonLog
from harness.embedded.worker.python.execute import Execution
from harness.embedded.worker.python.keychain import unlocked

REFERENCE = {"$noetl_ref": {"kind": "keychain", "name": "vault", "field": "word"}}
PATH = "/api/keychain/9/vault"
CONTEXT = {"catalog_id": "9", "execution_id": 7}


async def test_a_reference_and_a_template_are_opened() -> None:
    server = FakeControlPlane(answers={f"GET {PATH}": (200, {"token_data": {"word": "sesame-open"}})})
    config = {"auth_header": REFERENCE, "text": "is {{ keychain.vault.word }}"}
    opened, given, context = await unlocked(config, {"word": REFERENCE}, CONTEXT, server)
    assert opened == {"auth_header": "sesame-open", "text": "is {{ keychain.vault.word }}"}
    assert (given, context["keychain"]) == ({"word": "sesame-open"}, {"vault": {"word": "sesame-open"}})
    assert [path for _, path, _ in server.requests] == [PATH]


async def test_nobody_is_asked_for_nothing() -> None:
    server = FakeControlPlane()
    assert await unlocked({"a": 1}, {}, CONTEXT, server) == ({"a": 1}, {}, CONTEXT)
    assert server.requests == []


@pytest.mark.parametrize("answer", [None, (500, "x"), (200, {"status": "not_found", "token_data": None})])
async def test_an_entry_that_can_not_be_had_is_empty(answer: Any) -> None:
    server = FakeControlPlane(answers={f"GET {PATH}": answer})
    config, _, context = await unlocked({"a": REFERENCE}, {}, CONTEXT, server)
    assert (config, context["keychain"]) == ({"a": None}, {"vault": {}})


async def test_a_secret_is_used_and_does_not_leave() -> None:
    server = FakeControlPlane(answers={f"GET {PATH}": (200, {"token_data": {"word": "sesame-open"}})})
    code = "result = {'length': len(word), 'said': 'it is ' + word}"
    sent = command("python", {"code": code, "input": {"word": REFERENCE}}, catalog_id="9")
    log = io.StringIO()
    await Execution(sent, services("python", server), PythonLog(log)).run()
    ((name, payload),) = [event for event in server.events() if event[0].startswith("call.")]
    assert (name, payload["response"]) == ("call.done", {"length": 11, "said": "[REDACTED]"})
    assert "sesame" not in log.getvalue() + str(server.requests)
