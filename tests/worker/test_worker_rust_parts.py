"""Templates, releases, decoding, logs, settings and SQL of the emulated workers."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from worker_fakes import python_call, rust_call

from harness.embedded.worker.log import PythonLog, RustLog, log_fields
from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.releases import tools_release
from harness.embedded.worker.rust.serde import DecodeError, Field, decode, list_of, option, string, unsigned
from harness.embedded.worker.rust.templates import render
from harness.embedded.worker.settings import Consumer, read_settings
from harness.embedded.worker.sql import simple_statements, statements
from harness.embedded.worker.tools import duckdb, python_tool, rust_tool
from harness.files.pools import load_pool
from harness.model.errors import HarnessError

CONTEXT = {"a": {"b": [1, "x", None, True], "n": 1.5}, "t": "text", "none": None}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ 1 + 1 }}", 2),
        ("{{ t }}", "text"),
        ("{{ none }}", "none"),
        ("{{ true }}", True),
        ("{{ a.n }}", 1.5),
        ("{{ a.result.result.n }}", 1.5),
        ("{{ missing }}", ""),
        ("{{ a.b }}", '[1, "x", none, true]'),
        ("{{ a.b | tojson }}", [1, "x", None, True]),
        ("{{ missing | tojson }}", None),
        ("{{ {'of': missing, 'in': [a.nothing]} | tojson }}", {"of": None, "in": [None]}),
        ("{{ 'x' | int }}", 0),
        ("{{ missing | default('d') }}", "d"),
        ("{{ a.b | length }}", 4),
        ("n={{ a.n }}", "n=1.5"),
        ("no template {", "no template {"),
    ],
)
def test_rust_templates(template: str, expected: Any) -> None:
    assert render({"x": [template]}, CONTEXT, since_3_1=False) == {"x": [expected]}


def test_an_attribute_of_nothing_is_an_error_until_3_1_0() -> None:
    with pytest.raises(ToolError, match=r"^Template error: undefined value \(in <string>:1\)$"):
        render("{{ missing.x }}", {}, since_3_1=False)
    assert render("x{{ missing.x.y }}", {}, since_3_1=True) == "x"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ missing }}", None),
        (" {{ missing.x.y }}\n", None),
        ("{{ (missing) }}", None),
        ("{{ a['nothing'] }}", None),
        ("{{ a.n and missing }}", None),
        ("{{ missing if true }}", ""),
        ("{{- missing -}}", ""),
        ("{{ missing }}{{ missing }}", ""),
        ("x{{ missing }}", "x"),
        ("{{ missing | upper }}", ""),
        ("{{ none }}", None),
        ("{{ a.b }}", [1, "x", None, True]),
        ("{{ t }}", "text"),
        ("{{ a.n }}", 1.5),
        ("{{ 'a}}b' }}", "a}}b"),
    ],
)
def test_since_3_1_0_an_expression_that_stands_alone_is_asked_for_as_json(template: str, expected: Any) -> None:
    """As a real worker 5.15.1 rendered them."""
    assert render(template, CONTEXT, since_3_1=True) == expected


@pytest.mark.parametrize(
    ("worker", "tools"),
    [
        ("5.9.0", (2, 16, 0)),
        ("5.10.0", (2, 16, 0)),
        ("5.15.1", (3, 1, 0)),
        ("5.20.0", (3, 1, 0)),
        ("5.1.0", (2, 16, 0)),
    ],
)
def test_the_tools_of_a_worker_release(worker: str, tools: tuple[int, ...]) -> None:
    assert tools_release(worker).version == tools


FIELDS = {
    "url": Field(string),
    "port": Field(option(unsigned(16)), None),
    "more": Field(list_of(string), [], ("alias",)),
}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "missing field `url`"),
        ({"url": 1}, "invalid type: integer `1`, expected a string"),
        ({"url": "u", "port": 70000}, "invalid value: integer `70000`, expected u16"),
        ({"url": "u", "alias": [], "more": []}, "duplicate field `more`"),
        ([], "invalid type: sequence, expected struct C"),
    ],
)
def test_decoding_complains_like_serde(given: Any, error: str) -> None:
    with pytest.raises(DecodeError, match=f"^{re.escape(error)}$"):
        decode("C", FIELDS, given)


def test_decoding_fills_in_defaults() -> None:
    assert decode("C", FIELDS, {"url": "u", "port": None, "alias": ["x"], "other": 1}) == {
        "url": "u",
        "port": None,
        "more": ["x"],
    }


def test_a_python_record() -> None:
    out = io.StringIO()
    with log_fields(execution_id=7, command_id=11):
        PythonLog(out).error("first\nsecond")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} \[ERROR\]  \S+\.py:\d+\n"
        r"\(test_worker_rust_parts:test_a_python_record:\d+\)\n"
        r"     Message: first\n             second\n"
        r"     execution_id: 7 command_id: 11\n",
        out.getvalue(),
    )


def test_a_rust_record() -> None:
    out = io.StringIO()
    RustLog(out).warn("noetl_worker::worker", "Heartbeat failed", error="x")
    expected = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z  WARN noetl_worker::worker: Heartbeat failed error=x\n"
    assert re.fullmatch(expected, out.getvalue())


def test_colour_parts_a_field_from_its_value() -> None:
    out = io.StringIO()
    RustLog(out, colour=True).error("t", "m", execution_id=7)
    assert "\x1b[3mexecution_id\x1b[0m\x1b[2m=\x1b[0m7" in out.getvalue()
    assert "execution_id=7" in re.sub(r"\x1b\[\d*m", "", out.getvalue())


def test_the_environment_of_a_python_worker() -> None:
    env = {"NATS_CONSUMER": "c", "NOETL_WORKER_POOL_SEGMENTS": "legacy, shared,python"}
    settings = read_settings(load_pool("python"), env)
    assert settings.consumers == (
        Consumer("c", None),
        Consumer("c_shared", "noetl.commands.shared.>"),
        Consumer("c_python", "noetl.commands.python.>"),
    )
    assert re.fullmatch(r"worker-[0-9a-f]{8}", settings.worker_id)


def test_the_environment_of_a_rust_worker() -> None:
    env = {"NATS_CONSUMER": "c", "NATS_FILTER_SUBJECT": "s.>", "NATS_PASSWORD": "hush", "NATS_URL": "nats://u:hush@h"}
    settings = read_settings(load_pool("rust@5.10.0"), env)
    assert settings.consumers == (Consumer("c", "s.>"),)
    assert "hush" not in repr(settings)
    with pytest.raises(HarnessError, match="WORKER_MAX_CONCURRENT is '0'"):
        read_settings(load_pool("rust@5.10.0"), {"WORKER_MAX_CONCURRENT": "0"})


def test_statements_end_at_semicolons_outside_quotes() -> None:
    text = "select ';', \";\" -- no;\n; /* ; */ do $a$ begin; end $a$;;\nselect 4/2"
    assert statements(text) == ["select ';', \";\"", "do $a$ begin; end $a$", "select 4/2"]
    assert simple_statements("-- x\nselect ';'\n; select 2;") == ["select ';'", "select 2"]


def test_kinds_without_a_file_are_not_played() -> None:
    assert python_tool("gcs") is None
    assert rust_tool("workbook") is None
    assert rust_tool("noop") is not None


async def test_duckdb_shares_a_file_on_python_and_nothing_on_rust(tmp_path: Path) -> None:
    config = {"database": str(tmp_path / "x.duckdb"), "command": "create table t as select 1 as a; select a from t"}
    answer = await duckdb.python(python_call("duckdb", config))
    assert (answer["executed_commands"], answer["command_2_sample"]) == (2, [[1]])
    failed = await duckdb.python(python_call("duckdb", {**config, "command": "select nope"}))
    assert failed["status"] == "error"
    result = await duckdb.rust(rust_call("duckdb", {"query": "select 1 as a, 1.50::decimal(4,2) as d"}))
    assert result.fields["data"] == {"columns": ["a", "d"], "rows": [{"a": 1, "d": "1.50"}], "row_count": 1}
    with pytest.raises(ToolError, match=r"^Database error: Failed to prepare query: "):
        await duckdb.rust(rust_call("duckdb", {"query": "select a from t"}))
