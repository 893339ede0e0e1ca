"""Entries that excuse a consequence: with the one behaviour they follow from mended, nothing of them is left."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.files.expectations import load_expectations
from harness.files.project import project_root
from harness.files.suite import load_suite

pytestmark = pytest.mark.embedded

FOLLOWS = "Follows from the python result that Rust does not have before tools 2.17.1"


def test_what_follows_from_the_missing_python_result_is_gone_where_the_result_is_there(tmp_path: Path) -> None:
    entries = [one for one in load_expectations(load_suite(), datetime.now(UTC).date()) if FOLLOWS in one.reason]
    cases = sorted({one.case_id for one in entries})
    assert len(cases) > 10
    profile = (project_root() / "fixtures/pools/rust@5.10.0.yaml").read_text()
    mended = tmp_path / "mended.yaml"
    mended.write_text(profile.replace("python_tool: {value: stdout", "python_tool: {value: captured"))
    assert mended.read_text() != profile

    harness = str(Path(sys.executable).with_name("noetl-harness"))
    arguments = ["run", *cases, "--candidate", str(mended), "--format", "json", "--runs", str(tmp_path)]
    done = subprocess.run([harness, *arguments], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    assert done.returncode == 1  # each entry that matches nothing is an unexpected pass
    verdict = json.loads(done.stdout)
    assert verdict["counts"]["decided"] == len(cases)
    excused = [(pair["case"]["id"], finding, entry) for pair in verdict["pairs"] for finding, entry in pair["excused"]]
    assert [case for case, _, entry in excused if FOLLOWS in entry["reason"]] == []
    unmet = {(entry["case_id"], entry["fingerprint"]) for pair in verdict["pairs"] for entry in pair["unmet"]}
    assert unmet >= {(one.case_id, one.fingerprint) for one in entries}
