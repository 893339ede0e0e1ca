"""The schemas describe the files that there are, and refuse those that the readers refuse."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from harness.files.project import project_root
from harness.files.schemas import SCHEMAS, schema
from harness.model.errors import HarnessError

FILES = {
    "suite": "playbooks/suite.yaml",
    "expectation": "playbooks/expectations/**/*.yaml",
    "pool": "fixtures/pools/*.yaml",
    "credential": "fixtures/credentials/*.yaml",
    "normalise": "fixtures/normalise/*.yaml",
    "log-fingerprints": "fixtures/log-fingerprints.yaml",
    "gate": "reports/baselines/gate.yaml",
    "baseline": "reports/baselines/*.json",
}


def plain(value: Any) -> Any:
    """As an editor sees the file: JSON has no dates."""
    match value:
        case dict():
            return {str(key): plain(part) for key, part in value.items()}
        case list():
            return [plain(part) for part in value]
        case date():
            return value.isoformat()
        case _:
            return value


@pytest.mark.parametrize("name", FILES)
def test_the_projects_own_files_meet_their_schema(name: str) -> None:
    validator = Draft202012Validator(schema(name))
    files = sorted(project_root().glob(FILES[name]))
    assert files
    for file in files:
        assert [error.message for error in validator.iter_errors(plain(yaml.safe_load(file.read_text())))] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_takes_not_everything(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert not Draft202012Validator(schema(name)).is_valid({"nonsense": 1})


def test_a_recording_meets_its_schemas(tmp_path: Path) -> None:
    from builders import Step, candidate, reference
    from recorded import record

    folder = record(tmp_path, reference(Step("start", {"v": 1})), candidate(Step("start", {"v": 1})))
    for line in (folder / "recording.jsonl").read_text().splitlines():
        Draft202012Validator(schema("recording")).validate(json.loads(line))
        assert not Draft202012Validator(schema("recording")).is_valid({**json.loads(line), "type": "what"})
    Draft202012Validator(schema("manifest")).validate(json.loads((folder / "manifest.json").read_text()))
    for file in folder.rglob("cases/*/*.json"):
        Draft202012Validator(schema("evidence")).validate(json.loads(file.read_text()))


def test_a_name_that_there_is_not() -> None:
    with pytest.raises(HarnessError, match="there is no schema 'nonsense'"):
        schema("nonsense")
