"""Every format from one recording: each tells the same, none tells a secret."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import xmlschema
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from report_runs import healthy
from runs import CASES, KNOWN, SECRET, SOURCE, STATES, TYPED, record_run, text

from harness import report
from harness.cli.main import cli
from harness.cli.report import command
from harness.files.playbook import step_place
from harness.files.schemas import schema
from harness.judged import Judged, judged
from harness.model.check import gravest
from harness.model.errors import HarnessError
from harness.model.verdict import Controls, Misjudged
from harness.recording.read import open_recording
from harness.report import GROUP, words, write_to
from harness.report.summary import LARGEST

TEXTS = ("terminal", "history", "html", "markdown", "json", "jsonl", "junit", "ctrf", "badge", "annotations", "summary")
FOLDERS = ("allure",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def run(folder: Path) -> Judged:
    return judged(open_recording(folder))


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return judged(open_recording(record_run(tmp_path_factory.mktemp("runs"), legs=(), cases=())))


@pytest.fixture(scope="module")
def allure(run: Judged, tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("allure")
    write_to("allure", run, results)
    return results


def results(allure: Path) -> dict[str, Any]:
    found = [json.loads(file.read_text()) for file in allure.glob("*-result.json")]
    return {one["fullName"]: one for one in found}


def test_the_run_has_a_case_of_every_kind(run: Judged) -> None:
    assert {case: gravest(checks) for case, checks in run.checks.items()} == STATES


def test_these_are_all_formats_and_the_help_names_them() -> None:
    names = {entry.name for entry in entry_points(group=GROUP)}
    assert names == {*TEXTS, *FOLDERS}
    assert not [name for name in names if not re.search(rf"\b{name}\b", command.help or "")]


@pytest.mark.parametrize("form", TEXTS)
def test_no_text_shows_a_secret_or_moves_the_cursor(form: str, run: Judged) -> None:
    told = text(form, run)
    assert SECRET not in told
    assert TYPED not in told
    assert "\x1b" not in told


def test_no_file_of_allure_shows_a_secret(allure: Path) -> None:
    for file in allure.iterdir():
        told = file.read_text()
        assert SECRET not in told, file
        assert TYPED not in told, file


@pytest.mark.parametrize("form", TEXTS)
def test_a_report_is_the_same_for_the_same_recording(form: str, run: Judged) -> None:
    assert text(form, run) == text(form, run)


@pytest.mark.parametrize("form", TEXTS)
def test_a_run_without_a_case_has_a_report_that_is_not_green(form: str, nothing: Judged) -> None:
    told = text(form, nothing)
    if form not in ("json", "jsonl"):
        assert ("no score" if form == "badge" else "no case was run") in told


def junit(run: Judged) -> ElementTree.Element:
    return ElementTree.fromstring(text("junit", run))


def test_junit_meets_the_form_that_its_readers_share(run: Judged, nothing: Judged) -> None:
    form = xmlschema.XMLSchema(str(Path(__file__).with_name("junit.xsd")))
    for one in (run, nothing):
        assert [error.reason for error in form.iter_errors(text("junit", one))] == []
    assert not form.is_valid("<testsuites><testsuite name='x'/></testsuites>")


def test_junit_has_a_suite_for_each_case_and_says_why_one_fails(run: Judged) -> None:
    suites = junit(run).findall("testsuite")
    cases = [suite.find("properties/property[@name='case']") for suite in suites[1:]]
    assert [case.get("value") for case in cases if case is not None] == list(CASES)
    outcomes = {"failed": "failures", "undecided": "errors", "known": "skipped"}
    for suite, state in zip(suites[1:], STATES.values(), strict=True):
        assert len(suite.findall("testcase")) == int(suite.get("tests", "")) == 5
        counted = {state for state, name in outcomes.items() if suite.get(name) != "0"}
        assert counted == {state} - {"passed"}
        for name, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(name) == str(len(suite.findall(f"testcase/{element}")))
    zombie = suites[1 + CASES.index("auth/zombie")].find("testcase[@name='zombie']/failure")
    assert zombie is not None
    assert zombie.get("type") == "expected struct AuthConfig"
    skipped = suites[1 + CASES.index("data/known")].find("testcase[@name='parity']/skipped")
    assert skipped is not None
    assert KNOWN.reason in (skipped.text or "")


def test_junit_is_not_green_where_the_run_as_a_whole_is_not_right(run: Judged) -> None:
    assert junit(run).find("testsuite[@name='noetl-harness']/testcase/error") is None
    controls = Controls(1, 2, (Misjudged("null lost", "diverged", "same_pass"),))
    for changes, said in (({"losses": ("nats ended",)}, "nats ended"), ({"controls": controls}, "null lost")):
        wrong = replace(run, verdict=replace(run.verdict, **changes))
        error = junit(wrong).find("testsuite[@name='noetl-harness']/testcase/error")
        assert error is not None
        assert said in (error.text or "")


def test_ctrf_counts_what_it_lists(run: Judged, nothing: Judged) -> None:
    told = json.loads(text("ctrf", run))
    assert (told["reportFormat"], told["specVersion"]) == ("CTRF", "0.0.0")
    summary, tests = told["results"]["summary"], told["results"]["tests"]
    assert [test["name"] for test in tests] == list(CASES)
    said = {"passed": "passed", "failed": "failed", "known": "skipped", "undecided": "other"}
    assert [test["status"] for test in tests] == [said[state] for state in STATES.values()]
    assert summary["tests"] == sum(summary[one] for one in (*said.values(), "pending")) == len(CASES)
    assert {step["name"] for test in tests for step in test["steps"]} == {
        "parity",
        "lifecycle",
        "provenance",
        "zombie",
        "log",
    }
    assert told["results"]["environment"]["healthy"]
    assert not json.loads(text("ctrf", nothing))["results"]["environment"]["healthy"]


def test_the_badge_has_a_score_or_says_that_there_is_none(run: Judged) -> None:
    badge = json.loads(text("badge", run))
    assert (badge["schemaVersion"], badge["message"], badge["color"]) == (1, "2/9 22.2% · 1 known", "red")
    invalid = json.loads(text("badge", replace(run, verdict=replace(run.verdict, exit=5))))
    assert (invalid["message"], invalid["isError"]) == ("no score", True)


def test_annotations_are_one_line_each_at_the_step_and_the_gravest_is_first(run: Judged) -> None:
    lines = text("annotations", run).splitlines()
    assert all(re.match(r"::(error|warning) (file=[^,]+,line=\d+,)?title=[^:,]+::.", line) for line in lines)
    assert lines[0].startswith(
        "::error file=playbooks/auth/zombie.yaml,line=6,title=expected struct AuthConfig::1 case"
    )
    assert sum("another value" in line and "data/differs" in line for line in lines) == 1
    assert [line for line in lines if line.startswith("::warning")] == [
        line for line in lines if "slow/not_run.yaml" in line
    ]
    assert any("title=data/better::" in line and "did not show" in line for line in lines)
    assert not any("data/known.yaml" in line for line in lines)


def test_a_step_that_is_not_in_the_playbook_has_its_first_line() -> None:
    assert [step_place(SOURCE, "x.yaml", step).line for step in ("start", "nowhere", None)] == [4, 1, 1]
    assert step_place("a: [", "x.yaml", "start").line == 1


def test_the_summary_leads_with_causes_ends_with_all_cases_and_stays_within_its_bound(run: Judged) -> None:
    told = text("summary", run)
    assert told.index("### Causes by which") < told.index("### Cases to look at") < told.index("### All cases")
    assert all(f"| {case.replace('_', chr(92) + '_')}" in told for case in CASES if "[" not in case)
    many = replace(run, verdict=replace(run.verdict, pairs=run.verdict.pairs * 1000))
    assert LARGEST / 2 < len(text("summary", many).encode()) <= LARGEST


def test_allure_has_one_test_for_each_case_and_merges_none(allure: Path) -> None:
    files = list(allure.glob("*-result.json"))
    tests = results(allure)
    assert set(tests) == set(CASES)
    assert len(files) == len(CASES) == len({test["historyId"] for test in tests.values()})
    said = {"passed": "passed", "failed": "failed", "known": "skipped", "undecided": "broken"}
    assert {name: test["status"] for name, test in tests.items()} == {case: said[STATES[case]] for case in CASES}


def test_a_history_goes_on_with_the_next_run_of_the_same_pools_only(run: Judged, allure: Path, tmp_path: Path) -> None:
    again = replace(run, verdict=replace(run.verdict, run_id="another"))
    other = replace(run, verdict=replace(run.verdict, candidate="rust@5.15.1"))
    for name, one in (("again", again), ("other", other)):
        write_to("allure", one, tmp_path / name)
    ids = [{test["historyId"] for test in results(tmp_path / name).values()} for name in ("again", "other")]
    assert ids[0] == {test["historyId"] for test in results(allure).values()}
    assert not ids[0] & ids[1]


def test_allure_has_labels_links_steps_with_times_and_attachments(allure: Path) -> None:
    tests = results(allure)
    known, zombie = tests["data/known"], tests["auth/zombie"]
    labels = {(label["name"], label["value"]) for label in known["labels"]}
    assert {
        ("area", "data"),
        ("tool", "python"),
        ("candidate", "rust@5.10.0"),
        ("cause", KNOWN.fingerprint),
        ("owner", "harness-team"),
    } <= labels
    assert known["links"] == [
        {"type": "issue", "url": "https://github.com/noetl/worker/issues/98", "name": "noetl/worker#98"}
    ]
    sides = {step["name"].split()[0]: step for step in zombie["steps"]}
    fetch = sides["candidate"]["steps"][-1]
    assert (fetch["name"], fetch["status"]) == ("fetch: postgres", "broken")
    assert [stage["name"] for stage in fetch["steps"]] == ["command.issued", "command.claimed", "command.started"]
    assert [stage["stop"] - stage["start"] for stage in fetch["steps"]] == [0, 10, 10]
    for test in tests.values():
        for attachment in test["attachments"]:
            assert (allure / attachment["source"]).is_file()
    assert [one["name"] for one in zombie["attachments"]] == [
        "both histories side by side",
        "event log of the reference",
        "log of the reference",
        "event log of the candidate",
        "log of the candidate",
        "playbook",
    ]


def test_allures_categories_are_the_causes(run: Judged, allure: Path) -> None:
    categories = json.loads((allure / "categories.json").read_text())
    assert [one["name"] for one in categories] == [cause.fingerprint for cause in run.verdict.causes]
    messages = {
        name: test["statusDetails"]["message"] for name, test in results(allure).items() if "statusDetails" in test
    }
    for category, cause in zip(categories, run.verdict.causes, strict=True):
        matched = {name for name, message in messages.items() if re.fullmatch(category["messageRegex"], message)}
        assert matched == set(cause.cases)


def test_allure_takes_no_folder_with_something_in_it_and_no_stdout(run: Judged, tmp_path: Path) -> None:
    (tmp_path / "old-result.json").write_text("{}")
    with pytest.raises(HarnessError, match="is not empty"):
        write_to("allure", run, tmp_path)
    with pytest.raises(HarnessError, match="a folder of files"):
        text("allure", run)


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_meets_its_schema(form: str, run: Judged) -> None:
    validator = Draft202012Validator(schema("verdict" if form == "json" else "pair"))
    told = text(form, run)
    for one in [told] if form == "json" else told.splitlines():
        value = json.loads(one)
        assert [error.message for error in validator.iter_errors(value)] == []
        assert not validator.is_valid({**value, "schema": "another"})


def test_the_verb_writes_to_stdout_or_to_a_file(folder: Path, tmp_path: Path) -> None:
    shown = CliRunner().invoke(cli, ["report", str(folder), "--to", "badge"])
    assert (shown.exit_code, json.loads(shown.output)["schemaVersion"]) == (0, 1)
    path = tmp_path / "badge.json"
    written = CliRunner().invoke(cli, ["report", str(folder), "--to", "badge", "--output", str(path)])
    assert (written.exit_code, written.output, path.read_text()) == (0, "", shown.output)


def test_a_format_that_there_is_not_is_told_before_the_run_is_read() -> None:
    with pytest.raises(HarnessError, match="there is no report 'pdf'"):
        command.callback(Path("no/such/run"), "pdf", None)  # type: ignore[misc]


def test_a_format_of_somebody_else_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_entries", lambda: {"odd": EntryPoint("odd", "harness.nowhere", GROUP)})
    with pytest.raises(HarnessError, match=r"odd can not be loaded from harness\.nowhere"):
        report.find("odd")


def test_a_place_that_can_not_be_written_is_told(run: Judged, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="can not be written"):
        write_to("badge", run, tmp_path / "no" / "such" / "folder")


def test_a_report_changes_nothing_in_the_recording(tmp_path: Path) -> None:
    folder = record_run(tmp_path)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    run = judged(open_recording(folder))
    for form in TEXTS:
        text(form, run)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_header_says_whose_routing_it_is() -> None:
    run = healthy()
    assert dict(words.pools(run))["routing"] == f"as of NoETL {run.routing}"
    assert dict(words.pools(replace(run, routing="rust-server")))["routing"] == "as of a Rust server, by no kind"
