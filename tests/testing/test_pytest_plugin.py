"""The suite in sessions of pytest, with small histories in the place of the engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from stand_in import CLOSED, DRIVEN, HELD, SECRET, Run

from harness.files.project import project_root
from harness.files.suite import load_suite
from harness.model.check import CheckName

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parents[1]
SAME, OTHER, ALSO_KNOWN = "python/hello", "sequence/retry", "workbook/named_task"
UNMET, HANGS, UNREAD = "vars/workload_payload", "postgres/by_alias", "http/by_alias"


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with the project's playbooks. What a session says is stable: no colour, a page of 200 columns."""
    (pytester.path / "playbooks").symlink_to(project_root() / "playbooks")
    paths = [str(TESTS / name) for name in ("testing", "judge", "recording")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setenv("NOETL_HARNESS_RUNS", str(pytester.path / "runs"))
    return pytester


def run(suite: pytest.Pytester, *arguments: str, cases: tuple[str, ...] = ()) -> pytest.RunResult:
    chosen = [f"playbooks/suite.yaml::{case}" for case in cases]
    result = suite.runpytest_subprocess(
        "-p", "stand_in", "-p", "no:asyncio", "-W", "error", "-rA", "--target", "embedded", *arguments, *chosen
    )
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    return result


def outcomes(result: pytest.RunResult) -> dict[str, str]:
    """By `case::check`, from the summary."""
    found = re.findall(r"^([A-Z]+) \S*suite\.yaml::(\S+::\S+|run)", result.stdout.str(), re.MULTILINE)
    return {test: outcome for outcome, test in found}


def driven(suite: pytest.Pytester) -> list[str]:
    return (suite.path / DRIVEN).read_text().split()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_each_check_says_what_the_run_says(suite: pytest.Pytester, workers: str) -> None:
    cases = (SAME, OTHER, ALSO_KNOWN, UNMET, HANGS, UNREAD)
    result = run(suite, "-n", workers, "--junitxml", "junit.xml", cases=cases)
    told = outcomes(result)
    passed = {f"{case}::{name.value}": "PASSED" for case in cases for name in CheckName}
    undecided = {f"{UNREAD}::{name.value}": "ERROR" for name in CheckName}
    assert told == passed | undecided | {
        f"{OTHER}::parity": "FAILED",
        f"{ALSO_KNOWN}::parity": "XFAIL",
        f"{UNMET}::parity": "FAILED",
        f"{HANGS}::parity": "FAILED",
        f"{HANGS}::zombie": "FAILED",
    }
    assert result.ret == 1
    assert driven(suite) == list(cases)
    tests = ElementTree.parse(suite.path / "junit.xml").getroot().iter("testcase")
    assert sorted(f"{one.get('classname')}::{one.get('name')}".split(".yaml.")[1] for one in tests) == sorted(told)


def test_a_failure_says_what_differs_and_how_to_see_it_again(suite: pytest.Pytester) -> None:
    result = run(suite, cases=(OTHER, ALSO_KNOWN, UNMET, HANGS, UNREAD))
    said = result.stdout.str()
    cause = "http data at /status has another value"
    assert f"{OTHER}::parity - Failed: {cause}" in said
    assert "noetl-harness diff playbooks/sequence/retry.yaml --reference " in said
    assert f"{ALSO_KNOWN}::parity - {cause}: The Rust worker answers 201. (noetl/worker#98, until 2027-02-01)" in said
    assert f"[XPASS(strict)] {cause} did not show, though playbooks/expectations/{UNMET}.yaml expects it" in said
    assert "noetl-harness diff playbooks/vars/workload_payload.yaml" in said
    assert f"{HANGS}::zombie - Failed: expected struct AuthConfig" in said
    assert "the histories part at" in said
    assert "parity is not known (indeterminate), and what is not known is no pass." in said
    assert "candidate: the log of the worker is lost" in said
    assert "decided 4/5" in said
    assert "warning: clocks of the reference: they differ by 3 s" in said
    assert "harness/testing" not in said


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_case_is_told_while_the_run_goes_on(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("STAND_IN", Run.HOLDS)
    result = run(suite, "-n", workers, "-k", "parity", cases=(SAME, HELD))
    assert outcomes(result) == {f"{SAME}::parity": "PASSED", f"{HELD}::parity": "PASSED"}
    assert result.ret == 0


@pytest.mark.parametrize("workers", ["0", "2"])
def test_only_what_is_selected_is_driven(suite: pytest.Pytester, workers: str) -> None:
    cases = load_suite().cases
    result = run(suite, "playbooks", "-n", workers, "-m", "smoke and postgres", "-k", "provenance and not by_alias")
    wanted = [
        case.id
        for case in cases
        if "smoke" in case.sets and "kind: postgres" in case.source and "by_alias" not in case.id
    ]
    assert driven(suite) == wanted
    assert outcomes(result) == {f"{case}::provenance": "PASSED" for case in wanted}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_failed_last_is_run_again_alone(suite: pytest.Pytester, workers: str) -> None:
    first = run(suite, "-n", workers, cases=(SAME, OTHER))
    again = run(suite, "-n", workers, "--lf", "playbooks")
    assert first.ret == again.ret == 1
    assert outcomes(again) == {f"{OTHER}::parity": "FAILED"}
    assert driven(suite) == [OTHER]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_first_failure_ends_the_run(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str) -> None:
    monkeypatch.setenv("STAND_IN", Run.STAYS)
    result = run(suite, "-n", workers, "-x", "-k", "parity", cases=(OTHER, HELD, SAME, "arcs/error_arc"))
    told = outcomes(result)
    assert [test for test, outcome in told.items() if outcome == "FAILED"] == [f"{OTHER}::parity"]
    assert f"{SAME}::parity" not in told or told[f"{SAME}::parity"] == "SKIPPED"
    assert "the run was told to end before it had seen all its cases" in result.stdout.str()
    assert (suite.path / CLOSED).exists()
    assert result.ret != 0


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_interruption_ends_the_run(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str) -> None:
    monkeypatch.setenv("STAND_IN", Run.STAYS)
    monkeypatch.setenv("INTERRUPT", "yes")
    result = run(suite, "-n", workers, "-k", "parity", cases=(OTHER, HELD, SAME))
    assert result.ret == 2
    assert (suite.path / CLOSED).exists()
    assert "the run was told to end before it had seen all its cases" in result.stdout.str()


def test_a_killed_worker_loses_no_verdict(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILL", f"{OTHER}::lifecycle")
    cases = (SAME, OTHER, ALSO_KNOWN, HELD)
    result = run(suite, "-n", "2", cases=cases)
    passed = {f"{case}::{name.value}": "PASSED" for case in cases for name in CheckName}
    assert outcomes(result) == passed | {
        f"{OTHER}::parity": "FAILED",
        f"{OTHER}::lifecycle": "FAILED",
        f"{ALSO_KNOWN}::parity": "XFAIL",
    }
    assert re.search(rf"worker 'gw\d' crashed while running '\S*{OTHER}::lifecycle'", result.stdout.str())
    assert driven(suite) == list(cases)


@pytest.mark.parametrize(
    ("workers", "whole", "said"),
    [
        ("0", Run.MISJUDGED, "control status: expected diverged, got same_pass"),
        ("2", Run.TORN, "INCOMPLETE: line"),
    ],
)
def test_what_is_wrong_with_the_run_fails_a_session_whose_tests_pass(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str, whole: Run, said: str
) -> None:
    monkeypatch.setenv("STAND_IN", whole)
    result = run(suite, "-n", workers, "-k", "parity", "--junitxml", "junit.xml", cases=(SAME,))
    assert outcomes(result) == {f"{SAME}::parity": "PASSED", "run": "FAILED"}
    assert said in result.stdout.str()
    assert result.ret == 1
    failures = list(ElementTree.parse(suite.path / "junit.xml").getroot().iter("failure"))
    assert [said in (one.text or "") for one in failures] == [True]


@pytest.mark.parametrize(
    ("workers", "whole", "said"),
    [
        ("2", Run.NOT_READY, "no postgresql://noetl:***@db\n  Start one."),
        ("0", Run.BROKEN, "a defect of the harness (ZeroDivisionError)"),
        ("0", Run.LOST, "LOST: nats ended. The run stopped there"),
    ],
)
def test_a_run_that_has_no_verdict_is_no_pass(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str, whole: Run, said: str
) -> None:
    monkeypatch.setenv("STAND_IN", whole)
    result = run(suite, "-n", workers, cases=(SAME, OTHER))
    told = outcomes(result)
    assert told["run"] == "FAILED"
    assert set(told.values()) == {"FAILED", "ERROR"}
    assert said in result.stdout.str()
    assert SECRET not in result.stdout.str()
    assert result.ret in (1, 2)


def test_the_suite_works_without_xdist(suite: pytest.Pytester) -> None:
    result = run(suite, "-p", "no:xdist", cases=(SAME,))
    assert outcomes(result) == {f"{SAME}::{name.value}": "PASSED" for name in CheckName}


def test_markers_are_registered_and_nothing_is_driven_to_collect(suite: pytest.Pytester) -> None:
    result = run(suite, "playbooks", "--strict-markers", "--collect-only", "-q", "-m", "smoke")
    assert f"playbooks/suite.yaml::{SAME}::parity" in result.stdout.lines
    assert not (suite.path / DRIVEN).exists()
    assert "@pytest.mark.task_sequence: " in run(suite, "--markers").stdout.str()


def test_each_check_is_a_history_of_its_own(suite: pytest.Pytester) -> None:
    run(suite, "--alluredir", "allure", cases=(SAME, HELD))
    results = [json.loads(file.read_text()) for file in (suite.path / "allure").glob("*-result.json")]
    assert len({one["historyId"] for one in results}) == len(results) == 2 * len(CheckName)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--target", "moon"), "there is no target 'moon'"),
        (("--candidate", "rust@0.0.1"), "rust@0.0.1"),
        (("--routing", "1.0"), "invalid choice"),
    ],
)
def test_options_that_are_wrong_are_told_in_one_message(
    suite: pytest.Pytester, option: tuple[str, str], said: str
) -> None:
    result = run(suite, *option, "playbooks")
    assert result.ret == 4
    assert said in result.stderr.str()
    assert not (suite.path / DRIVEN).exists()


def test_a_session_without_a_target_is_left_alone(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_own="def test_own(): pass")
    result = suite.runpytest_subprocess(".")
    result.assert_outcomes(passed=1)
    assert "noetl-harness: " not in result.stdout.str()
    heavy = "pydantic", "harness.judge", "harness.testing", "click", "rich"
    program = f"import sys, harness.pytest_plugin; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
