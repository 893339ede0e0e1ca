"""Classes of error texts: what each text is, and which two texts are one error."""

from __future__ import annotations

from typing import Any

import pytest

from harness.judge.errors import UNSUPPORTED, classify, equivalent
from harness.model.envelope import CallError


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("harness: kind 'nats' of rust@5.10.0 is not emulated", UNSUPPORTED),
        ("Tool not found: gateway", "unknown-tool"),
        ("Tool kind 'gateway' not implemented", "unknown-tool"),
        ("Credential alias 'x' not found in keychain", "unknown-alias"),
        ("Credential 'x' not found", "unknown-alias"),
        ("Postgres auth resolution failed. Ensure", "unknown-alias"),
        ("invalid type: string, expected struct AuthConfig", "alias-refused"),
        ("Request error: All connection attempts failed", "connection"),
        ("error sending request for url (x)", "connection"),
        ("Connection refused", "connection"),
        ("Failed to get connection: x", "connection"),
        ("error connecting to server", "connection"),
        ("connection failed", "connection"),
        ("could not connect", "connection"),
        ("Cannot connect to host x", "connection"),
        ("operation timed out", "timeout"),
        ("Timed out", "timeout"),
        ("asyncio.TimeoutError", "timeout"),
        ("Template error: undefined value", "template"),
        ("Template rendering error: x", "template"),
        ("Configuration error: x", "config"),
        ("malformed tool config", "config"),
        ("Invalid http config: x", "config"),
        ("Python script exited with code -9", "python"),
        ("db error (SQLSTATE 42P01)", "sql"),
        ('relation "x" does not exist', "sql"),
        ("HTTP 500 response", "http-status"),
        ("Tool returned error HTTP_404", "http-status"),
        ("all is lost", "other"),
    ],
)
def test_a_text_has_its_class(text: str, kind: str) -> None:
    assert classify(text, "http").kind == kind


def test_what_a_python_step_raised_is_a_class_of_its_own() -> None:
    assert classify("all is lost", "python").kind == "python"
    assert classify("all is lost", "shell").kind == "other"
    assert classify("operation timed out", "python").kind == "timeout"


@pytest.mark.parametrize(
    ("text", "given", "status"),
    [
        ("HTTP 500 response", None, 500),
        ("Tool returned error HTTP_404", None, 404),
        ("HTTP 500 response", 502, 502),
        ("boom", 502, 502),
        ("HTTP 500 response", True, 500),
        ("HTTP 500 response", "502", 500),
        ("HTTP 5000 response", None, None),
    ],
)
def test_a_status_that_was_reported_goes_before_the_text_s(text: str, given: Any, status: int | None) -> None:
    assert classify(text, "http", given).http_status == status


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(SQLSTATE 42P01)", "42P01"),
        ("SQLSTATE[23505]: x", "23505"),
        ("SQLSTATE=22012", "22012"),
        ('column "x" does not exist', "42703"),
        ('column "x" of relation "y" does not exist', "42703"),
        ("column x does not exist", "42703"),
        ("syntax error at or near", "42601"),
        ("cannot insert multiple commands", "42601"),
        ('relation "x" already exists', "42P07"),
        ("duplicate key value violates unique constraint", "23505"),
        ("null value in column", "23502"),
        ("violates foreign key constraint", "23503"),
        ("violates check constraint", "23514"),
        ("division by zero", "22012"),
        ("invalid input syntax for type", "22P02"),
        ("permission denied for", "42501"),
        ("password authentication failed", "28P01"),
        ('database "x" does not exist', "3D000"),
        ("SQLSTATE 4", None),
    ],
)
def test_a_sqlstate_is_read_or_known_by_postgresql_s_own_text(text: str, code: str | None) -> None:
    assert classify(text, "postgres").sqlstate == code


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (CallError("timeout", "a"), CallError("timeout", "b"), True),
        (CallError("timeout", "a"), CallError("connection", "a"), False),
        (CallError("sql", "a", "42P01"), CallError("sql", "b", "42P01"), True),
        (CallError("sql", "a", "42P01"), CallError("sql", "a", None), False),
        (CallError("http-status", "a", None, 500), CallError("http-status", "b", None, 500), True),
        (CallError("http-status", "a", None, 500), CallError("http-status", "a", None, 502), False),
        (CallError("timeout", "exit code 1"), CallError("timeout", "exit code 1 of x"), True),
        (CallError("timeout", "exit code 1"), CallError("timeout", "exited with 2"), False),
        (CallError("timeout", "return code: -9"), CallError("timeout", "exited with status 9"), False),
        (CallError("other", "a 1"), CallError("other", "a 2"), True),
        (CallError("other", "a"), CallError("other", "b"), False),
        (CallError("python", "a"), CallError("python", "b"), False),
        (CallError("python", "a"), CallError("python", "Python script exited with code 1"), True),
        (CallError("python", "Python script exited with code 1"), CallError("python", "a"), True),
    ],
)
def test_two_errors_are_one_by_class_code_and_status(one: CallError, other: CallError, same: bool) -> None:
    assert equivalent(one, other) is same
    assert equivalent(other, one) is same
