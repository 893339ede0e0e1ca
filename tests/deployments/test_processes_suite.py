"""The smoke set against a NoETL that others have set up: what is equal on the embedded deployment is equal there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from foreign import READER_PASSWORD, Foreign, write

pytestmark = pytest.mark.embedded

HARNESS = str(Path(sys.executable).with_name("noetl-harness"))


def smoke(runs: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [HARNESS, "run", "set:smoke", "--format", "json", "--runs", str(runs), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode in (0, 1, 3), done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    code, verdict = smoke(tmp_path_factory.mktemp("runs"))
    assert code == 0
    return verdict


def answers(verdict: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Case to what was said of it."""
    return {
        pair["case"]["id"]: (
            pair["verdict"],
            pair["standing"],
            pair["reference"]["verdict"],
            pair["candidate"]["verdict"],
        )
        for pair in verdict["pairs"]
    }


def causes(verdict: dict[str, Any]) -> set[str]:
    return {cause["fingerprint"] for cause in verdict["causes"]}


def check(verdict: dict[str, Any], embedded: dict[str, Any], *noetls: Foreign) -> None:
    assert answers(verdict) == answers(embedded)
    assert causes(verdict) == causes(embedded)
    assert (verdict["emulated"], verdict["real"]) == ([], ["python@4.12.0", "rust@5.15.1"])
    for noetl in noetls:
        with psycopg.connect(noetl.owner_dsn) as database:
            found = database.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE '%harness%'").fetchall()
        assert found == []


def claims(verdict: dict[str, Any], side: str) -> dict[str, int]:
    """Pool to number of commands that it claimed for the legs of this side."""
    counts: dict[str, int] = {}
    for claim in verdict["claims"]:
        if claim["side"] == side:
            counts[claim["pool_id"]] = counts.get(claim["pool_id"], 0) + claim["count"]
    return counts


def test_one_shared_stack_whose_pools_take_turns(
    foreigners: tuple[Foreign, Foreign], embedded: dict[str, Any], tmp_path: Path
) -> None:
    one, _ = foreigners
    reference = [one.python("shared", "python", "system")]
    candidate = [one.rust("shared"), one.rust("system"), one.python("python", role="python")]
    file = write(tmp_path / "shared.yaml", {"stack": one.stack()}, reference, candidate)
    code, verdict = smoke(tmp_path / "runs", "--target", f"processes:{file}")
    check(verdict, embedded, one)
    assert code == 0
    assert "rust@5.15.1" not in claims(verdict, "reference")
    assert claims(verdict, "candidate")["rust@5.15.1"] > 0
    secrets = (READER_PASSWORD, one.bus.password)
    for path in (tmp_path / "runs").rglob("*.json*"):
        assert not any(secret in path.read_text() for secret in secrets), path


def test_two_whole_stacks_side_by_side(
    foreigners: tuple[Foreign, Foreign], embedded: dict[str, Any], tmp_path: Path
) -> None:
    one, other = foreigners
    stacks = {"stacks": {"reference": one.stack(), "candidate": other.stack()}}
    reference = [one.python("shared", "python", "system")]
    candidate = [other.rust("shared"), other.rust("system"), other.python("python", role="python")]
    file = write(tmp_path / "two.yaml", stacks, reference, candidate)
    code, verdict = smoke(tmp_path / "runs", "--target", f"processes:{file}")
    check(verdict, embedded, one, other)
    assert code == 0
