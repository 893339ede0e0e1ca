"""Fingerprints: the same for one cause wherever and whenever it shows, another one for another cause."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest
from builders import PYTHON, RUST, Lane, Step, pair
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.files.rules import load_fingerprints
from harness.judge.fingerprints import of_error
from harness.judge.masks import masked
from harness.model.evidence import Evidence
from harness.model.lane import Side
from harness.model.pool import PoolSpec
from harness.model.suite import Terminal

KNOWN = load_fingerprints()


@dataclass(frozen=True)
class World:
    """What differs from machine to machine and from run to run."""

    shift: int
    host: str
    port: int
    pod: str
    worker: str
    uuid: str
    step: str
    path: str
    time: str
    number: int


WORD = st.text("abcdefgh", min_size=3, max_size=8)
HEX = "0123456789abcdef"
WORLDS = st.builds(
    World,
    shift=st.integers(0, 10**14),
    host=st.sampled_from(["127.0.0.1", "10.42.0.17", "localhost", "noetl-server.noetl.svc.cluster.local", "[::1]"]),
    port=st.integers(1024, 65535),
    pod=st.from_regex(r"noetl-worker(-rust)?-[bcdf2456789]{9,10}-[bcdfgh245]{5}", fullmatch=True),
    worker=st.from_regex(r"worker-[0-9a-f]{8}", fullmatch=True),
    uuid=st.uuids().map(str),
    step=st.from_regex(r"[a-z]{2,6}_[a-z0-9]{1,6}", fullmatch=True) | WORD,
    path=st.lists(WORD, min_size=2, max_size=4).map(lambda parts: f"/{'/'.join(parts)}.py"),
    time=st.datetimes().map(lambda moment: moment.isoformat()),
    number=st.integers(0, 10**18),
)
TEXTS = [
    "error connecting to server at {host}:{port}",
    "Cannot connect to host {host}:{port} ssl:default [Connect call failed ('{host}', {port})]",
    "error sending request for url (http://{host}:{port}/x/{number})",
    "pod {pod} was evicted after {number} ms",
    "worker {worker} gave up at {time}",
    "no such result {uuid} of execution {number}",
    "Failed to open {path}: no such file",
    'relation "{step}" does not exist',
    "Step {step} is bad",
    "Execution error in step {step} on line {number}",
    "KeyError: '{step}'",
    "ConnectionError <object at 0x{uuid[0]}{number:x}>",
    "Tool not found: task_sequence",
    "HTTP 503 response after {number}.{port} s",
]


def _leg(world: World, side: Side, spec: PoolSpec, text: str | None) -> Evidence:
    """One step that succeeds, and one that fails with `text`, if there is any."""
    lane = Lane(side, spec)
    lane.last_id += world.shift
    lane.begin()
    lane.run(Step("start", {"v": 1}))
    last = Step(world.step, {"v": 1}, "postgres") if text is None else Step(world.step, None, "postgres", text)
    lane.run(last)
    lane.end("failed" if text else "completed")
    return lane.evidence()


def _names(world: World, text: str) -> list[str]:
    said = text.format(**vars(world))
    legs = _leg(world, Side.REFERENCE, PYTHON, None), _leg(world, Side.CANDIDATE, RUST, said)
    return [one.fingerprint for one in pair(*legs, fingerprints=KNOWN).findings]


@settings(max_examples=12)
@pytest.mark.parametrize("text", TEXTS)
@given(WORLDS, WORLDS)
def test_one_cause_has_one_name_in_every_world(text: str, here: World, there: World) -> None:
    assert _names(here, text) == _names(there, text)


CAUSES = [
    ("postgres", 'db error: ERROR: relation "x" does not exist (SQLSTATE 42P01)'),
    ("postgres", 'db error: ERROR: relation "x" already exists (SQLSTATE 42P07)'),
    ("postgres", "db error: ERROR: no (SQLSTATE 42601)"),
    ("http", "HTTP 404 response"),
    ("http", "HTTP 500 response"),
    ("http", "Tool returned error HTTP_503"),
    ("http", "Client error '404 Not Found' for url 'http://x'"),
    ("http", "Client error '403 Forbidden' for url 'http://x'"),
    ("http", "Client error '401' for url 'http://x'"),
    ("playbook", 'Failed to start child playbook: 404 {"detail": "x"}'),
    ("playbook", 'Failed to start child playbook: 422 {"detail": "x"}'),
    ("http", "status code: 418"),
    ("http", '{"status_code": 429}'),
    ("shell", "Command exited with code 1"),
    ("shell", "Command exited with code 137"),
    ("shell", "exit status: 2"),
    ("shell", "killed by signal 9"),
    ("shell", "killed by signal 15"),
    ("python", "Python script exited with code -9"),
    ("x", "Tool not found: task_sequence"),
    ("x", "Tool not found: workbook"),
    ("x", "Credential alias 'x' not found in keychain"),
    ("x", "Credential alias 'x' has unsupported type 'nats'"),
    ("x", "Credential alias 'x' has unsupported type 's3'"),
    ("x", 'invalid type: string "x", expected struct AuthConfig'),
    ("python", "asyncio.exceptions.TimeoutError: no"),
    ("python", "asyncio.exceptions.CancelledError: no"),
    ("python", "KeyError: 'a'"),
    ("python", "and/or is not text/html"),
]


@pytest.mark.parametrize(("one", "other"), list(combinations((text for _, text in CAUSES), 2)))
def test_two_causes_have_two_names(one: str, other: str) -> None:
    assert of_error(one, KNOWN, "start") != of_error(other, KNOWN, "start")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on pod noetl-worker-7d9f8b6c5d-x2x4z", "on pod <pod>"),
        ("by worker-b33acb15", "by <worker>"),
        ("at 10.0.0.1:5432", "at <host>"),
        ("at [::1]:5432 now", "at <host> now"),
        ("to postgres:5432 and db.lan", "to <host> and <host>"),
        ("to a.b-c.example:80", "to <host>"),
        ("see s3://bucket/key and https://x.y/z?q=1", "see <url> and <url>"),
        ("in ./data/x.duckdb, ~/y and ../z", "in <path>, <path> and <path>"),
        ("in /tmp/.tmpAb12/a@b+c.py: no", "in <path>: no"),
        ("2026-11-25T08:42:53.123Z and 2026-11-25 08:42 UTC and 08:42:53,1", "<time> and <time> and <time>"),
        ("on 2026-11-25 at Wed, 25 Nov 2026 08:42:53 GMT", "on <time> at <time>"),
        ("digest 0a1b2c3d4e5f60718293a4b5c6d7e8f9", "digest <id>"),
        ("at 0x7fAB12", "at <address>"),
        ("took 1.50 s of 2 s, 3.11.2", "took <n> s of <n> s, <n>"),
        ("command_0 of 766616363124130604", "command_<n> of <n>"),
        ("can't open what isn't 'there'", "can't open what isn't '...'"),
        ("line 3:12 in code 5, then code 6x", "line <n>:<n> in code 5, then code 6x"),
        ("error at line 3:12", "error at line <n>:<n>"),
        ("and/or text/html", "and/or text/html"),
        ("deadbeefcafe is a word", "deadbeefcafe is a word"),
        ("\n first \n second", "first"),
        ("", "an error without a text"),
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 120 + "..."),
    ],
)
def test_what_is_masked_and_what_is_not(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        ("fetch_page", "fetch_page failed", "<step> failed"),
        ("fetch_page", "fetch_pages failed, my-fetch_page too", "fetch_pages failed, my-fetch_page too"),
        ("start", "Failed to start child: step start", "Failed to start child: step <step>"),
        ("end", "unexpected end of input in Task end", "unexpected end of input in Task <step>"),
        ("a.b", "a.b and axb", "<step> and axb"),
        ("", "step start", "step start"),
    ],
)
def test_the_name_of_the_failing_step(step: str, text: str, expected: str) -> None:
    assert masked(text, step) == expected


def test_a_known_text_goes_before_the_masks() -> None:
    assert of_error("Tool not found: s3_7", KNOWN, "s3_7") == "Tool not found: s3_7"
    assert of_error("Tool gone: s3_7", KNOWN, "s3_7") == "Tool gone: <step>"


def test_a_long_line_takes_no_long_time() -> None:
    for unit in ("a-", "a.", "/.", "'", '"', "0", "[:"):
        assert masked(unit * 10**6)


def _differs(text: str, other: str) -> Any:
    return pair(
        _leg(_WORLD, Side.REFERENCE, PYTHON, text), _leg(_WORLD, Side.CANDIDATE, RUST, other), expect=Terminal.FAILED
    )


_WORLD = World(1, "h", 1, "p", "w", "u", "fetch_page", "/p", "t", 1)


def test_step_names_tell_no_errors_apart() -> None:
    assert not [
        one for one in _differs("fetch_page 1 is bad", "fetch_page 2 is bad").findings if one.weight == "diverges"
    ]
    assert [one for one in _differs("fetch_page is bad", "fetch_page is good").findings if one.weight == "diverges"]
