"""No secret is written, and no two different secrets become the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import RUST, Lane, Step, candidate, reference
from hypothesis import given
from hypothesis import strategies as st
from recorded import begun, record

from harness.judge.run import judge
from harness.model.errors import Exit
from harness.model.evidence import Effect, EffectKind, Stored
from harness.model.lane import Side
from harness.model.secrets import LEAKED, blotted, blotted_value
from harness.recording.facts import LossFact
from harness.recording.read import open_recording
from harness.recording.redact import Redactor

SECRET = "fake-s3cret-value"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("api_key"), inner),
    max_leaves=8,
)


def everything(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    "data",
    [
        {"v": SECRET},
        {"v": f"before {SECRET} after"},
        {SECRET: 1},
        {"deep": [{"list": [SECRET]}]},
        {"password": "hunter2hunter2"},
        {"db_password": "short"},
        {"url": "postgresql://noetl:hunter2hunter2@db:5432/noetl"},
        {"header": "Bearer hunter2hunter2"},
        {"text": "host=db password=hunter2hunter2 user=x"},
        {"api_key": 12345678901},
    ],
)
def test_a_secret_is_nowhere_in_the_recording(tmp_path: Path, data: dict[str, Any]) -> None:
    folder = record(tmp_path, reference(Step("start", data)), candidate(Step("start", data)), secrets=[SECRET])
    written = everything(folder)
    for secret in (SECRET, "hunter2hunter2", '"short"', "12345678901"):
        assert secret not in written


def test_a_secret_is_taken_from_every_kind_of_evidence(tmp_path: Path) -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(Step("start", {"v": 1}))
    lane.end("completed")
    leg = lane.evidence(
        log=(lane.log("start", f"error {SECRET}"),),
        effects=(Effect(EffectKind.TABLE, 7, "q", ({"a": SECRET},), f"no {SECRET}"),),
        stored=(Stored("noetl://x", {"a": [SECRET]}, SECRET),),
        refusal=SECRET,
        problem=SECRET,
        api_status={"variables": {"v": SECRET}},
    )
    assert SECRET not in everything(record(tmp_path, leg, secrets=[SECRET]))


def test_a_secret_is_taken_from_what_a_deployment_lost(tmp_path: Path) -> None:
    """The last complaint in a log can hold one."""
    recorder = begun(tmp_path, (), [SECRET])
    recorder.add(LossFact(f"a worker ended; the last complaint in its log: no way in with {SECRET}"))
    recorder.close(1.0)
    (loss,) = open_recording(recorder.folder).losses
    assert loss.startswith("a worker ended; ")
    assert SECRET not in everything(recorder.folder)


def test_other_secrets_stay_other_secrets_and_equal_ones_equal(tmp_path: Path) -> None:
    def run(one: str, other: str) -> Exit:
        legs = reference(Step("start", {"token": one})), candidate(Step("start", {"token": other}))
        return Exit(judge(open_recording(record(tmp_path / f"{one}-{other}", *legs)).request()).exit)

    assert run("first-secret", "first-secret") is Exit.OK
    assert run("first-secret", "second-secret") is Exit.DIVERGED


def test_what_the_harness_handed_out_is_marked_as_a_leak() -> None:
    redactor = Redactor([SECRET], b"key")
    assert redactor.text(f"x {SECRET}").startswith(f"x {LEAKED}")
    assert LEAKED in redactor.value({"password": SECRET})["password"]
    assert LEAKED not in redactor.value({"password": "another one"})["password"]
    assert SECRET not in repr(redactor)


def test_another_run_has_another_name_for_the_same_secret() -> None:
    assert Redactor([SECRET], b"one").text(SECRET) != Redactor([SECRET], b"two").text(SECRET)


@given(VALUES)
def test_doing_it_twice_changes_nothing_more_and_the_result_is_json(value: Any) -> None:
    redactor = Redactor([SECRET], b"key")
    once = redactor.value(value)
    assert redactor.value(once) == once
    json.dumps(once, allow_nan=False).encode()


@given(st.text(alphabet="abc 0:/.=-'\""))
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert Redactor([SECRET], b"key").text(f"ok {text}") == f"ok {text}"


@given(VALUES, st.text())
def test_a_net_behind_the_redaction_leaves_alone_what_was_redacted(value: Any, text: str) -> None:
    redactor = Redactor([SECRET], b"key")
    clean = redactor.value({"v": value, "said": f"password={text} Bearer {SECRET}{text}"})
    assert blotted_value(clean) == clean


def test_the_net_takes_out_what_was_not_and_no_line_that_ends_in_the_word_basic() -> None:
    assert blotted("password=hunter2hunter2 Basic aHVudGVyMg==") == "password=*** Basic ***"
    assert blotted("name: basic\nworkload: {}") == "name: basic\nworkload: {}"
