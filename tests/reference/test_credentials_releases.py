"""What later releases of the Rust worker changed, against spec noetl-rust 1.6."""

from __future__ import annotations

from typing import Any

import pytest
from credential_cases import Server, failed, record, resolved

from harness.model.errors import HarnessError
from harness.reference.credentials import (
    AliasError,
    Answer,
    ErrorKind,
    Found,
    HttpFailure,
    Missing,
    TransportFailure,
    deserialize_check,
    resolve,
)
from harness.reference.credentials.releases import rules_of

TOKEN = record("bearer", {"token": "t"})
AUTH = {"type": "bearer", "credential": "al"}


def test_5_11_2_reads_credential_and_strips_both_keys() -> None:
    assert resolved({"credential": "al"}, TOKEN, "5.11.1") == ({"credential": "al"}, {})
    assert resolved({"credential": "al"}, TOKEN, "5.11.2") == ({"auth": AUTH}, {"al": "t"})
    assert resolved({"auth": "al", "credential": "no"}, TOKEN, "5.11.2") == ({"auth": AUTH}, {"al": "t"})
    assert resolved({"auth": "al", "credential": "no"}, TOKEN, "5.10.0")[0] == {"auth": AUTH, "credential": "no"}


@pytest.mark.parametrize("auth", [None, 5, {"type": "none"}])
def test_credential_is_not_consulted_beside_an_auth_of_any_kind(auth: Any) -> None:
    config = {"auth": auth, "credential": "al"}
    assert resolved(config, TOKEN, "5.22.0") == (config, {})


def test_an_unsupported_type_strips_the_alias_since_5_11_2() -> None:
    assert failed({"auth": "al", "credential": "c"}, record("x"), "5.11.1").config == {"auth": "al", "credential": "c"}
    assert failed({"auth": "al", "credential": "c"}, record("x"), "5.11.2").config == {}


def test_5_11_3_resolves_the_children_of_a_task_sequence_and_nothing_else_of_it() -> None:
    tasks = [{"b": {"auth": "second"}, "a": {"credential": "first"}}, {"name": "flat", "auth": "no"}, "odd", {"c": 5}]
    config = {"kind": "task_sequence", "auth": "outer", "tool_config": tasks}
    server = Server(record("basic", {"password": "p"}))
    done = resolve(config, server, release="5.11.3")
    assert server.asked == ["first", "second"]
    assert dict(done.secrets) == {"first": "p", "second": "p"}
    assert done.config["auth"] == "outer"
    assert done.config["tool_config"][1:] == tasks[1:]
    older = Server(record("basic"))
    resolve(config, older, release="5.11.2")
    assert older.asked == ["outer"]


def test_the_wrapper_form_of_a_task_sequence_is_not_resolved() -> None:
    config = {"kind": "task_sequence", "tasks": [{"a": {"auth": "al"}}], "auth": "outer"}
    assert resolved(config, TOKEN, "5.22.0") == (config, {})


def test_children_before_a_failing_one_stay_resolved() -> None:
    config = {"kind": "task_sequence", "tool_config": [{"a": {"auth": "good"}}, {"b": {"auth": "bad"}}]}

    def lookup(alias: str) -> Answer:
        return TOKEN if alias == "good" else Missing()

    with pytest.raises(AliasError) as raised:
        resolve(config, lookup, release="5.11.3")
    assert raised.value.lookups == 2
    assert raised.value.config["tool_config"] == [
        {"a": {"auth": {"type": "bearer", "credential": "good"}}},
        {"b": {"auth": "bad"}},
    ]


@pytest.mark.parametrize(
    ("answer", "kind", "message", "cause", "transient"),
    [
        (HttpFailure(500, "b"), ErrorKind.HTTP, "credential fetch for 'al' failed: HTTP 500 b", None, False),
        (HttpFailure(401, ""), ErrorKind.HTTP, "credential fetch for 'al' failed: HTTP 401 ", None, False),
        *(
            (
                HttpFailure(status, "b"),
                ErrorKind.HTTP,
                "transient error looking up credential alias 'al' in keychain",
                f"credential fetch for 'al' failed: HTTP {status} b",
                True,
            )
            for status in (408, 429, 502, 503, 504)
        ),
        (
            TransportFailure("refused"),
            ErrorKind.TRANSPORT,
            "transient error looking up credential alias 'al' in keychain",
            "refused",
            True,
        ),
        (Found({}), ErrorKind.DECODE, "error decoding response body", "missing field `id`", False),
        (
            Missing(),
            ErrorKind.NOT_FOUND,
            "Credential alias 'al' not found in keychain (server returned 404 for /api/credentials/al)",
            None,
            False,
        ),
    ],
)
def test_5_15_1_types_its_errors(
    answer: Answer, kind: ErrorKind, message: str, cause: str | None, transient: bool
) -> None:
    error = failed({"auth": "al"}, answer, "5.15.1")
    assert (error.kind, error.message, error.cause, error.transient) == (kind, message, cause, transient)


@pytest.mark.parametrize("kind", ["nats", "PubSub", "kafka"])
def test_5_15_2_merges_message_sources_verbatim(kind: str) -> None:
    data = {"url": "u", "user": None, "x": [1], "nats_url": "v"}
    assert failed({"auth": "al"}, record(kind, data), "5.15.1").kind is ErrorKind.UNSUPPORTED_TYPE
    assert resolved({"auth": "al", "url": "mine"}, record(kind, data), "5.15.2") == ({**data, "url": "mine"}, {})


def test_5_20_1_maps_the_nats_fields_first() -> None:
    data = {"url": "plain", "nats_url": "v", "nats_username": "second", "nats_user": "u", "nats_token": 5}
    assert resolved({"auth": "al"}, record("nats", data), "5.15.2")[0] == data
    assert resolved({"auth": "al"}, record("nats", data), "5.20.1")[0] == {**data, "url": "v", "user": "u", "token": 5}


def test_5_20_2_knows_snowflake_and_5_21_0_its_public_key() -> None:
    data = {"sf_account": "a", "account": "no", "sf_public_key": "k", "sf_private_key_passphrase": "p", "role": "r"}
    plain = {"account": "a", "private_key_passphrase": "p", "role": "r"}
    old = failed({"auth": "al"}, record("snowflake", data), "5.20.1")
    assert "Supported types: postgres, bearer, api_key, basic." in old.message
    assert resolved({"auth": "al"}, record("snowflake", data), "5.20.2") == (plain, {})
    assert resolved({"auth": "al"}, record("snowflake", data), "5.21.0") == ({**plain, "public_key": "k"}, {})
    assert resolved({"auth": "al"}, record("snowflake", {"private_key_passphrase": "p"}), "5.21.0") == ({}, {})
    assert (
        "Supported types: postgres, snowflake, bearer, api_key, basic, nats, pubsub, kafka.  File"
        in failed({"auth": "al"}, record("gcs"), "5.20.2").message
    )


def test_5_22_0_resolves_both_ends_of_a_transfer_and_not_the_outer_alias() -> None:
    config = {"kind": "transfer", "auth": "outer", "source": {"auth": "from"}, "target": {"credential": "to"}}
    server = Server(record("postgres", {"db_host": "h"}))
    done = resolve(config, server, release="5.22.0")
    assert server.asked == ["from", "to"]
    assert done.config == {"kind": "transfer", "auth": "outer", "source": {"host": "h"}, "target": {"host": "h"}}
    older = Server(record("basic"))
    resolve(config, older, release="5.21.0")
    assert older.asked == ["outer"]


def test_5_108_1_logs_the_whole_chain() -> None:
    error = failed({"auth": "al"}, Found({}), "5.108.1")
    assert error.message == "error decoding response body: missing field `id`"


def test_a_release_between_two_behaves_like_the_older_one() -> None:
    assert rules_of("5.14.0") == rules_of("5.11.3") != rules_of("5.15.1")
    assert rules_of("5.9.99") is None
    assert rules_of("5.100.0") == rules_of("5.22.0") == rules_of("5.107.9")
    assert rules_of("6.0.0") == rules_of("5.108.1") != rules_of("5.108.0")


@pytest.mark.parametrize("release", ["", "5.10", "v5.10.0", "5.10.0-rc1", "latest", "5.\u0661.0"])
def test_what_is_no_release_is_refused(release: str) -> None:
    with pytest.raises(HarnessError, match="is not a release"):
        resolve({}, Server(Missing()), release=release)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"kind": "http", "auth": "pg_local"}, 'invalid type: string "pg_local", expected struct AuthConfig'),
        ({"kind": "http", "auth": {"x": {"type": "bearer"}}}, "missing field `type`"),
        (
            {"kind": "http", "auth": {"type": "postgres"}},
            "unknown variant `postgres`, expected one of `bearer`, `basic`, `api_key`, `gcp_adc`, `none`",
        ),
        ({"kind": "http", "auth": {"type": 5}}, "invalid type: integer `5`, expected string or map"),
        ({"kind": "http", "auth": {"type": "none", "token": 5}}, "invalid type: integer `5`, expected a string"),
        ({"kind": "http", "auth": ["none"]}, "invalid length 1, expected struct AuthConfig with 7 elements"),
        ({"kind": "http", "timeout": "30s"}, 'invalid type: string "30s", expected u64'),
        ({"kind": "http", "timeout": 30.0}, "invalid type: floating point `30.0`, expected u64"),
        ({"kind": "http", "timeout": -1}, "invalid value: integer `-1`, expected u64"),
        ({"kind": "http", "timeout": 2**64}, "invalid type: floating point `1.8446744073709552e+19`, expected u64"),
        ({"kind": "http", "retry": True}, "invalid type: boolean `true`, expected struct RetryConfig"),
        ({"kind": "http", "retry": ["x"]}, 'invalid type: string "x", expected u32'),
        ({"kind": "http", "retry": {"max_retries": 2**32}}, "invalid value: integer `4294967296`, expected u32"),
        ({"kind": "http", "retry": {"max_retries": None}}, "invalid type: null, expected u32"),
        ({"kind": 5}, "invalid type: integer `5`, expected a string"),
        ({}, "missing field `kind`"),
        ([], "invalid type: sequence, expected struct ToolConfig"),
        ({"timeout": "x", "kind": 5, "auth": "pg"}, 'invalid type: string "pg", expected struct AuthConfig'),
    ],
)
def test_a_config_that_the_worker_can_not_read(config: Any, text: str) -> None:
    with pytest.raises(AliasError) as raised:
        deserialize_check(config, release="5.9.0")
    assert (raised.value.kind, raised.value.message) == (ErrorKind.MALFORMED_CONFIG, text)
    with pytest.raises(AliasError) as raised:
        deserialize_check(config, release="5.15.1")
    general = "malformed tool config (pre-dispatch deserialization)"
    assert (raised.value.message, raised.value.cause) == (general, text)
    with pytest.raises(AliasError) as raised:
        deserialize_check(config, release="5.108.1")
    assert raised.value.message == f"{general}: {text}"


@pytest.mark.parametrize(
    "config",
    [
        {"kind": "http"},
        {"kind": "http", "auth": None, "timeout": None, "retry": None, "url": 5, "args": None},
        {"kind": "http", "auth": {"type": "api_key", "header": None, "scopes": ["a"], "key": 5}, "timeout": 30},
        {"kind": "http", "auth": {"type": {"bearer": None}}, "retry": []},
        {"kind": "http", "retry": {"max_retries": 3, "backoff_multiplier": 2, "initial_delay_ms": 2**64 - 1}},
    ],
)
def test_a_config_that_the_worker_can_read(config: Any) -> None:
    deserialize_check(config, release="5.10.0")
