"""Every playbook of the suite is one that the real server takes and both pools can run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import yaml

from harness.embedded.control_plane.engine.playbook import validate
from harness.files.expectations import load_expectations
from harness.files.suite import load_suite
from harness.model.suite import Case, Suite, Terminal

SUITE: Suite = load_suite()
SOURCES = {case.id: case.source for case in SUITE.cases} | {
    f"{case.id}: {path}": source for case in SUITE.cases for path, source in case.requires
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_playbook_is_valid_and_has_the_shape_that_never_strands(name: str) -> None:
    document = yaml.safe_load(SOURCES[name])
    assert validate(document) == []
    steps = document["workflow"]
    assert steps[0]["step"] == "start"
    last = [step["tool"] for step in steps if "next" not in step and "tool" in step]
    assert last
    assert all(isinstance(tool, dict) and "spec" not in tool for tool in last)


@pytest.mark.parametrize("case", SUITE.cases, ids=lambda case: case.id)
def test_a_case_is_named_like_its_file(case: Case) -> None:
    assert case.file == f"playbooks/{case.id}.yaml"
    assert case.tags


@pytest.mark.parametrize("case", SUITE.cases, ids=lambda case: case.id)
def test_a_case_that_is_expected_to_fail_says_at_which_steps(case: Case) -> None:
    assert (case.fails is not None) is (case.expect is Terminal.FAILED)
    assert set(case.fails or ()) <= {step["step"] for step in yaml.safe_load(case.source)["workflow"]}


def test_the_suite_covers_what_it_promises() -> None:
    tags = {tag for case in SUITE.cases for tag in case.tags}
    promised = "python vars arcs loop task_sequence workbook playbook postgres alias http duckdb error routing data"
    assert set(promised.split()) <= tags


def test_what_is_on_record_can_be_read() -> None:
    known = load_expectations(SUITE, datetime.now(UTC).date())
    assert {entry.case_id for entry in known} <= {case.id for case in SUITE.cases}
    assert all(entry.source.startswith("spec: ") for entry in known)
