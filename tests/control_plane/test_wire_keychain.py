"""The keychain section of a playbook, as a worker finds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from wire_client import Wire

pytestmark = pytest.mark.embedded

PLAYBOOK = """
apiVersion: noetl.io/v2
kind: Playbook
metadata: {name: keys, path: test/keys}
workload: {pepper: from workload}
keychain:
  - {name: fixed, kind: static, map: {pepper: "{{ workload.pepper }}"}}
  - {name: nameless}
  - {name: unheard_of, kind: riddle}
  - {name: carried, type: bearer, token: "{{ keychain.fixed.pepper }}!", scope: local, ttl_seconds: 60}
  - {name: stored, kind: credential, ref: "{{ workload.alias }}"}
  - name: granted
    kind: oauth2
    endpoint: "{{ workload.url }}/"
    headers: {X-Who: "{{ workload.alias }}"}
    data: {pepper: "{{ keychain.fixed.pepper }}"}
    auto_renew: true
  - {name: google, kind: secret_manager, auth: x, map: {a: b}}
  - {name: after, kind: static, map: {a: b}}
workflow:
  - step: start
    tool:
      kind: http
      url: "http://x/{{ workload.pepper }}"
      headers: {One: "{{ keychain.fixed.pepper }}", Two: "Bearer {{ keychain.carried.access_token }}"}
    input: {whole: "{{ keychain.fixed }}"}
"""


@pytest.fixture
async def tokens() -> AsyncIterator[str]:
    async def answered(request: web.Request) -> web.Response:
        form = await request.post()
        return web.json_response(
            {"access_token": f"{request.headers['X-Who']}: {form['pepper']}", "expires_in": 100},
            status=int(request.query.get("status", "200")),
        )

    app = web.Application()
    app.router.add_post("/", answered)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def entry(wire: Wire, catalog_id: Any, name: str, execution_id: str | None = None) -> dict[str, Any]:
    scope = f"?scope_type=local&execution_id={execution_id}" if execution_id else ""
    return dict((await wire.get(f"/api/keychain/{catalog_id}/{name}{scope}")).body)


async def test_entries_are_made_in_order_until_one_fails(wire: Wire, tokens: str) -> None:
    await wire.post("/api/credentials", {"name": "pg", "type": "postgres", "data": {"db_host": "h"}})
    catalog_id = (await wire.register(PLAYBOOK))["catalog_id"]
    execution_id = await wire.start("test/keys", {"alias": "pg", "url": tokens})
    found = {name: await entry(wire, catalog_id, name) for name in ("fixed", "stored", "granted", "after", "google")}
    assert found["fixed"]["token_data"] == {"pepper": "from workload"}
    assert (found["fixed"]["cache_type"], found["fixed"]["auto_renew"]) == ("secret", False)
    assert found["stored"]["token_data"] == {"db_host": "h"}
    assert found["granted"]["token_data"]["access_token"] == "pg: from workload"
    assert (found["granted"]["credential_type"], found["granted"]["cache_type"]) == (
        "oauth2_client_credentials",
        "token",
    )
    assert found["granted"]["ttl_seconds"] <= 100
    assert found["granted"]["renew_config"]["data"] == {"pepper": "{{ keychain.fixed.pepper }}"}
    assert found["after"]["status"] == found["google"]["status"] == "not_found"
    carried = await entry(wire, catalog_id, "carried", execution_id)
    assert carried["token_data"] == {"access_token": "from workload!", "token_type": "Bearer"}
    assert carried["ttl_seconds"] <= 60
    assert (await entry(wire, catalog_id, "carried"))["status"] == "not_found"


async def test_a_command_names_secrets_and_holds_none(wire: Wire, tokens: str) -> None:
    await wire.register(PLAYBOOK)
    (command,) = await wire.commands(await wire.start("test/keys", {"alias": "pg", "url": tokens}))
    context = command["context"]
    pepper = {"$noetl_ref": {"kind": "keychain", "name": "fixed", "field": "pepper"}}
    assert context["tool_config"]["url"] == "http://x/from workload"
    assert context["tool_config"]["headers"] == {"One": pepper, "Two": "Bearer {{ keychain.carried.access_token }}"}
    assert context["input"]["whole"] == {"$noetl_ref": {"kind": "keychain", "name": "fixed", "field": None}}
    assert "from workload!" not in str(command)


@pytest.mark.parametrize(
    "broken",
    [
        '{name: a, kind: static, map: {b: "{{ workload.nothing }}"}}',
        '{name: a, kind: static, map: {b: "{{ keychain.a.b }}"}}',
        '{name: a, kind: oauth2, endpoint: "{{ workload.url }}/?status=500", headers: {X-Who: x}, data: {pepper: 1}}',
        "{name: a, kind: oauth2, endpoint: 'http://127.0.0.1:9/token'}",
        "{name: a, kind: credential, ref: nobody}",
        "{name: a, kind: static, map: {b: c}, scope: catalog}",
    ],
)
async def test_an_entry_that_can_not_be_made_fails_nothing_else(wire: Wire, tokens: str, broken: str) -> None:
    section = f"keychain: [{{name: first, kind: static, map: {{a: b}}}}, {broken}]\nworkflow:"
    head, _, tail = PLAYBOOK.partition("keychain:\n")
    catalog_id = (await wire.register(head + section + tail.partition("workflow:")[2]))["catalog_id"]
    execution_id = await wire.start("test/keys", {"url": tokens})
    assert len(await wire.commands(execution_id)) == 1
    assert (await entry(wire, catalog_id, "first"))["status"] == "success"
    assert (await entry(wire, catalog_id, "a"))["status"] == "not_found"
