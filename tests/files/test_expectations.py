from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from harness.files.expectations import load_expectations
from harness.model.errors import HarnessError
from harness.model.expectation import Flaky
from harness.model.suite import Case, Suite

TODAY = date(2026, 3, 1)
SUITE = Suite(
    (Case("auth/unknown", "t/unknown", "playbooks/auth/unknown.yaml", ""),), "0", ids=frozenset({"auth/unknown"})
)


def entry(**changes: str) -> str:
    fields = {
        "fingerprint": "'Credential alias not found'",
        "candidate": "rust",
        "versions": "'>=5.10.0,<5.15.1'",
        "reason": "An unknown alias strands.",
        "source": "spec 1.4",
        "owner": "harness",
        "since": "2026-02-01",
        "expires": "2026-05-01",
    } | changes
    lines = [f"{name}: {value}" for name, value in fields.items()]
    return "  - " + "\n    ".join(lines) + "\n"


def load(root: Path, *entries: str, case: str = "auth/unknown", file: str = "auth/unknown.yaml") -> list[str]:
    path = root / "playbooks" / "expectations" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"case: {case}\nknown:\n{''.join(entries)}")
    return [f"{one.runtime} {one.versions} {one.expires} {one.file}" for one in load_expectations(SUITE, TODAY, root)]


def test_an_entry_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, entry()) == [
        "rust >=5.10.0,<5.15.1 2026-05-01 playbooks/expectations/auth/unknown.yaml",
    ]


def test_an_expired_entry_is_read_too(tmp_path: Path) -> None:
    assert load(tmp_path, entry(expires="2026-02-28"))


def test_no_folder_is_no_expectations(tmp_path: Path) -> None:
    assert load_expectations(SUITE, TODAY, tmp_path) == ()


def test_the_last_day_that_is_allowed(tmp_path: Path) -> None:
    assert load(tmp_path, entry(expires=str(TODAY + timedelta(days=90))))
    with pytest.raises(HarnessError, match=r"unknown.yaml:10:5: expires more than 90 days"):
        load(tmp_path, entry(expires=str(TODAY + timedelta(days=91))))


def test_a_flaky_entry_has_its_bounds(tmp_path: Path) -> None:
    load(tmp_path, entry(flaky="{min: 0.05, max: 0.4, runs: 20}"))
    assert load_expectations(SUITE, TODAY, tmp_path)[0].flaky == Flaky(0.05, 0.4, 20)


def test_an_unknown_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no case 'auth/none'"):
        load(tmp_path, entry(), case="auth/none", file="auth/none.yaml")


def test_a_file_named_after_another_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"the file of this case is expectations/auth/unknown.yaml"):
        load(tmp_path, entry(), file="auth/other.yaml")


def test_two_entries_that_overlap_are_refused_with_both_places(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"unknown.yaml:11:5: excuses the same as the entry at .*:3:5"):
        load(tmp_path, entry(), entry(versions="'>=5.15.0'"))


@pytest.mark.parametrize(
    "changes", [{"versions": "'>=5.15.1'"}, {"candidate": "python"}, {"fingerprint": "something else"}]
)
def test_two_entries_that_do_not_overlap_are_read(tmp_path: Path, changes: dict[str, str]) -> None:
    assert len(load(tmp_path, entry(), entry(**changes))) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"versions": "'~5.10'"}, "is not a bound"),
        ({"versions": "'>5.10.0,<5.10.0'"}, "no release meets"),
        ({"candidate": "ruby"}, "known\\[0\\].candidate"),
        ({"reason": "''"}, "known\\[0\\].reason"),
        ({"because": "x"}, "there is no such field"),
        ({"flaky": "{min: 0.0, max: 0.5, runs: 10}"}, "known\\[0\\].flaky.min"),
        ({"flaky": "{min: 0.5, max: 1.0, runs: 10}"}, "known\\[0\\].flaky.max"),
        ({"flaky": "{min: 0.5, max: 0.1, runs: 10}"}, "min is above max"),
        ({"flaky": "{min: 0.05, max: 0.1, runs: 5}"}, "no number of 5 runs"),
        ({"flaky": "{min: 0.1, max: 0.5}"}, "known\\[0\\].flaky.runs"),
    ],
)
def test_an_entry_that_can_not_be_read_is_refused(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    with pytest.raises(HarnessError, match=words):
        load(tmp_path, entry(**changes))
