"""Log lines of a stored run: which are chosen, what is marked, and that nothing at all is an error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from builders import RUST, Lane, Step, reference
from click.testing import CliRunner, Result
from recorded import record

from harness.cli.main import cli
from harness.logs import LegLog, LogRequest, logs_of
from harness.model.errors import HarnessError
from harness.model.evidence import Evidence, LogLine
from harness.model.lane import Side

CAUSE = "Tool not found: task_sequence"
SECRET = "s3cr3t-pass"


def line(second: int, text: str, source: str = "worker.log", execution: int | None = None) -> LogLine:
    return LogLine(source, f"2026-11-23T08:00:{second:02}.000 [INFO] {text}", level="INFO", execution_id=execution)


def failed(case_id: str, before: Iterable[LogLine] = (), after: Iterable[LogLine] = ()) -> Evidence:
    """A candidate whose worker logged why its only step failed, among other lines."""
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(Step("start", kind="task_sequence", error=CAUSE))
    lane.end("failed")
    moment = replace(lane.log("start", CAUSE), source="worker.log")
    moment = replace(moment, text=f"2026-11-23T08:00:30.000 ERROR {moment.text}")
    return replace(lane.evidence(log=(*before, moment, *after)), case_id=case_id)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A case that fails on the candidate, and one that says nothing on either side."""
    before = [line(20 + number, f"before {number}") for number in range(10)]
    after = [line(40 + number, f"after {number} {SECRET}", execution=7) for number in range(10)]
    good = reference(Step("start", kind="task_sequence"), case_id="loud/one", log=(line(1, "fine"),))
    quiet = [reference(Step("start"), case_id="quiet/one")]
    return record(tmp_path / "runs", good, failed("loud/one", before, after), *quiet, secrets=[SECRET])


def texts(leg: LegLog) -> list[str]:
    return [one.line.text[24:] for one in leg.lines]


def test_without_a_filter_there_are_all_lines(run: Path) -> None:
    good, bad = logs_of(run, LogRequest())
    assert (good.leg.side, texts(good), good.of) == (Side.REFERENCE, ["[INFO] fine"], 1)
    assert (bad.leg.side, len(bad.lines), bad.of) == (Side.CANDIDATE, 21, 21)
    assert not any(one.marked for one in bad.lines)


def test_a_finding_chooses_the_lines_around_its_moment(run: Path) -> None:
    (leg,) = logs_of(run, LogRequest(fingerprint="not found: TASK", side=Side.CANDIDATE, around=2))
    assert [one.number for one in leg.lines] == [9, 10, 11, 12, 13]
    assert [one.number for one in leg.lines if one.marked] == [11]
    assert leg.because == (CAUSE,)
    (alone,) = logs_of(run, LogRequest(fingerprint=CAUSE, around=0))
    assert [one.number for one in alone.lines] == [11]


def test_a_side_and_an_execution_choose_lines(run: Path) -> None:
    (good,) = logs_of(run, LogRequest(side=Side.REFERENCE))
    assert good.leg.side is Side.REFERENCE
    (bad,) = logs_of(run, LogRequest(execution_id=7))
    assert [one.number for one in bad.lines] == list(range(12, 22))


def test_lines_of_several_logs_stand_by_time_and_what_has_no_time_stays_behind_its_line(tmp_path: Path) -> None:
    log = (
        line(3, "c"),
        LogLine("worker.log", "d, without a time"),
        line(1, "a", "server.log"),
        line(2, "b", "server.log"),
    )
    run = record(tmp_path, reference(Step("start"), log=log))
    (leg,) = logs_of(run, LogRequest())
    assert [one.line.text[-1] for one in leg.lines] == ["a", "b", "c", "e"]


def test_no_secret_is_shown(run: Path) -> None:
    for form in ("pretty", "json", "jsonl", "markdown"):
        shown = call(run, "--format", form).stdout
        assert "after 9" in shown
        assert SECRET not in shown


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (LogRequest(["nonsense"]), "no case matches 'nonsense'"),
        (LogRequest(["quiet/*"]), "the run has no log line of these cases"),
        (LogRequest(execution_id=8), "no log line of the execution 8"),
        (LogRequest(fingerprint="nonsense"), "no finding of these cases is called 'nonsense'"),
        (LogRequest(fingerprint=CAUSE, side=Side.REFERENCE), "no log line on the reference around"),
    ],
)
def test_what_matches_nothing_is_an_error(run: Path, wanted: LogRequest, words: str) -> None:
    with pytest.raises(HarnessError, match=words):
        logs_of(run, wanted)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["logs", *map(str, arguments)], standalone_mode=False)


def test_the_verb_marks_the_moment_and_says_where_lines_are_left_out(run: Path) -> None:
    done = call(run, "loud/*", "--fingerprint", CAUSE, "--around", 1)
    assert done.exit_code == 0
    assert "loud/one on the candidate, execution 766" in done.stdout
    (marked,) = [text for text in done.stdout.splitlines() if text.startswith(">")]
    assert CAUSE in marked


def test_programs_get_an_object_or_an_object_a_line(run: Path) -> None:
    (_, bad) = json.loads(call(run, "--format", "json").stdout)["legs"]
    assert bad["leg"] == {"case_id": "loud/one", "side": "candidate", "turn": 1}
    lines = [json.loads(text) for text in call(run, "--side", "candidate", "--format", "jsonl").stdout.splitlines()]
    assert [one["number"] for one in lines] == list(range(1, 22))
