"""The verbs on stored runs, as people call them: exit codes, one message for a mistake, data on stdout."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from builders import Step, candidate, reference
from click.testing import CliRunner, Result
from recorded import MANIFEST, record

from harness.cli.main import cli
from harness.files.schemas import SCHEMAS
from harness.judge.run import judge
from harness.model.errors import Exit, HarnessError
from harness.recording.read import open_recording
from harness.report.json import keep

VALUE = "python data at /v has another value"


def call(*arguments: object, **environment: str) -> Result:
    """The verb's answer: click turns what it returns into `return_value`."""
    variables = {"CI": "", "PYTEST_XDIST_WORKER": "", **environment}
    return CliRunner().invoke(cli, [str(one) for one in arguments], env=variables, standalone_mode=False)


def stored(runs: Path, run_id: str, value: int) -> Path:
    pair = reference(Step("start", {"v": 1})), candidate(Step("start", {"v": value}))
    folder = record(runs, *pair, manifest=replace(MANIFEST, run_id=run_id))
    keep(judge(open_recording(folder).request()), folder)
    return folder


@pytest.fixture
def same(tmp_path: Path) -> Path:
    return stored(tmp_path, "1", 1)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return stored(tmp_path, "2", 2)


def test_analyze_gives_the_verdict_of_the_run_byte_by_byte(other: Path) -> None:
    done = call("analyze", other, "--format", "json")
    assert done.return_value == Exit.DIVERGED
    assert done.stdout == (other / "verdict.json").read_text()
    assert call("analyze", other / "recording.jsonl", "--format", "json").stdout == done.stdout


def test_analyze_says_when_a_recording_is_not_whole(same: Path) -> None:
    path = same / "recording.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    done = call("analyze", same)
    assert done.return_value == Exit.INDETERMINATE
    assert "cut off" in done.stdout


def test_triage_names_the_cause_and_the_command(other: Path) -> None:
    done = call("triage", other, "--runs", other.parent)
    assert done.exit_code == 0
    for words in (VALUE, "first in 2", "noetl-harness diff"):
        assert words in done.stdout
    (cause,) = json.loads(call("triage", other, "--runs", other.parent, "--format", "json").stdout)["causes"]
    assert (cause["fingerprint"], cause["past"]["runs"]) == (VALUE, 1)
    assert VALUE in call("triage", other, "--runs", other.parent, "--format", "markdown").stdout


def test_explain_takes_a_part_of_a_fingerprint(other: Path) -> None:
    done = call("explain", "at /v has", "--runs", other.parent)
    assert done.stdout.startswith(f"{VALUE}\n")
    assert isinstance(call("explain", "nonsense", "--runs", other.parent).exception, HarnessError)


def test_backtest_is_quiet_where_nothing_changes(same: Path, other: Path) -> None:
    done = call("backtest", "--runs", same.parent)
    assert done.return_value == 0
    assert "2 runs judged again, 0 changed" in done.stdout


def test_a_baseline_is_made_passed_and_verified(same: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    (tmp_path / "gate.yaml").write_text("lower_bound: 0\ncoverage: 1\nindeterminate: 0\nzombies: 0\n")
    made = call("accept", same, "--baseline", baseline, "--yes", "--reason", "first")
    assert made.exit_code == 0
    assert "create example" in made.stdout
    passed = call("gate", same, "--baseline", baseline, "--format", "json")
    assert (passed.return_value, json.loads(passed.stdout)["exit"]) == (Exit.OK, 0)
    assert call("gate", same, "--verify").return_value == Exit.OK
    (same / "gate" / "gate.yaml").write_text("lower_bound: 0\ncoverage: 0\nindeterminate: 9\nzombies: 9\n")
    broken = call("gate", same, "--verify")
    assert broken.return_value == Exit.INVALID
    assert "gate.yaml is not the file that the gate saw" in broken.stdout


def test_the_gate_fails_on_a_case_that_is_worse(same: Path, other: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    (tmp_path / "gate.yaml").write_text("lower_bound: 0\ncoverage: 1\nindeterminate: 0\nzombies: 0\n")
    call("accept", same, "--baseline", baseline, "--yes", "--reason", "first")
    done = call("gate", other, "--baseline", baseline)
    assert done.return_value == Exit.DIVERGED
    assert "update example: same_pass (expected) -> diverged (unexpected)" in " ".join(done.stdout.split())


@pytest.mark.parametrize("machine", ["CI", "PYTEST_XDIST_WORKER"])
def test_no_machine_accepts(same: Path, tmp_path: Path, machine: str) -> None:
    baseline = tmp_path / "baseline.json"
    done = call("accept", same, "--baseline", baseline, "--yes", "--reason", "x", **{machine: "true"})
    assert machine in str(done.exception)
    assert not baseline.exists()


def test_nobody_to_ask_is_an_error(same: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    done = call("accept", same, "--baseline", baseline)
    assert "nobody can be asked here" in str(done.exception)
    assert not baseline.exists()


def test_the_gate_wants_one_of_its_two_forms(same: Path) -> None:
    assert "either --baseline FILE or --verify" in str(call("gate", same).exception)


def test_schemas_are_listed_and_printed() -> None:
    assert call("schema").stdout.split() == list(SCHEMAS)
    assert json.loads(call("schema", "suite").stdout)["$schema"].startswith("https://json-schema.org/")


def test_trend_shows_the_runs_and_what_came(same: Path, other: Path) -> None:
    done = call("trend", "--runs", same.parent)
    assert done.exit_code == 0
    for words in ("2 stored runs", "1/1 100.0%", f"+ {VALUE}", "example: another verdict 1 of 1 times (100%)"):
        assert words in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    found = json.loads(call("trend", "--runs", same.parent, "--format", "json").stdout)
    assert [point["came"] for point in found["points"]] == [[], [VALUE]]
    assert found["cases"][0]["flips"] == 1
    assert f"+ {VALUE}" in call("trend", "--runs", same.parent, "--format", "markdown").stdout


def test_trend_looks_back_from_the_run_that_is_named(same: Path, other: Path) -> None:
    assert "1 stored run\n" in call("trend", "1", "--runs", same.parent).stdout
    assert "no run 'nonsense' is stored" in str(call("trend", "nonsense", "--runs", same.parent).exception)
