"""What is changed in a file of expectations leaves the rest of it to the letter."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from harness.files.expectation_edit import Draft, add, extend, remove
from harness.files.expectations import load_expectations
from harness.model.errors import HarnessError
from harness.model.expectation import Expectation
from harness.model.suite import Case, Suite

TODAY = date(2026, 3, 1)
SUITE = Suite((Case("a/b", "t/b", "playbooks/a/b.yaml", ""),), "0", ids=frozenset({"a/b"}))
ONE = """\
    - fingerprint: 'one'   # how it is called
      candidate: rust
      reason: >
        A long
        reason.
      source: "spec: 1"
      owner: me
      since: 2026-03-01
      expires: 2026-04-01  # a Wednesday
"""
TWO = """\
    # about the second
    # and more of it
    - {fingerprint: two, candidate: rust, reason: r, source: s, owner: me, since: 2026-03-01, expires: 2026-04-01}
"""
THREE = """\

    # about the third
    - candidate: rust
      fingerprint: "three"
      since: 2026-03-01
      expires: 2026-04-01
      source: s
      owner: me
      reason: |
        the last one

"""
HEAD = "# a filé €𝄞\ncase: a/b\n\nknown:\n"
TAIL = "# the end\n"
DRAFT = Draft(
    "a/b", 'four: "x" at /é', "rust", ">=5.10.0", "because", "spec: 4", "you", date(2026, 3, 1), date(2026, 5, 1)
)


def write(root: Path, text: str) -> Path:
    path = root / "playbooks" / "expectations" / "a" / "b.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def known(root: Path) -> list[Expectation]:
    return list(load_expectations(SUITE, TODAY, root))


@pytest.mark.parametrize(
    ("name", "left"),
    [("one", HEAD + TWO + THREE + TAIL), ("two", HEAD + ONE + THREE + TAIL)],
)
def test_an_entry_goes_with_its_comment_and_nothing_else(tmp_path: Path, name: str, left: str) -> None:
    path = write(tmp_path, HEAD + ONE + TWO + THREE + TAIL)
    entry = next(one for one in known(tmp_path) if one.fingerprint == name)
    remove(path.parents[1], entry)
    assert path.read_text() == left


def test_the_last_entry_goes_and_the_others_stay(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + ONE + TWO + THREE + TAIL)
    remove(path.parents[1], known(tmp_path)[2])
    assert path.read_text().startswith(HEAD + ONE + TWO)
    assert path.read_text().endswith(TAIL)
    assert "third" not in path.read_text()
    assert [one.fingerprint for one in known(tmp_path)] == ["one", "two"]


def test_the_only_entry_takes_its_file_with_it(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + ONE)
    remove(path.parents[1], known(tmp_path)[0])
    assert not path.exists()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_another_last_day_is_all_that_changes(tmp_path: Path, number: int) -> None:
    text = HEAD + ONE + TWO + THREE + TAIL
    path = write(tmp_path, text)
    extend(path.parents[1], known(tmp_path)[number], date(2026, 5, 7))
    assert [str(one.expires) for one in known(tmp_path)].count("2026-05-07") == 1
    assert path.read_text().replace("2026-05-07", "2026-04-01") == text


@pytest.mark.parametrize("last", [ONE, TWO, THREE])
@pytest.mark.parametrize("tail", ["", TAIL])
def test_a_new_entry_stands_behind_the_others(tmp_path: Path, last: str, tail: str) -> None:
    text = (HEAD + last + tail).rstrip("\n") if not tail else HEAD + last + tail
    path = write(tmp_path, text)
    before = known(tmp_path)
    add(path.parents[1], DRAFT)
    *others, new = known(tmp_path)
    assert [one.fingerprint for one in others] == [one.fingerprint for one in before]
    assert (new.fingerprint, new.versions, new.reason, new.expires) == (
        DRAFT.fingerprint,
        DRAFT.versions,
        DRAFT.reason,
        DRAFT.expires,
    )
    assert path.read_text().endswith(tail)
    assert "\n    - fingerprint: " in path.read_text()
    remove(path.parents[1], new)
    assert path.read_text().rstrip("\n") == text.rstrip("\n")


def test_a_case_without_a_file_gets_one(tmp_path: Path) -> None:
    path = add(tmp_path / "playbooks" / "expectations", DRAFT)
    assert path == tmp_path / "playbooks" / "expectations" / "a" / "b.yaml"
    assert [one.fingerprint for one in known(tmp_path)] == [DRAFT.fingerprint]


def test_entries_on_one_line_are_left_alone(tmp_path: Path) -> None:
    entry = "{fingerprint: f, candidate: rust, reason: r, source: s, owner: me, since: 2026-03-01, expires: 2026-04-01}"
    path = write(tmp_path, f"case: a/b\nknown: [{entry}]\n")
    with pytest.raises(HarnessError, match=r"b.yaml:2:9: .*lines of its own"):
        add(path.parents[1], DRAFT)


def test_a_file_that_was_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + ONE + TWO)
    entry = known(tmp_path)[0]
    path.write_text(HEAD + ONE.replace("one", "other") + TWO)
    with pytest.raises(HarnessError, match="has no entry for 'one' any more"):
        remove(path.parents[1], entry)
