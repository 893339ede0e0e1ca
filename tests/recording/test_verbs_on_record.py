"""`expect` and `noise`, the real commands, on a copy of the project whose files they may change."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import Step, candidate, reference
from recorded import record

from harness.files.project import project_root
from harness.model.evidence import Evidence

CASE = "vars/simple"
"""A case of the suite; what is recorded of it here is made up."""

TODAY = datetime.now(UTC).date()
ENTRY = """\
  # why this is so
  - fingerprint: "{fingerprint}"
    candidate: rust
    reason: "they differ"
    source: "spec: 1"
    owner: me
    since: 2026-11-01
    expires: {expires}
"""
AT_V = "python data at /v has another value"
AT_W = "python data at /w has another value"
SAID = ("--reason", "It is so.", "--source", "spec: 3", "--owner", "you")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for name in ("harness", "playbooks", "fixtures"):
        shutil.copytree(
            project_root() / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "expectations")
        )
    return root


@pytest.fixture
def project(copy: Path) -> Iterator[Path]:
    """The copy, with nothing on record before and after."""
    yield copy
    shutil.rmtree(copy / "playbooks" / "expectations", ignore_errors=True)
    shutil.rmtree(copy / "reports", ignore_errors=True)


def on_record(project: Path, *entries: str) -> Path:
    path = project / "playbooks" / "expectations" / f"{CASE}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"case: {CASE}\nknown:\n{''.join(entries)}")
    return path


def entry(fingerprint: str = AT_V, days: int = 30) -> str:
    return ENTRY.format(fingerprint=fingerprint, expires=TODAY + timedelta(days=days))


def environment(project: Path, **changes: str) -> dict[str, str]:
    clean = {"CI": "", "PYTEST_XDIST_WORKER": "", "NO_COLOR": "1"}
    return {**os.environ, **clean, "PYTHONPATH": str(project), **changes}


COMMAND = [sys.executable, "-c", "from harness.cli.start import main; main()"]


def harness(project: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(project, **changes),
        stdin=subprocess.DEVNULL,
        cwd="/",
    )
    assert "Traceback" not in done.stderr
    return done


def legs(**data: int) -> list[Evidence]:
    """The reference has v and w as 1; the candidate as `data` says."""
    sides = reference(Step("start", {"v": 1, "w": 1})), candidate(Step("start", {"v": 1, "w": 1, **data}))
    return [replace(one, case_id=CASE) for one in sides]


# check


def test_check_counts_what_is_on_record_and_says_what_soon_expires(project: Path) -> None:
    on_record(project, entry(days=14), entry(AT_W, days=15))
    done = harness(project, "expect", "check")
    assert done.returncode == 0
    soon, count = done.stdout.splitlines()
    assert soon.endswith(f"{CASE}.yaml:4: expires on {TODAY + timedelta(days=14)} (me): {AT_V}")
    assert count == "2 entries for 1 cases, 0 expired, 1 expire within 14 days"


def test_check_fails_where_an_entry_has_expired(project: Path) -> None:
    on_record(project, entry(days=-1))
    done = harness(project, "expect", "check", "--format", "json")
    assert done.returncode == 2
    assert [one["fingerprint"] for one in json.loads(done.stdout)["expired"]] == [AT_V]


def test_check_tells_all_that_is_wrong_in_all_files(project: Path) -> None:
    path = on_record(project, entry(days=91), entry(days=30))
    path.with_name("other.yaml").write_text("case: vars/none\nknown: []\n")
    path.with_name("third.yaml").write_text("case: vars/none\nknown: [\n")
    done = harness(project, "expect", "check")
    assert (done.returncode, done.stdout) == (2, "")
    places = set(re.findall(r"(\w+\.yaml):(\d+):\d+: ", done.stderr))
    assert {("simple", "10"), ("simple", "12"), ("other", "2")} <= {(name[:-5], line) for name, line in places}
    assert "third.yaml" in {name for name, _ in places}


# explain


@pytest.mark.parametrize(
    ("data", "said"),
    [({"v": 2}, "in the newest run it shows"), ({}, "in the newest run it did not show")],
)
def test_explain_says_why_and_what_the_newest_run_shows(
    project: Path, tmp_path: Path, data: dict[str, int], said: str
) -> None:
    on_record(project, entry())
    record(tmp_path, *legs(**data))
    done = harness(project, "expect", "explain", CASE, "--runs", str(tmp_path))
    assert done.returncode == 0
    assert "they differ (spec: 1)" in done.stdout
    assert said in done.stdout


def test_explain_needs_no_run_but_a_case(project: Path, tmp_path: Path) -> None:
    on_record(project, entry())
    done = harness(project, "expect", "explain", CASE, "--runs", str(tmp_path))
    assert "No stored run has this case." in done.stdout
    assert harness(project, "expect", "explain", "vars/none", "--runs", str(tmp_path)).returncode == 2


# update


def test_update_puts_on_record_what_is_unexpected_and_only_that(project: Path, tmp_path: Path) -> None:
    path = on_record(project, entry())
    before = path.read_text()
    run = record(tmp_path, *legs(v=2, w=2))
    done = harness(project, "expect", "update", str(run), *SAID)
    assert (done.returncode, done.stdout) == (0, f"{path}\n"), done.stderr
    assert path.read_text().startswith(before)
    new = path.read_text().removeprefix(before)
    assert f'  - fingerprint: "{AT_W}"\n    candidate: rust\n    versions: "==5.10.0"\n    reason: "It is so."' in new
    assert f"expires: {TODAY + timedelta(days=90)}" in new
    again = harness(project, "expect", "update", str(run), *SAID)
    assert (again.returncode, again.stdout) == (0, "")
    assert harness(project, "expect", "check").returncode == 0


def test_update_puts_off_what_has_expired_and_keeps_the_rest(project: Path, tmp_path: Path) -> None:
    path = on_record(project, entry(days=-1))
    before = path.read_text()
    done = harness(project, "expect", "update", str(record(tmp_path, *legs(v=2))), *SAID)
    assert done.returncode == 0
    assert path.read_text() == before.replace(str(TODAY - timedelta(days=1)), str(TODAY + timedelta(days=90)))


def test_update_asks_on_a_terminal_and_passes_over_what_has_no_reason(project: Path, tmp_path: Path) -> None:
    run = record(tmp_path, *legs(v=2, w=2))
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "expect", "update", str(run)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(project),
        cwd="/",
    ) as process:
        os.write(ours, b"\nIt is so.\nspec: 3\nme\n")
        out, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    path = project / "playbooks" / "expectations" / f"{CASE}.yaml"
    assert (process.returncode, out) == (0, f"{path}\n")
    assert path.read_text().count("fingerprint:") == 1
    assert AT_W in path.read_text()


@pytest.mark.parametrize("missing", [0, 2, 4])
def test_update_without_a_terminal_needs_every_answer(project: Path, tmp_path: Path, missing: int) -> None:
    run = record(tmp_path, *legs(v=2))
    done = harness(project, "expect", "update", str(run), *SAID[:missing], *SAID[missing + 2 :])
    assert (done.returncode, done.stdout) == (2, "")
    assert not (project / "playbooks" / "expectations").exists()


# prune


def test_prune_removes_what_did_not_show_and_only_that(project: Path, tmp_path: Path) -> None:
    path = on_record(project, entry(), entry(AT_W))
    run = record(tmp_path, *legs(v=2))
    refused = harness(project, "expect", "prune", str(run))
    assert refused.returncode == 2
    assert path.read_text().count("fingerprint:") == 2
    done = harness(project, "expect", "prune", str(run), "--yes")
    assert (done.returncode, done.stdout) == (0, f"{path}\n")
    assert path.read_text() == f"case: {CASE}\nknown:\n{entry()}"


def test_prune_keeps_what_a_case_that_was_not_decided_could_not_show(project: Path, tmp_path: Path) -> None:
    path = on_record(project, entry())
    before = path.read_text()
    first, other = legs()
    run = record(tmp_path, first, replace(other, complete=False))
    assert harness(project, "expect", "prune", str(run), "--yes").stdout == ""
    assert path.read_text() == before


@pytest.mark.parametrize("machine", ["CI", "PYTEST_XDIST_WORKER"])
@pytest.mark.parametrize("verb", [("expect", "update"), ("expect", "prune"), ("noise",)])
def test_a_machine_changes_nothing(project: Path, tmp_path: Path, machine: str, verb: tuple[str, ...]) -> None:
    path = on_record(project, entry(AT_W))
    before = path.read_text()
    done = harness(project, *verb, str(record(tmp_path, *legs(v=2))), **{machine: "gw0"})
    assert done.returncode == 2
    assert f"{machine} says that a machine runs this" in done.stderr
    assert path.read_text() == before


# noise


def twice(t: int, **changes: int) -> Evidence:
    return replace(reference(Step("start", {"v": t, "w": 1, **changes})), case_id=CASE, turn=2)


def test_noise_is_learned_from_a_run_and_masks_in_the_next(project: Path, tmp_path: Path) -> None:
    run = record(tmp_path / "one", *legs(v=3), twice(2))
    done = harness(project, "noise", str(run))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "1 places are on record"
    assert done.stdout.startswith(f"new: {CASE}, start at /v (value): seen in 1 of 1 runs")
    kept = json.loads((project / "reports" / "noise.json").read_text())
    assert [(one["case"], one["at"], one["seen"], one["runs"]) for one in kept["noise"]] == [(CASE, "/v", 1, 1)]
    again = harness(project, "noise", str(run))
    assert again.stdout == "1 places are on record\n"
    next_run = record(tmp_path / "two", *legs(v=4))
    explained = harness(project, "expect", "explain", CASE, "--runs", str(tmp_path / "two"))
    assert "noise, undecided" in explained.stdout
    assert harness(project, "noise", str(next_run)).returncode == 2


def test_what_is_protected_is_not_learned(project: Path, tmp_path: Path) -> None:
    first = replace(reference(Step("start", {"status": "a"})), case_id=CASE)
    other = replace(first, turn=2, events=twice(1).events)
    run = record(tmp_path, first, other, replace(candidate(Step("start", {"status": "a"})), case_id=CASE))
    done = harness(project, "noise", str(run))
    assert f"can not be masked: {CASE} differs from itself in what is protected" in done.stdout
    assert not any("status" in line for line in done.stdout.splitlines()[:-2])
