"""The oracle's protocol: what a program sees that talks to it through two pipes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.oracle import command
from harness.reference.oracle import answer

CREDENTIAL = {"id": "1", "name": "al", "type": "bearer", "data": {"token": "t"}}

DEEP = f'{{"config": {"[" * 900}{"]" * 900}, "execution_id": 1, "credential": null}}'


async def ask(verb: str, request: Any) -> dict[str, Any]:
    return await answer(verb, request if isinstance(request, str) else json.dumps(request))


async def test_route() -> None:
    assert await ask("route", {"tool_kind": "task_sequence", "execution_id": 42}) == {
        "segment": "python",
        "subject": "noetl.commands.python.42",
    }
    asked = {"tool_kind": None, "playbook_path": "/system/x", "execution_id": "7", "base_subject": "b"}
    assert await ask("route", {**asked, "enabled": False, "release": "4.11.0"}) == {"segment": "system", "subject": "b"}


async def test_resolve() -> None:
    request = {"config": {"auth": "al"}, "execution_id": 1, "credential": CREDENTIAL}
    auth = {"type": "bearer", "credential": "al"}
    assert await ask("resolve", request) == {"config": {"auth": auth}, "secrets": {"al": "t"}, "lookups": 1}
    assert await ask("resolve", {**request, "config": [1]}) == {"config": [1], "secrets": {}, "lookups": 0}
    assert await ask("resolve", {**request, "release": "5.9.0"}) == {
        "error": {
            "kind": "malformed_config",
            "message": 'invalid type: string "al", expected struct AuthConfig',
        },
        "config": {"auth": "al"},
        "lookups": 0,
    }


@pytest.mark.parametrize(
    ("credential", "kind"),
    [
        (None, "not_found"),
        ({"http": 404}, "not_found"),
        ({"http": 500, "body": "oops"}, "http"),
        ({"http": 302}, "http"),
        ({"transport": "refused"}, "transport"),
        ({"http": 200, "body": "<html>"}, "decode"),
        ({"http": 200, "body": "NaN"}, "decode"),
        ({"http": 500, "body": "x", "id": "1"}, "decode"),
        ({"transport": "refused", "http": 500}, "decode"),
        ({**CREDENTIAL, "id": 1}, "decode"),
        ([1], "decode"),
        ({**CREDENTIAL, "type": "gcs"}, "unsupported_type"),
        ({**CREDENTIAL, "type": "postgres", "data": {"port": []}}, "port"),
    ],
)
async def test_each_failure_of_a_lookup_is_an_error_of_its_own(credential: Any, kind: str) -> None:
    got = await ask("resolve", {"config": {"auth": "al"}, "execution_id": 1, "credential": credential})
    assert got["error"]["kind"] == kind
    assert got["lookups"] == 1


async def test_a_credential_may_have_keys_called_http_and_transport() -> None:
    for extra in ({"http": 500}, {"transport": "x"}, {"http": 500, "body": "x"}):
        got = await ask("resolve", {"config": {"auth": "al"}, "execution_id": 1, "credential": {**CREDENTIAL, **extra}})
        assert got["secrets"] == {"al": "t"}
    raw = {"http": 200, "body": json.dumps(CREDENTIAL)}
    got = await ask("resolve", {"config": {"auth": "al"}, "execution_id": 1, "credential": raw})
    assert got["secrets"] == {"al": "t"}


async def test_an_error_has_a_cause_where_there_is_one_below_it() -> None:
    request = {"config": {"auth": "al"}, "execution_id": 1, "credential": {"http": 500, "body": "b"}}
    assert (await ask("resolve", request))["error"] == {
        "kind": "http",
        "message": "looking up credential alias 'al' in keychain",
        "cause": "get_credential('al') failed: HTTP 500 b",
    }
    assert "cause" not in (await ask("resolve", {**request, "credential": None}))["error"]


async def test_sequence() -> None:
    got = await ask("sequence", {"tasks": [{"name": "a", "kind": "noop"}], "tools": {"a": [{"x": 5}]}})
    assert got["result"]["results"] == {"a": {"x": 5}}
    assert [call["label"] for call in got["calls"]] == ["a"]
    assert got["slept"] == []


@pytest.mark.parametrize(
    ("verb", "request_line", "says"),
    [
        ("route", "nope", "this is not JSON: Expecting value at column 1"),
        ("route", "", "this is not JSON"),
        ("route", "[1]", "a request is a JSON object, this is array"),
        ("route", '{"tool_kind": NaN}', "NaN is no JSON value"),
        ("route", "[" * 100_000, "nested too deeply"),
        ("resolve", DEEP, "nested too deeply"),
        ("route", "1" * 10_000, "this is not JSON: Exceeds the limit"),
        ("route", '{"tool_kind": "\udcff"}', "not UTF-8"),
        ("route", '{"execution_id": 1}', "tool_kind: this key is required"),
        ("route", '{"tool_kind": [], "execution_id": 1}', "tool_kind: expected string"),
        ("route", '{"tool_kind": "x", "execution_id": true}', "execution_id: expected integer or string, got boolean"),
        ("route", '{"tool_kind": "x", "execution_id": 1.5}', "execution_id: expected integer or string, got number"),
        ("route", '{"tool_kind": "x", "execution_id": 1, "enabled": "no"}', "enabled: expected boolean, got string"),
        ("route", '{"tool_kind": "x", "execution_id": 1, "kind": 1}', "kind: there is no such key"),
        (
            "route",
            '{"tool_kind": "x", "execution_id": 1, "release": "1.0.0"}',
            "Known releases: 4.11.0, 4.12.0, rust-server.",
        ),
        ("resolve", '{"config": {}, "execution_id": 1}', "credential: this key is required"),
        ("resolve", '{"config": {}, "execution_id": null, "credential": null}', "execution_id: expected"),
        ("resolve", '{"config": {}, "execution_id": 1, "credential": {"http": "500"}}', "http: expected integer"),
        ("resolve", '{"config": {}, "execution_id": 1, "credential": {"transport": 5}}', "transport: expected string"),
        ("resolve", '{"config": {}, "execution_id": 1, "credential": null, "release": "new"}', "is not a release"),
        ("sequence", '{"tasks": 5}', "`tasks` is not a list"),
        ("sequence", '{"task": []}', "task: there is no such key"),
        ("sequence", "{}", "tasks"),
        ("sequence", '{"tasks": [], "clock": "slow"}', "clock"),
        ("guess", "{}", "there is no oracle 'guess', only route, resolve, sequence"),
    ],
)
async def test_a_request_that_is_not_well_formed(verb: str, request_line: str, says: str) -> None:
    got = await answer(verb, request_line)
    assert list(got) == ["error"]
    assert got["error"]["kind"] == "request"
    assert says in got["error"]["message"]


def test_the_command_answers_line_by_line_and_goes_on_after_a_bad_one() -> None:
    lines = b'\xff\n\n{"tool_kind": "agent", "execution_id": 1}\n  \nnope\n{"tool_kind": "http", "execution_id": 2}'
    result = CliRunner().invoke(command, ["route"], input=lines)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [one.get("segment", "error") for one in answers] == ["error", "python", "error", "shared"]


@pytest.mark.parametrize("verb", ["route", "resolve", "sequence"])
def test_no_request_is_no_answer(verb: str) -> None:
    result = CliRunner().invoke(command, [verb], input="")
    assert (result.exit_code, result.stdout) == (0, "")
