"""What of a command stays closed until a worker opens it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.reference.keychain import mentioned, opened, preserved


def reference(name: str, field: str | None) -> dict[str, Any]:
    return {"$noetl_ref": {"kind": "keychain", "name": name, "field": field}}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("{{ keychain.a.b }}", reference("a", "b")),
        (" {{keychain.a}} ", reference("a", None)),
        ("{{ keychain['a-1']['b c'] }}", reference("a-1", "b c")),
        ("{{ keychain.a.b | default('x') }}", reference("a", "b")),
        ("Bearer {{ keychain.a.b }}", "Bearer {{ keychain.a.b }}"),
        ("{{ keychain.a.b ~ keychain.c.d }}", "{{ keychain.a.b ~ keychain.c.d }}"),
        ("{{ keychain.a.b.c }}", "{{ keychain.a.b.c }}"),
        ("{{ keychains }}", "rendered"),
        ("keychain.a.b", "rendered"),
    ],
)
def test_what_becomes_of_a_text(text: str, kept: Any) -> None:
    assert preserved({"in": [text, 5, None]}, lambda _: "rendered") == {"in": [kept, 5, None]}


def test_entries_that_are_mentioned() -> None:
    value = {"a": reference("one", "x"), "b": ["{{ keychain.two.x }}{{ keychain['three'].x }}", "keychain.four.x", 5]}
    assert mentioned(value) == {"one", "two", "three"}
    assert mentioned({"$noetl_ref": {"kind": "result", "name": "one"}}) == frozenset()


def test_references_are_replaced_and_nothing_else() -> None:
    value = {
        "a": [reference("one", "x"), reference("one", None), reference("one", "y"), reference("two", "x")],
        "b": "t",
    }
    assert opened(value, {"one": {"x": "s"}}) == {"a": ["s", {"x": "s"}, None, None], "b": "t"}
