"""What the real Rust workers 5.10.0 and 5.15.1 were seen to do, rule by rule."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from worker_fakes import FakeControlPlane, command, rust_call, services

from harness.embedded.worker.log import RustLog
from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.json_text import parse
from harness.embedded.worker.rust.offload import call_done_result
from harness.embedded.worker.rust.result import success
from harness.embedded.worker.rust.script import script_text, split_output
from harness.embedded.worker.rust.templates import render
from harness.embedded.worker.sql import rust_statements
from harness.embedded.worker.tools import duckdb, http, python, shell, transfer


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "1e400", '"\\ud800"', "[" * 100_000, "", "{'a': 1}"])
def test_what_serde_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|range|surrogates|limit|Expect"):
        parse(text)


def test_whole_numbers_beyond_64_bits_are_doubles() -> None:
    found = parse(f"[{2**64 - 1}, {2**64}, {-(2**63) - 1}, 1.0]")
    assert found == [2**64 - 1, float(2**64), float(-(2**63) - 1), 1.0]
    assert [type(one) for one in found] == [int, float, float, float]


@pytest.mark.parametrize(("captured", "line"), [(False, 16), (True, 22)])
def test_the_code_begins_at_the_line_of_the_release(captured: bool, line: int) -> None:
    assert script_text("first = 1", captured=captured).split("\n")[line - 1] == "first = 1"


def test_only_a_return_at_the_top_level_wraps_the_code() -> None:
    assert "__noetl_step__" in script_text("x = 1\nreturn x", captured=True)
    assert "__noetl_step__" not in script_text("def f():\n    return 1\nreturn 2", captured=True)
    assert "__noetl_step__" not in script_text("if x:\n    return 1", captured=True)
    assert "__noetl_step__" not in script_text("return 1", captured=False)


@pytest.mark.parametrize(
    ("stdout", "expected"),
    [
        ("a\n@@__NOETL_RESULT__@@[1]\n", (([1],), "a\n")),
        ("@@__NOETL_RESULT__@@null\n", ((None,), "")),
        ("@@__NOETL_RESULT__@@NaN\n", (None, "")),
        ("a@@__NOETL_RESULT__@@[1]\n", (None, "a@@__NOETL_RESULT__@@[1]\n")),
        ("a\r\nb", (None, "a\nb")),
    ],
)
def test_the_marked_line(stdout: str, expected: Any) -> None:
    assert split_output(stdout) == expected


async def outcome(code: str, pool: str = "rust@5.15.1", **more: Any) -> dict[str, Any]:
    return dict((await python.rust(rust_call("python", {"code": code, **more}, pool=pool))).fields)


async def test_a_return_at_the_top_level_is_the_result() -> None:
    assert (await outcome("return {'n': args['n']}", args={"n": 3}))["data"] == {"n": 3}
    assert (await outcome("return 1", "rust@5.10.0"))["exit_code"] == 1


async def test_input_is_another_name_of_args_and_both_are_too_many() -> None:
    assert (await outcome("result = input_data", input={"n": 3}))["data"] == {"n": 3}
    with pytest.raises(ToolError, match="duplicate field `args`"):
        await outcome("result = 1", input={}, args={})


async def test_a_result_that_is_no_json() -> None:
    assert (await outcome("result = {(1, 2): 3}"))["stderr"].startswith("noetl result capture failed: TypeError")
    assert (await outcome("result = float('nan')\nprint('[2]')"))["data"] == [2]


async def test_args_reach_the_code_sorted_and_in_the_stated_globals_only() -> None:
    code = "print(sorted(name for name in globals() if name[0] != '_'), args)"
    found = (await outcome(code, "rust@5.10.0", args={"m": {"b": 1, "aa": 2}}))["stdout"]
    names = ["args", "context", "execution_id", "json", "m", "step", "sys", "variables"]
    assert found == f"{names} {{'m': {{'aa': 2, 'b': 1}}}}\n"


async def test_an_interpreter_or_folder_that_is_not_there_is_the_tools_error() -> None:
    for config in ({"python": "/no/such"}, {"cwd": "/no/such"}):
        with pytest.raises(ToolError, match=re.escape("Failed to spawn Python process: No such file or directory (os")):
            await outcome("1", **config)
    with pytest.raises(ToolError, match=re.escape("Failed to spawn process: Permission denied (os error 13)")):
        await shell.rust(rust_call("shell", {"command": "true", "shell": "/etc"}))


async def test_no_seconds_are_a_limit_too() -> None:
    assert (await python.rust(rust_call("python", {"code": "1"}, timeout=0))).status == "timeout"
    assert (await shell.rust(rust_call("shell", {"command": "sleep 9"}, timeout=0))).status == "timeout"


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (None, "python script `source.type: inline` has no `code`"),
        ({"source": {"type": "file"}}, "requires `script.uri` (the file path)"),
        (
            {"uri": "/no/such", "source": {"type": "file"}},
            "I/O error: python script file `/no/such` could not be read: No",
        ),
        ({"source": {"type": "ftp"}}, "`source.type: ftp` is unknown; expected one of inline | file | gcs | http"),
        ("x", 'Invalid python config: invalid type: string "x", expected struct PythonScript'),
    ],
)
async def test_scripts_that_can_not_be_had(script: Any, text: str) -> None:
    with pytest.raises(ToolError, match=re.escape(text)):
        await python.rust(rust_call("python", {} if script is None else {"script": script}, pool="rust@5.15.1"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1;", ["select 1;"]),
        ("a; b;", ["a", "b"]),
        ("select 'x;''y;'; b", ["select 'x;''y;'", "b"]),
        ("do $f$ a; b $f$; c", ["do $f$ a; b $f$", "c"]),
        ("select $1; b", ["select $1", "b"]),
        ("-- a; b", ["-- a", "b"]),
        ("", [""]),
    ],
)
def test_statements(text: str, expected: list[str]) -> None:
    assert rust_statements(text) == expected


async def duck(query: str, pool: str = "rust@5.15.1", **more: Any) -> Any:
    return (await duckdb.rust(rust_call("duckdb", {"query": query, **more}, pool=pool))).fields["data"]


async def test_duckdb_takes_several_statements_since_3_1_0() -> None:
    query = "create table t(a int); insert into t values (1), (2); select sum(a) as s from t"
    assert (await duck(query))["rows"] == [{"s": "3"}]
    with pytest.raises(ToolError, match="Failed to prepare query: Invalid Input Error: Cannot prepare multiple"):
        await duck(query, "rust@5.10.0")


async def test_duckdb_counts_what_a_statement_changed() -> None:
    assert await duck("create table t as select 1 a") == {"affected_rows": 0}
    assert await duck("create table t(a int); insert into t values (1), (2)") == {"affected_rows": 2}


async def test_duckdb_says_where_it_failed() -> None:
    with pytest.raises(ToolError, match="Database error: Query failed: Conversion Error"):
        await duck("select 'x'::int")
    with pytest.raises(ToolError, match=r"Failed to prepare query: Parser Error(.|\n)* \^\Z"):
        await duck("selec")
    with pytest.raises(ToolError, match="Batch statement failed: Catalog Error"):
        await duck("drop table t; select 1")


@pytest.mark.parametrize(
    ("source", "target", "text"),
    [
        ("postgres", "snowflake", "Transfer from Postgres to Snowflake is not yet implemented"),
        ("http", "duckdb", "Unsupported transfer direction: Http to DuckDb"),
    ],
)
async def test_transfers_that_the_release_refuses(source: str, target: str, text: str) -> None:
    config = {"source": {"type": source, "query": "q"}, "target": {"type": target, "table": "t"}}
    with pytest.raises(ToolError, match=text):
        await transfer.rust(rust_call("transfer", config))


@pytest.mark.parametrize(
    ("auth", "text"),
    [
        ("pg", 'Invalid transfer config: invalid type: string "pg", expected struct AuthConfig'),
        ({"type": "postgres", "key": "pg"}, "Invalid transfer config: unknown variant `postgres`, expected one of"),
        ({"type": "basic"}, "Source connection string required"),
    ],
)
async def test_the_auth_of_a_transfers_end_is_read_as_that_of_a_tool(auth: Any, text: str) -> None:
    end = {"type": "postgres", "query": "q", "table": "t"}
    with pytest.raises(ToolError, match=re.escape(text)):
        await transfer.rust(rust_call("transfer", {"source": {**end, "auth": auth}, "target": end}))


async def test_an_outcome_that_is_stored_leaves_its_address_inline_since_5_15_1() -> None:
    server = FakeControlPlane(answers={"PUT /api/result/7": (200, {"ref": "noetl://x"})})
    around, big = services("rust@5.15.1", server), success("x" * 110_000)
    made = [
        await call_done_result(big, command("python", {}), around, RustLog(StringIO()), inline_ref=inline)
        for inline in (True, False)
    ]
    assert made[0].pop("context") == {"data": {"_ref": "noetl://x"}}
    assert made[0] == made[1]
    assert made[1]["reference"]["ref"] == "noetl://x"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ n | nosuch }}", "Template error: unknown filter: filter nosuch is unknown (in <string>:1)"),
        (
            "{{ n",
            "Template error: syntax error: unexpected end of input, expected end of variable block (in <string>:1)",
        ),
        ("{{ nosuch.a }}", "Template error: undefined value (in <string>:1)"),
    ],
)
def test_what_is_wrong_with_a_template(template: str, text: str) -> None:
    with pytest.raises(ToolError) as caught:
        render(template, {"n": 1}, since_3_1=False)
    assert str(caught.value) == text


async def _echo(request: web.Request) -> web.Response:
    names = sorted(name.lower() for name in request.headers if name.lower() not in ("host", "content-length"))
    return web.json_response({"names": names, "body": (await request.read()).decode()})


async def test_the_http_client_sends_no_more_than_the_releases() -> None:
    app = web.Application()
    app.router.add_route("*", "/", _echo)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:

        async def sent(**config: Any) -> Any:
            call = rust_call(
                "http", {"url": str(server.make_url("/")), **config}, services=services("rust@5.10.0", session=session)
            )
            return (await http.rust(call)).fields["data"]["body"]

        assert await sent() == {"names": ["accept"], "body": ""}
        assert await sent(method="POST", body="x") == {"names": ["accept"], "body": "x"}
        posted = await sent(method="POST", json={"b": 1, "a": "é"})
        assert posted == {
            "names": ["accept", "content-type"],
            "body": json.dumps({"a": "é", "b": 1}, ensure_ascii=False, separators=(",", ":")),
        }
        with pytest.raises(ToolError, match="HTTP error: error sending request for url"):
            await sent(timeout_seconds=0)
        with pytest.raises(ToolError, match="HTTP error: builder error"):
            await sent(headers={"X A": "b"})
        with pytest.raises(ToolError, match=re.escape("builder error for url (ftp://x/y)")):
            await sent(url="ftp://x/y")
