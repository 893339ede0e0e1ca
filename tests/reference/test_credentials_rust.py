"""Alias resolution at 5.10.0 against spec noetl-rust 1.3 and 1.4."""

from __future__ import annotations

from typing import Any

import pytest
from credential_cases import RELEASES, Server, failed, record, resolved
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.reference.credentials import (
    AliasError,
    Answer,
    ErrorKind,
    Found,
    HttpFailure,
    Missing,
    Secrets,
    TransportFailure,
    resolve,
)

PG = {"db_host": "h", "db_port": "5432", "db_user": "u", "db_password": "p", "db_name": "d"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70000) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = ["host", "port", "user", "password", "database", "db_host", "db_port", "token", "key", "header", "url", "x"]
DATA = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), JSON, max_size=6)


@pytest.mark.parametrize(
    "config",
    [
        *("auth", 5, None, True, ["auth"], {}),
        *({"auth": value} for value in (None, 5, ["a"], {"type": "bearer"})),
        {"credential": "a"},
        {"source": {"auth": "a"}},
        {"kind": "task_sequence", "tool_config": [{"t": {"auth": "a"}}]},
    ],
)
def test_what_holds_no_alias_is_left_alone_without_a_lookup(config: Any) -> None:
    server = Server(Missing())
    done = resolve(config, server, release="5.10.0")
    assert (done.config, dict(done.secrets), done.lookups, server.asked) == (config, {}, 0, [])


@pytest.mark.parametrize("alias", ["", " a ", "{{ x }}", "a/b?c", "é"])
def test_the_alias_is_looked_up_verbatim_and_once(alias: str) -> None:
    server = Server(record("basic"))
    done = resolve({"auth": alias}, server, release="5.10.0")
    assert server.asked == [alias]
    assert done.lookups == 1


@pytest.mark.parametrize(
    ("config", "data", "expected"),
    [
        ({}, PG, {"host": "h", "port": 5432, "user": "u", "password": "p", "database": "d"}),
        ({}, {"host": "h", "port": 1, "user": "u", "password": "p", "database": "d"}, None),
        ({}, {"host": "second", "db_host": "first"}, {"host": "first"}),
        ({"host": "mine"}, PG, {"host": "mine", "port": 5432, "user": "u", "password": "p", "database": "d"}),
        ({"host": None}, {"db_host": "h"}, {"host": None}),
        ({"port": "no port"}, {"db_port": "neither"}, {"port": "no port"}),
        ({}, {"db_host": None, "db_user": 5}, {"host": None, "user": 5}),
        ({}, {"username": "u", "dbname": "d", "hostname": "h", "dsn": "x", "sslmode": "y"}, {}),
        ({"credential": "kept"}, {}, {"credential": "kept"}),
        ({"db_host": "playbook"}, PG, {"db_host": "playbook", **dict(zip(["host", "port"], ["h", 5432], strict=True))}),
    ],
)
def test_postgres(config: dict[str, Any], data: dict[str, Any], expected: dict[str, Any] | None) -> None:
    got, secrets = resolved({"kind": "postgres", "auth": "pg", **config}, record("Postgres", data))
    wanted = data if expected is None else expected
    assert {name: got.get(name) for name in wanted} == wanted
    assert "auth" not in got
    assert secrets == {}
    if not wanted:
        assert got == {"kind": "postgres"}


@pytest.mark.parametrize("port", [5432, 70000, 5432.5, 0, -1])
def test_a_number_as_port_passes_unchecked(port: float) -> None:
    assert resolved({"auth": "pg"}, record("postgres", {"db_port": port}))[0] == {"port": port}


@pytest.mark.parametrize(("text", "port"), [("5432", 5432), ("+5432", 5432), ("0", 0), ("65535", 65535), ("00080", 80)])
def test_a_port_as_text(text: str, port: int) -> None:
    assert resolved({"auth": "pg"}, record("postgres", {"port": text}))[0] == {"port": port}


@pytest.mark.parametrize(
    ("text", "shown", "cause"),
    [
        ("", '""', "cannot parse integer from empty string"),
        (" 5432", '" 5432"', "invalid digit found in string"),
        ("5432\n", '"5432\\n"', "invalid digit found in string"),
        ("-1", '"-1"', "invalid digit found in string"),
        ("+", '"+"', "invalid digit found in string"),
        ("++1", '"++1"', "invalid digit found in string"),
        ("5_000", '"5_000"', "invalid digit found in string"),
        ("٣", '"٣"', "invalid digit found in string"),
        ("70000", '"70000"', "number too large to fit in target type"),
        ("99999x", '"99999x"', "number too large to fit in target type"),
        ('a"\u0301', '"a\\"\\u{301}"', "invalid digit found in string"),
    ],
)
def test_a_text_that_is_no_port(text: str, shown: str, cause: str) -> None:
    error = failed({"kind": "postgres", "auth": "pg"}, record("postgres", {"host": "h", "port": text, "user": "u"}))
    assert error.kind is ErrorKind.PORT
    assert error.message == f"postgres credential 'db_port' is not a u16: {shown}"
    assert error.cause == cause
    assert error.config == {"kind": "postgres", "host": "h"}
    assert error.lookups == 1


@pytest.mark.parametrize(
    ("port", "shown"),
    [
        (None, "Null"),
        (True, "Bool(true)"),
        ([1, "a", None], 'Array [Number(1), String("a"), Null]'),
        ({"b": 1e-5, "a": [1e16]}, 'Object {"a": Array [Number(1e+16)], "b": Number(0.00001)}'),
        ([1.0, 1e-6, 2**64], "Array [Number(1.0), Number(1e-6), Number(1.8446744073709552e+19)]"),
        ({}, "Object {}"),
    ],
)
def test_a_port_of_another_shape(port: Any, shown: str) -> None:
    error = failed({"auth": "pg"}, record("postgres", {"db_port": port}))
    assert error.message == f"postgres credential 'db_port' has unsupported JSON shape: {shown}"
    assert error.cause is None


@pytest.mark.parametrize(
    ("kind", "data", "auth", "secret"),
    [
        ("bearer", {"token": "t"}, {"type": "bearer"}, "t"),
        ("BEARER_TOKEN", {"access_token": "t", "bearer_token": "no"}, {"type": "bearer"}, "t"),
        ("bearer", {"bearer_token": "t"}, {"type": "bearer"}, "t"),
        ("bearer", {"token": None, "access_token": "x"}, {"type": "bearer"}, ""),
        ("bearer", {"token": 5}, {"type": "bearer"}, ""),
        ("bearer", {}, {"type": "bearer"}, ""),
        ("api_key", {"api_key": "k"}, {"type": "api_key", "header": "X-API-Key"}, "k"),
        ("api_key", {"key": "k", "token": "no", "header": "X-K"}, {"type": "api_key", "header": "X-K"}, "k"),
        ("api_key", {"token": "k", "header": 5}, {"type": "api_key", "header": "X-API-Key"}, "k"),
        ("basic", {"username": "u", "password": "p"}, {"type": "basic", "username": "u"}, "p"),
        ("basic", {"user": "u", "db_password": "p"}, {"type": "basic", "username": "u"}, "p"),
        ("basic", {"username": None, "user": "u"}, {"type": "basic", "username": ""}, ""),
    ],
)
def test_secrets(kind: str, data: dict[str, Any], auth: dict[str, str], secret: str) -> None:
    got = resolved({"kind": "http", "auth": "al"}, record(kind, data))
    assert got == ({"kind": "http", "auth": {"credential": "al", **auth}}, {"al": secret})


@pytest.mark.parametrize("kind", ["postgresql", "Generic", "", "nats", "snowflake", "httpBearerAuth", "İ"])
def test_an_unsupported_type(kind: str) -> None:
    error = failed({"auth": "al"}, record(kind))
    assert error.kind is ErrorKind.UNSUPPORTED_TYPE
    assert error.message == (
        f"Credential alias 'al' has unsupported type '{kind.lower()}'.  Supported types: postgres, bearer, api_key, "
        "basic.  File an issue if your tool needs another type."
    )
    assert error.config == {"auth": "al"}


@pytest.mark.parametrize(
    ("answer", "kind", "message", "cause"),
    [
        (
            Missing(),
            ErrorKind.NOT_FOUND,
            "Credential alias 'al' not found in keychain (server returned 404 for /api/credentials/al)",
            None,
        ),
        (
            HttpFailure(500, "oops"),
            ErrorKind.HTTP,
            "looking up credential alias 'al' in keychain",
            "get_credential('al') failed: HTTP 500 oops",
        ),
        (
            TransportFailure("error sending request"),
            ErrorKind.TRANSPORT,
            "looking up credential alias 'al' in keychain",
            "error sending request",
        ),
        (
            Found({}),
            ErrorKind.DECODE,
            "looking up credential alias 'al' in keychain",
            "error decoding response body: missing field `id`",
        ),
    ],
)
def test_failed_lookups_are_different_errors(answer: Answer, kind: ErrorKind, message: str, cause: str | None) -> None:
    error = failed({"auth": "al", "x": 1}, answer)
    assert (error.kind, error.message, error.cause) == (kind, message, cause)
    assert (error.config, error.lookups, error.transient) == ({"auth": "al", "x": 1}, 1, False)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"id": 1, "name": "n", "type": "basic"}, "invalid type: integer `1`, expected a string"),
        ({"id": "1", "type": "basic"}, "missing field `name`"),
        ({"id": "1", "name": "n"}, "missing field `type`"),
        ({"id": "1", "name": "n", "type": None}, "invalid type: null, expected a string"),
        ({"id": "1", "name": "n", "type": "basic", "data": None}, "invalid type: null, expected a map"),
        ({"id": "1", "name": "n", "type": "basic", "data": []}, "invalid type: sequence, expected a map"),
        ({"id": "1", "name": "n", "type": "basic", "tags": None}, "invalid type: null, expected a sequence"),
        ({"id": "1", "name": "n", "type": "basic", "tags": [True]}, "invalid type: boolean `true`, expected a string"),
        ({"id": "1", "name": "n", "type": "basic", "description": 5}, "invalid type: integer `5`, expected a string"),
        (["1", "n"], "invalid length 2, expected struct Credential with 6 elements"),
        (None, "invalid type: null, expected struct Credential"),
        ("text", 'invalid type: string "text", expected struct Credential'),
    ],
)
def test_a_body_that_does_not_decode(body: Any, complaint: str) -> None:
    assert failed({"auth": "al"}, Found(body)).cause == f"error decoding response body: {complaint}"


@pytest.mark.parametrize(
    "body",
    [
        {"id": "1", "name": "n", "type": "basic"},
        {"id": "1", "name": "n", "type": "basic", "description": None, "meta": 5, "created_at": None},
        ["1", "n", "basic"],
    ],
)
def test_a_body_that_decodes(body: Any) -> None:
    assert resolved({"auth": "al"}, Found(body))[1] == {"al": ""}


@pytest.mark.parametrize("release", ["5.9.0", "5.0.12"])
def test_before_5_10_0_nothing_is_resolved(release: str) -> None:
    error = failed({"kind": "http", "auth": 'p"g'}, record("basic"), release)
    assert error.kind is ErrorKind.MALFORMED_CONFIG
    assert error.message == 'invalid type: string "p\\"g", expected struct AuthConfig'
    assert error.lookups == 0
    assert resolved({"auth": None}, record("basic"), release) == ({"auth": None}, {})


@given(
    st.dictionaries(st.sampled_from([*NAMES, "auth", "credential"]), JSON, max_size=5),
    st.sampled_from(["postgres", "bearer", "api_key", "basic", "nats", "snowflake"]),
    DATA,
    st.sampled_from(RELEASES),
)
def test_a_playbook_keeps_its_keys_and_resolving_again_changes_nothing(
    config: dict[str, Any], kind: str, data: dict[str, Any], release: str
) -> None:
    config["auth"] = "al"
    before = dict(config)
    data.pop("auth", None)
    data.pop("credential", None)
    server = Server(record(kind, data))
    try:
        done = resolve(config, server, release=release)
    except AliasError:
        assume(False)
    assert config == before
    kept = before.keys() - {"auth", "credential"}
    assert {name: done.config[name] for name in kept} == {name: before[name] for name in kept}
    again = resolve(done.config, server, release=release)
    assert again.config == done.config
    assert (again.lookups, dict(again.secrets)) == (0, {})


SECRET = "s3cr3t-b7b1"


@given(
    st.sampled_from(["postgres", "bearer", "api_key", "basic", "other"]),
    st.dictionaries(st.sampled_from(NAMES), st.just(SECRET), min_size=1),
    st.sampled_from(["ok", "data is text", "http"]),
    st.sampled_from(RELEASES),
)
def test_secrets_are_in_no_repr_and_no_exception_text(
    kind: str, data: dict[str, str], shape: str, release: str
) -> None:
    answers: dict[str, Answer] = {
        "ok": record(kind, data),
        "data is text": Found({"id": "1", "name": "n", "type": kind, "data": SECRET}),
        "http": HttpFailure(500, SECRET),
    }
    answer = answers[shape]
    assert SECRET not in repr(answer)
    try:
        done = resolve({"auth": "al"}, lambda alias: answer, release=release)
    except AliasError as error:
        shown = f"{error!r} {error}"
    else:
        shown = f"{done!r} {done} {done.secrets}"
    assert SECRET not in shown


def test_secrets_can_be_read_by_those_who_ask() -> None:
    secrets = Secrets({"al": SECRET})
    assert secrets["al"] == SECRET
    assert list(secrets) == ["al"]
    assert repr(secrets) == "Secrets(al=***)"
