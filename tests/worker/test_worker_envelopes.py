"""Result contexts of the Python worker, and what both hide (spec: noetl-python 4.3, 7.1; noetl-rust 3.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.embedded.worker.python.envelope import control_context, event_payload
from harness.embedded.worker.redaction import REDACTED, by_keychain, by_substring, hide_url_users, sensitive_key

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
)
OBJECTS = st.dictionaries(st.text(max_size=6), JSON, max_size=5)


def depth(value: Any) -> int:
    return 1 + max(map(depth, value.values()), default=0) if isinstance(value, dict) else 0


@given(OBJECTS)
def test_a_context_is_two_levels_of_scalars(value: dict[str, Any]) -> None:
    context = control_context(value)
    assert "[" not in json.dumps(context).replace("\\", "") or any("[" in text for text in _texts(context))
    assert depth(context) <= 2
    assert context.keys() <= (value["context"].keys() if isinstance(value.get("context"), dict) else value.keys())


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *_texts(item))]
    return [value] if isinstance(value, str) else []


def test_lists_rows_and_depth_are_lost_and_references_kept() -> None:
    reference = {"kind": "temp_ref", "ref": "noetl://x"}
    value = {"a": 1, "rows": [1], "l": [1], "d": {"x": 1, "y": {"z": 1}, "rows": []}, "r": reference, "command_1": 2}
    assert control_context(value) == {"a": 1, "d": {"x": 1}, "r": reference}


@pytest.mark.parametrize(
    "kept",
    [
        {"control_data": {"items": [{"a": [1]}]}},
        {"error": {"diagnosis": {"a": [1]}}},
        {"render": {"args": {"a": [1]}}},
        {"meta": {"inline_decision": {"a": [1]}}},
        {"w": {"schema_version": 1, "widget_type": "t", "payload": {"a": [1]}}},
        {"framework": "noetl", "data": {"a": [1]}},
    ],
)
def test_what_passes_whole(kept: dict[str, Any]) -> None:
    assert control_context(kept) == kept


def test_a_reference_takes_the_response_s_place() -> None:
    stored = {"reference": {"kind": "temp_ref"}, "context": {"row_count": 20, "columns": ["a"]}}
    sent = event_payload("call.done", {"response": stored, "command_id": 1})
    assert sent == {
        "command_id": 1,
        "result": {"status": "COMPLETED", "reference": {"kind": "temp_ref"}, "context": {"row_count": 20}},
    }


@pytest.mark.parametrize(
    ("response", "context"),
    [
        ({"s": 0}, {"s": 0}),
        (
            {"s": {"rows": [{"t": 1}], "status": "success", "columns": ["t"], "row_count": 1, "statement_count": 1}},
            {"s": {"status": "success", "row_count": 1, "statement_count": 1}},
        ),
        (
            {"status_code": 200, "headers": {"vary": "Origin"}, "url": "u", "elapsed": 0.1, "data": {"status": "ok"}},
            {"status_code": 200, "headers": {"vary": "Origin"}, "url": "u", "elapsed": 0.1},
        ),
    ],
)
def test_contexts_are_those_of_the_recordings(response: dict[str, Any], context: dict[str, Any]) -> None:
    """Taken from python_raise, postgres_auth and http_ok."""
    sent = event_payload("call.done", {"response": response})
    assert sent["result"] == {"status": "COMPLETED", "context": context}
    assert sent["response"] == response


@given(JSON)
def test_scrubbing_twice_changes_nothing(value: Any) -> None:
    for scrub in (by_substring, lambda given: by_keychain(given, {})):
        once = scrub(value)
        assert scrub(once) == once


@given(st.text(max_size=10), SCALARS | st.lists(SCALARS) | st.dictionaries(st.text(max_size=4), SCALARS))
def test_nothing_survives_under_a_sensitive_key_on_rust(key: str, value: Any) -> None:
    shown = by_substring({key: value})[key]
    assert (shown == REDACTED) if sensitive_key(key) else (shown in (value, REDACTED) or isinstance(value, list | dict))


@pytest.mark.parametrize("key", ["Authorization", "db-password", "author", "token_count", "concert", "X-API-Key"])
def test_keys_that_hold_a_sensitive_part(key: str) -> None:
    assert by_substring({key: 1}) == {key: REDACTED}


@pytest.mark.parametrize("key", ["name", "rows", "path", "tok", "key"])
def test_keys_that_do_not(key: str) -> None:
    assert by_substring({key: 1}) == {key: 1}


@pytest.mark.parametrize(
    "text",
    [
        "Bearer abc.def",
        "basic dXNlcjpwdw==",
        "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nx",
        "failed with sk-ant-0123456789abcdef",
        "ghp_0123456789abcdef01234567",
    ],
)
def test_values_that_look_like_secrets(text: str) -> None:
    assert by_substring(["x", text]) == ["x", REDACTED]


@pytest.mark.parametrize("text", ["766616418270838891", "task-sk-012345678901234", "bearer", "a b c d e f g h"])
def test_values_that_do_not(text: str) -> None:
    assert by_substring([text]) == [text]
    assert by_keychain([text], {}) == [text]


def test_the_python_worker_keeps_plain_strings_under_sensitive_keys() -> None:
    value = {"author": {"name": "x"}, "token": "short", "authorization": "x", "n": {"auth": ["x"]}, "token_count": 3}
    assert by_keychain(value, {}) == {
        "author": REDACTED,
        "token": "short",
        "authorization": REDACTED,
        "n": {"auth": REDACTED},
        "token_count": 3,
    }


def test_the_keychain_and_its_values_go() -> None:
    value = {"keychain": {"a": 1}, "x": "prefix s3cr3t-value suffix", "y": "s"}
    assert by_keychain(value, {"keychain": {"a": {"t": "s3cr3t-value"}}}) == {"x": REDACTED, "y": "s"}


def test_urls_lose_their_user() -> None:
    assert hide_url_users("to nats://u:p@h:1 now") == f"to nats://{REDACTED}@h:1 now"
    assert hide_url_users("http://h/p?q=a@b") == "http://h/p?q=a@b"
