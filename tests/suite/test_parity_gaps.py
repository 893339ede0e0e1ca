"""Every parity gap on record has a case that would have caught it, or a reason why no playbook can show it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.files.project import project_root
from harness.files.suite import load_suite
from harness.files.yaml import checked, load_yaml
from harness.model.errors import HarnessError

ROWS = range(1, 92)
"""Rows of spec noetl-rust 4."""

Text = Annotated[str, Field(min_length=1)]


class Gap(BaseModel):
    """One row: `component` is what mended it first; `because` says why no playbook can show it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row: int
    component: Text
    gap: Text
    case: Text | None = None
    because: Text | None = None

    @model_validator(mode="after")
    def _is_decided(self) -> Gap:
        if (self.case is None) == (self.because is None):
            raise ValueError("give either a case or a because")
        return self


class GapFile(BaseModel):
    """`fixtures/parity-gaps.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gaps: tuple[Gap, ...]


def load_gaps(path: Path) -> tuple[Gap, ...]:
    return checked(load_yaml(path), GapFile).gaps


def problems(gaps: Iterable[Gap], tags: Mapping[str, Iterable[str]]) -> list[str]:
    """What does not agree between the gaps and the suite, whose cases have `tags`."""
    cases = {gap.row: gap.case for gap in gaps if gap.case is not None}
    tagged = {case: {int(tag[4:]) for tag in own if re.fullmatch(r"row_\d\d", tag)} for case, own in tags.items()}
    named = {case: int(found[1]) for case in tags if (found := re.search(r"/row_(\d\d)_", case))}
    return [
        *(f"row {row}: no case {case}" for row, case in cases.items() if case not in tags),
        *(f"row {row}: {case} lacks its tag" for row, case in cases.items() if row not in tagged.get(case, {row})),
        *(f"{case}: row {row} has no case" for case, rows in tagged.items() for row in sorted(rows - cases.keys())),
        *(f"{case}: named after row {row} without its tag" for case, row in named.items() if row not in tagged[case]),
    ]


def gap(row: int, **rest: str) -> Gap:
    return Gap.model_validate({"row": row, "component": "tools 1.0.0", "gap": "a gap", **rest})


def test_every_row_is_decided_once() -> None:
    gaps = load_gaps(project_root() / "fixtures" / "parity-gaps.yaml")
    assert [one.row for one in gaps] == list(ROWS)


def test_the_gaps_and_the_suite_agree() -> None:
    gaps = load_gaps(project_root() / "fixtures" / "parity-gaps.yaml")
    assert problems(gaps, {case.id: case.tags for case in load_suite().cases}) == []


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({}, ["row 44: no case sql/key"]),
        ({"sql/key": ["sql"]}, ["row 44: sql/key lacks its tag"]),
        ({"sql/key": ["row_44", "row_45"]}, ["sql/key: row 45 has no case"]),
        ({"sql/key": ["row_44"], "sql/row_46_quotes": []}, ["sql/row_46_quotes: named after row 46 without its tag"]),
        ({"sql/key": ["row_44"], "sql/row_44_many": []}, ["sql/row_44_many: named after row 44 without its tag"]),
        ({"sql/key": ["row_44"], "sql/row_44_many": ["row_44"]}, []),
    ],
)
def test_what_does_not_agree_is_told(tags: dict[str, list[str]], said: list[str]) -> None:
    assert problems([gap(44, case="sql/key"), gap(45, because="it takes a cloud")], tags) == said


@pytest.mark.parametrize("rest", ["", ", case: a/b, because: none"])
def test_a_gap_has_a_case_or_a_reason_and_not_both(rest: str, tmp_path: Path) -> None:
    file = tmp_path / "gaps.yaml"
    file.write_text(f"gaps:\n  - {{row: 1, component: tools, gap: a gap{rest}}}\n")
    with pytest.raises(HarnessError, match=r"gaps.yaml:2:5: gaps\[0\]: give either a case or a because"):
        load_gaps(file)
