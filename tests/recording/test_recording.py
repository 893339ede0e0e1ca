"""What is written is read back; what was changed, cut off or lost is told, and nothing of it passes."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import Step, candidate, reference, verdict
from hypothesis import given
from hypothesis import strategies as st
from recorded import begun, record

from harness.judge.run import judge
from harness.model.errors import Exit, HarnessError
from harness.model.evidence import LegEnd
from harness.model.lane import Side
from harness.model.suite import Case
from harness.model.verdict import PairVerdict, RunVerdict
from harness.recording.facts import EVIDENCE, FACT, MANIFEST
from harness.recording.read import open_recording
from harness.report.plain import plain

GOOD = Step("start", {"v": 1})


def judged(folder: Path) -> RunVerdict:
    return judge(open_recording(folder).request())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole recording of two cases that pass."""
    legs = [side(GOOD, Step("more", {"w": 2})) for side in (reference, candidate)]
    return record(tmp_path, *legs, *(replace(leg, case_id="second") for leg in legs))


def test_the_judge_says_of_a_recording_what_it_says_of_the_evidence(tmp_path: Path) -> None:
    legs = reference(GOOD), candidate(Step("start", {"v": 2}))
    live, again = plain(verdict(*legs)), plain(judged(record(tmp_path, *legs)))
    assert live["pairs"][0]["findings"] == again["pairs"][0]["findings"] != []
    assert live["pairs"][0]["history"] == again["pairs"][0]["history"]
    assert live["exit"] == again["exit"] == Exit.DIVERGED


def test_a_whole_recording_has_no_problem_and_passes(folder: Path) -> None:
    recording = open_recording(folder)
    assert recording.problems == []
    run = judged(folder)
    assert [pair.verdict for pair in run.pairs] == [PairVerdict.SAME_PASS] * 2
    assert run.exit is Exit.OK


def test_every_line_has_schema_seq_and_type(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "recording.jsonl").read_text().splitlines()]
    assert [line["seq"] for line in lines] == list(range(len(lines)))
    assert {line["schema"] for line in lines} == {"noetl-harness/recording/1"}
    assert [line["type"] for line in lines] == ["header", "yardstick", "case", "case", *["leg"] * 4, "footer"]


def test_a_run_that_was_interrupted_is_indeterminate(tmp_path: Path) -> None:
    recorder = begun(tmp_path, [Case("example", "suite/example", "x.yaml", "")])
    recorder.leg(reference(GOOD))
    recorder.abandon()
    run = judged(recorder.folder)
    assert run.problems == ("the recording has no footer: the run did not come to its end",)
    assert (run.pairs[0].verdict, run.exit) == (PairVerdict.SKIPPED, Exit.INDETERMINATE)


Change = Callable[[list[bytes]], list[bytes]]
CHANGES: dict[str, Change] = {
    "cut off in a line": lambda lines: [*lines[:-1], lines[-1][:20]],
    "without its last line": lambda lines: lines[:-1],
    "without a case": lambda lines: [*lines[:3], *lines[4:]],
    "without a leg": lambda lines: [*lines[:4], *lines[5:]],
    "two lines exchanged": lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]],
    "a line twice": lambda lines: [*lines[:5], *lines[4:]],
    "a line that is no JSON": lambda lines: [*lines[:4], b"\xff\xfe\n", *lines[5:]],
    "a line of another form": lambda lines: [*lines[:4], b'{"schema":"x","seq":4,"type":"what"}\n', *lines[5:]],
    "another end in a leg": lambda lines: [
        line.replace(b'"terminal_event"', b'"drained"') if number == 4 else line for number, line in enumerate(lines)
    ],
    "more after the footer": lambda lines: [*lines, lines[4]],
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_recording_that_was_changed_never_passes(folder: Path, name: str) -> None:
    path = folder / "recording.jsonl"
    path.write_bytes(b"".join(CHANGES[name](path.read_bytes().splitlines(keepends=True))))
    run = judged(folder)
    assert run.problems
    assert run.exit is Exit.INDETERMINATE


@given(seed=st.integers(0, 10_000))
def test_no_damage_passes_and_none_ends_in_a_trace(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    draw = random.Random(seed)
    folder = record(tmp_path_factory.mktemp("run"), reference(GOOD), candidate(GOOD))
    path = draw.choice([file for file in folder.rglob("*.json*") if file.is_file()])
    content = bytearray(path.read_bytes())
    at = draw.randrange(len(content))
    match draw.randrange(3):
        case 0:
            content[at] ^= 1 << draw.randrange(8)
        case 1:
            del content[at:]
        case 2:
            del content[at : at + draw.randrange(1, 50)]
    path.write_bytes(content)
    assert _answer(folder) not in (Exit.OK, Exit.DIVERGED)


def _answer(folder: Path) -> int:
    try:
        return judged(folder).exit
    except HarnessError as error:
        return error.exit


@pytest.mark.parametrize("what", ["missing", "changed", "another leg's"])
def test_evidence_that_is_not_what_was_written_decides_nothing(folder: Path, what: str) -> None:
    path = folder / "cases" / "001-example" / "candidate-1.json"
    match what:
        case "missing":
            path.unlink()
        case "changed":
            path.write_bytes(path.read_bytes().replace(b'"v":1', b'"v":3'))
        case _:
            path.write_bytes((folder / "cases" / "002-second" / "candidate-1.json").read_bytes())
    run = judged(folder)
    assert [pair.verdict for pair in run.pairs] == [PairVerdict.INDETERMINATE, PairVerdict.SAME_PASS]
    assert run.exit is Exit.ENVIRONMENT


def test_a_file_outside_the_folder_is_not_read(folder: Path) -> None:
    path = folder / "recording.jsonl"
    path.write_bytes(path.read_bytes().replace(b"cases/001-example/candidate-1.json", b"../../../../../../etc/passwd"))
    assert judged(folder).pairs[0].verdict is PairVerdict.INDETERMINATE


@pytest.mark.parametrize("name", ["recording.jsonl", "manifest.json"])
def test_what_is_no_recording_is_said_in_one_message(folder: Path, name: str) -> None:
    (folder / name).write_text("{}\n")
    with pytest.raises(HarnessError, match=name) as caught:
        open_recording(folder)
    assert caught.value.exit is Exit.USAGE


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="can not be read"):
        open_recording(tmp_path / "nothing")


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def test_a_hundred_levels_are_compared(tmp_path: Path) -> None:
    run = judged(record(tmp_path, reference(Step("start", {"v": nested(100)})), candidate(GOOD)))
    assert run.pairs[0].candidate.evidence.complete
    assert run.exit is Exit.DIVERGED


@pytest.mark.parametrize("depth", [300, 5000])
def test_what_is_nested_too_deeply_decides_nothing(tmp_path: Path, depth: int) -> None:
    deep = Step("start", {"v": nested(depth)})
    run = judged(record(tmp_path, reference(deep), candidate(deep)))
    assert run.pairs[0].verdict is PairVerdict.INDETERMINATE
    assert "nested too deeply" in (run.pairs[0].candidate.evidence.problem or "")


def test_an_event_of_fifty_megabytes_is_recorded_and_compared(tmp_path: Path) -> None:
    large = Step("start", {"v": "x" * 50_000_000}, skip=frozenset({"command.completed"}))
    run = judged(record(tmp_path, reference(large), candidate(GOOD)))
    assert "python data at /v is integer, not string" in [one.fingerprint for one in run.pairs[0].findings]


def test_half_characters_are_recorded_and_told_apart(tmp_path: Path) -> None:
    run = judged(record(tmp_path, reference(Step("start", {"v": "a\ud800"})), candidate(Step("start", {"v": "a"}))))
    assert run.exit is Exit.DIVERGED


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_never_becomes_null(tmp_path: Path, value: float) -> None:
    run = judged(record(tmp_path, reference(Step("start", {"v": value})), candidate(Step("start", {"v": None}))))
    assert run.exit is Exit.DIVERGED


def test_a_leg_without_an_end_has_no_silence(tmp_path: Path) -> None:
    folder = record(tmp_path, reference(GOOD), candidate(GOOD, end=LegEnd.TIMEOUT))
    silences = {key.side: leg.silence for key, leg in open_recording(folder).legs.items()}
    assert silences == {Side.REFERENCE: pytest.approx(0.01), Side.CANDIDATE: None}


@pytest.mark.parametrize("adapter", [FACT, MANIFEST, EVIDENCE])
def test_each_form_has_a_schema(adapter: Any) -> None:
    assert adapter.json_schema()["$defs"]
