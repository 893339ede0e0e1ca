"""`kind: http` and the tools that talk to a control plane (spec: noetl-python 4.2, 7.5; noetl-rust 3.2, 3.3)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from worker_fakes import FakeControlPlane, python_call, rust_call, services

from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.tools import playbook, workbook
from harness.embedded.worker.tools.http import python, rust


async def echo(request: web.Request) -> web.Response:
    shown = {
        "method": request.method,
        "query": [list(pair) for pair in request.query.items()],
        "body": await request.text(),
        "authorization": request.headers.get("Authorization"),
        "key": request.headers.get("X-API-Key"),
    }
    return web.json_response(shown, status=int(request.query.get("status", 200)))


@pytest.fixture
async def site() -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    app = web.Application()
    app.router.add_route("*", "/echo", echo)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield str(server.make_url("/echo")), session


async def ask_python(site: Any, config: dict[str, Any], server: FakeControlPlane | None = None) -> Any:
    around = services("python", server, site[1])
    return await python(python_call("http", {"url": site[0], **config}, services=around))


async def ask_rust(site: Any, config: dict[str, Any], pool: str = "rust@5.10.0", **more: Any) -> Any:
    return await rust(rust_call("http", {"url": site[0], **config}, services=services(pool, None, site[1]), **more))


async def test_the_python_data_is_the_response(site: Any) -> None:
    data = await ask_python(site, {"params": {"a": True, "b": None, "c": [1, 2]}})
    assert (data["status_code"], data["url"].split("?")[0]) == (200, site[0])
    assert data["data"]["query"] == [["a", "true"], ["b", ""], ["c", "1"], ["c", "2"]]
    assert data["headers"]["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("config", "body"),
    [
        ({"method": "POST", "payload": {"a": 1}}, {"a": 1}),
        ({"method": "POST", "body": {"a": 1}}, {"a": 1}),
        ({"method": "POST", "data": {"a": 1}, "payload": {"b": 1}}, {"a": 1}),
        ({"method": "POST", "data": {"body": [1]}}, [1]),
    ],
)
async def test_where_the_python_body_comes_from(site: Any, config: dict[str, Any], body: Any) -> None:
    assert json.loads((await ask_python(site, config))["data"]["body"]) == body


async def test_a_bad_status_is_an_error_without_words_on_python(site: Any) -> None:
    answer = await ask_python(site, {"params": {"status": 500}})
    assert answer["status"] == "error"
    assert "error" not in answer
    assert answer["data"]["status_code"] == 500


async def test_nobody_there(site: Any) -> None:
    url = "http://127.0.0.1:1/x"
    assert (await ask_python(site, {"url": url}))["error"] == "Request error: All connection attempts failed"
    with pytest.raises(ToolError, match=r"^HTTP error: error sending request for url \(http://127.0.0.1:1/x\)$"):
        await ask_rust(site, {"url": url})


async def test_python_takes_a_map_of_aliases_and_nothing_else(site: Any) -> None:
    server = FakeControlPlane()
    server.credential("b1", "bearer", {"token": "TOK"})
    for auth, sent in ((({"x": {"type": "bearer", "key": "b1"}}), "Bearer TOK"), ("b1", None)):
        data = await ask_python(site, {"auth": auth}, server)
        assert data["data"]["authorization"] == sent


async def test_the_rust_data_is_one_level_deeper(site: Any) -> None:
    result = await ask_rust(site, {"params": {"a": "1"}})
    assert result.status == "success"
    assert result.fields["data"]["status_code"] == 200
    assert result.fields["data"]["body"]["query"] == [["a", "1"]]
    assert json.loads(result.fields["stdout"]) == result.fields["data"]["body"]


async def test_a_bad_status_is_masked_on_rust(site: Any) -> None:
    result = await ask_rust(site, {"params": {"status": "500"}})
    assert (result.status, result.fields["error"], result.fields["exit_code"]) == ("error", "HTTP 500 response", 1)


async def test_numbers_in_string_maps_are_refused_until_2_18_4(site: Any) -> None:
    with pytest.raises(ToolError, match="invalid type: integer `1`, expected a string"):
        await ask_rust(site, {"params": {"a": 1}})
    result = await ask_rust(site, {"params": {"a": 1}}, "rust@5.15.1")
    assert result.fields["data"]["body"]["query"] == [["a", "1"]]


@pytest.mark.parametrize(
    ("auth", "name", "sent"),
    [
        ({"type": "bearer", "credential": "c"}, "authorization", "Bearer hush"),
        ({"type": "bearer", "token": "inline", "credential": "c"}, "authorization", "Bearer inline"),
        ({"type": "basic", "credential": "c", "username": "u"}, "authorization", "Basic dTpodXNo"),
        ({"type": "api_key", "credential": "c"}, "key", "hush"),
        ({"type": "none"}, "authorization", None),
    ],
)
async def test_rust_auth(site: Any, auth: dict[str, Any], name: str, sent: str | None) -> None:
    result = await ask_rust(site, {}, auth=auth, secrets={"c": "hush"})
    assert result.fields["data"]["body"][name] == sent


async def test_rust_auth_without_its_secret(site: Any) -> None:
    with pytest.raises(ToolError, match=r"^Authentication error: Credential 'c' not found in context$"):
        await ask_rust(site, {}, auth={"type": "bearer", "credential": "c"})


CHILD = {"execution_id": "9", "status": "started"}


async def test_a_child_that_nobody_waits_for() -> None:
    server = FakeControlPlane(answers={"POST /api/execute": (200, CHILD)})
    result = await playbook.rust(
        rust_call("playbook", {"path": "p", "args": {"n": 1}}, services=services("rust@5.10.0", server))
    )
    assert result.fields["data"] == {"status": "started", "execution_id": "9", "path": "p", "async": True}
    body = server.requests[0][2]
    assert body == {"payload": {"n": 1}, "path": "p", "parent_execution_id": 7}
    call = python_call("playbook", {"path": "p", "input": {"n": 1}}, services=services("python", server))
    answer = await playbook.python(call)
    assert (answer["status"], answer["data"], answer["execution_id"]) == ("success", CHILD, "9")


@pytest.mark.parametrize("status", [{"completed": True, "failed": False}, {"completed": False, "failed": True}])
async def test_a_child_that_is_waited_for(status: dict[str, bool]) -> None:
    answers = {"POST /api/execute": (200, CHILD), "GET /api/executions/9/status": (200, status)}
    server = FakeControlPlane(answers=answers)
    config = {"path": "p", "return_step": "end"}
    assert await playbook.python(python_call("playbook", config, services=services("python", server))) == status
    result = await playbook.rust(rust_call("playbook", config, services=services("rust@5.10.0", server)))
    assert result.as_json() == {"status": "success", "data": status}


async def test_a_workbook_entry_runs_as_its_own_kind() -> None:
    text = "workbook:\n- name: add\n  tool: {kind: python, code: c, args: {a: 1, b: 1}}\n"
    server = FakeControlPlane(
        answers={"POST /api/catalog/resource": (200, {"path": "p", "version": 2, "content": text})}
    )
    context = {"catalog_id": "3", "execution_id": "7"}
    call = python_call(
        "workbook", {"task": "add"}, given={"b": 2}, context=context, services=services("python", server)
    )
    assert await workbook.python(call) == {
        "called": "python",
        "config": {"name": "add", "code": "c", "args": {"a": 1, "b": 2}},
    }
    assert [body for *_, body in server.requests] == [{"catalog_id": 3}, {"path": "p", "version": 2}]


async def test_a_workbook_entry_that_is_not_there() -> None:
    server = FakeControlPlane(answers={"POST /api/catalog/resource": (200, {"path": "p", "content": "workbook: []"})})
    call = python_call("workbook", {"task": "x"}, context={"catalog_id": "3"}, services=services("python", server))
    with pytest.raises(ValueError, match=r"^Workbook action 'x' not found. Available actions: \[\]$"):
        await workbook.python(call)
