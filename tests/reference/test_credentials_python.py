"""How the Python worker 4.12.0 authenticates, against spec noetl-python 4.1 and 4.2."""

from __future__ import annotations

from typing import Any

import pytest
from credential_cases import Server, record

from harness.reference.credentials import Answer, Found, HttpFailure, Missing, TransportFailure
from harness.reference.credentials.python import (
    PythonAuthError,
    check_postgres_step,
    http_headers,
    postgres_connection,
)

FIELDS = {"host": "h", "port": 5432, "user": "u", "password": "p", "database": "d"}
PG = record("postgres", {f"db_{'name' if name == 'database' else name}": value for name, value in FIELDS.items()})
BUILT = "dbname=d user=u password=p host=h port=5432 connect_timeout=10"
FAILED = "Postgres auth resolution failed. Ensure `auth` points to a valid postgres credential."
NOT_POSTGRES = (
    "Postgres auth is required and could not be resolved. "
    "Set `auth` on the step/tool and avoid direct db_* connection fields."
)


def conninfo(config: dict[str, Any], answer: Answer = PG, **args: Any) -> str:
    return postgres_connection(config, args, lambda alias: answer, environ={"PGX": "value"}).conninfo


def refusal(config: dict[str, Any], answer: Answer = PG) -> str:
    with pytest.raises(PythonAuthError) as raised:
        conninfo(config, answer)
    return str(raised.value)


@pytest.mark.parametrize(
    "auth",
    [
        "al",
        {"key": "al"},
        {"type": "postgres", "credential": "al"},
        {"source": "credential", "key": "al", "type": "postgres"},
        {"pg": {"type": "postgres", "key": "al"}},
        {"other": {"type": "s3", "key": "al"}, "pg": "al"},
        {"source": "inline", "type": "postgres", "fields": FIELDS},
        {"key": "al", "fields": {}},
    ],
)
def test_postgres_takes_many_shapes(auth: Any) -> None:
    assert conninfo({"auth": auth}) == BUILT


@pytest.mark.parametrize("kind", ["postgres", "PostgreSQL", "my-postgres-ro"])
def test_the_service_follows_from_the_type(kind: str) -> None:
    assert conninfo({"auth": "al"}, record(kind, FIELDS)) == BUILT


@pytest.mark.parametrize("data", [{"data": FIELDS}, {**FIELDS, "db_host": "h", "host": "second"}])
def test_the_record_may_be_nested_and_prefixed_fields_win(data: dict[str, Any]) -> None:
    assert conninfo({"auth": "al"}, record("postgres", data)) == BUILT


def test_what_the_task_says_wins() -> None:
    assert conninfo({"auth": "al", "db_host": "mine"}) == BUILT.replace("host=h", "host=mine")
    assert conninfo({"auth": "al", "db_host": "mine"}, db_host="args") == BUILT.replace("host=h", "host=args")
    assert conninfo({"auth": "al", "host": "not this"}) == BUILT
    assert conninfo({"auth": {"key": "al", "fields": {"db_name": "x"}}}) == BUILT.replace("dbname=d", "dbname=x")
    assert conninfo({}, auth="al") == BUILT


def test_a_dsn_replaces_the_built_text() -> None:
    assert conninfo({"auth": "al"}, record("postgres", {**FIELDS, "dsn": "host=x"})) == "host=x"


@pytest.mark.parametrize("answer", [Missing(), HttpFailure(500, ""), TransportFailure("x"), Found("no record")])
def test_a_missing_credential_fails_loudly(answer: Answer) -> None:
    assert refusal({"auth": "al"}, answer) == FAILED


@pytest.mark.parametrize(
    ("auth", "text"),
    [
        ({"type": "postgres"}, FAILED),
        ({"source": "zz", "key": "al"}, FAILED),
        ({"pg": 5}, FAILED),
        ({"source": "env", "name": "NOPE", "type": "postgres"}, FAILED),
        ({"type": "postgresql", "key": "al"}, NOT_POSTGRES),
        ([], NOT_POSTGRES),
    ],
)
def test_shapes_that_postgres_refuses(auth: Any, text: str) -> None:
    assert refusal({"auth": auth}) == text


def test_other_refusals_of_postgres() -> None:
    assert refusal({"auth": "al"}, record("bearer", FIELDS)) == NOT_POSTGRES
    assert refusal({"auth": ""}).startswith("Postgres connection requires `auth` (reference to credential/keychain).")
    assert refusal({"auth": {"source": "env", "name": "PGX", "type": "postgres"}}).startswith(
        "Postgres connection is not configured. Missing: db_host, db_port, db_user, db_password, db_name. Use `auth:"
    )
    blank = record("postgres", {**FIELDS, "password": " "})
    assert refusal({"auth": "al"}, blank) == "Database password is empty after rendering"


def test_no_secret_is_shown() -> None:
    connection = postgres_connection({"auth": "al"}, {}, lambda alias: PG, environ={})
    assert "password" not in repr(connection)


@pytest.mark.parametrize(
    ("config", "args", "text"),
    [
        ({}, {}, "Postgres step 's' is missing auth in command context. Use tool.auth."),
        ({"auth": {}}, {"auth": ""}, "Postgres step 's' is missing auth in command context. Use tool.auth."),
        (
            {"auth": "al", "db_port": 1},
            {"db_host": "h", "db_name": ""},
            "Postgres step 's' includes forbidden direct connection fields: db_host, db_port. "
            "Use auth references only.",
        ),
    ],
)
def test_a_step_that_the_worker_refuses(config: dict[str, Any], args: dict[str, Any], text: str) -> None:
    with pytest.raises(PythonAuthError) as raised:
        check_postgres_step("s", config, args)
    assert str(raised.value) == text


@pytest.mark.parametrize(("config", "args"), [({"auth": "al", "host": "x"}, {}), ({}, {"auth": {"key": "al"}})])
def test_a_step_that_the_worker_accepts(config: dict[str, Any], args: dict[str, Any]) -> None:
    check_postgres_step("s", config, args)


BEARER = record("bearer", {"token": "TOK"})
KEY = record("api_key", {"api_key": "K", "header_name": "X-K"})
BASIC = record("basic", {"username": "u", "password": "p"})


@pytest.mark.parametrize(
    ("auth", "answer", "headers"),
    [
        ("b1", BEARER, {}),
        ({"type": "bearer", "key": "b1"}, BEARER, {}),
        ({"source": "credential", "key": "b1"}, BEARER, {}),
        ({"x": {"type": "bearer", "credential": "b1"}}, BEARER, {}),
        ({"x": {"key": "b1"}}, BEARER, {}),
        ({"x": {"type": "bearer", "key": "nope"}}, Missing(), {}),
        (["b1"], BEARER, {}),
        ({"x": {"type": "header", "name": "A", "value": "B"}}, BEARER, {}),
        ({"x": {"type": "bearer", "key": "b1"}}, BEARER, {"Authorization": "Bearer TOK"}),
        ({"x": {"type": "bearer", "key": "b1"}}, record("any", {"value": "V"}), {"Authorization": "Bearer V"}),
        ({"x": {"type": "bearer", "key": "b1", "token": "mine"}}, BEARER, {"Authorization": "Bearer mine"}),
        ({"x": {"type": "bearer", "provider": "inline", "token": "TT"}}, Missing(), {"Authorization": "Bearer TT"}),
        ({"x": {"type": "api_key", "key": "k1"}}, KEY, {"X-K": "K"}),
        ({"x": {"type": "api_key", "key": "k1"}}, record("any", {"value": "V"}), {"X-API-Key": "V"}),
        ({"x": {"type": "basic", "key": "ba1"}}, BASIC, {"Authorization": "Basic dTpw"}),
        ({"x": {"type": "basic", "key": "nope"}}, Missing(), {"Authorization": "Basic Og=="}),
        (
            {"x": {"type": "bearer", "provider": "secret_manager", "key": "a-b/c", "token": "no"}},
            Missing(),
            {"Authorization": "Bearer sec"},
        ),
    ],
)
def test_http_headers(auth: Any, answer: Answer, headers: dict[str, str]) -> None:
    environ = {"NOETL_SECRET_A_B_C": "sec"}
    assert http_headers({"auth": auth}, {}, lambda alias: answer, environ=environ) == headers


def test_entries_of_the_arguments_lie_over_those_of_the_step() -> None:
    config = {"auth": {"x": {"type": "bearer", "token": "step"}}}
    args = {"auth": {"x": {"token": "args"}}}
    assert http_headers(config, args, Server(Missing()), environ={}) == {"Authorization": "Bearer args"}
    assert http_headers({"credentials": args["auth"]}, config, Server(Missing()), environ={}) != {}
