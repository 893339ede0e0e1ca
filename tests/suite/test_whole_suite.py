"""The suite as people run it: the default pools, and the day of 2026-06-02 with what mended it, step by step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.embedded

HARNESS = str(Path(sys.executable).with_name("noetl-harness"))

NO_SEQUENCE = "Tool not found: task_sequence"
NO_ALIAS = "expected struct AuthConfig"

SEQUENCE_ROLES = {3, 4, 5, 6, 7, 8, 12, *range(14, 28), 29, 30, 31, 32, 36, 39}
"""Numbers of the 27 of NoETL's 53 regression playbooks that used task_sequence (spec: suite-53.json, static_gap)."""

ALIAS_ROLES = {1, 12, 14, 15, 21, 26, *range(28, 33), *range(35, 44), 47, 48, 49, 51, 52, 53}
"""Numbers of the 26 that used an alias in `auth:`."""


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [HARNESS, "run", "--format", "json", *arguments],
        capture_output=True,
        text=True,
        timeout=900,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def unexpected(verdict: dict[str, Any]) -> dict[str, set[str]]:
    """Causes that nothing excuses and by which executions end differently, with their cases."""
    return {
        cause["fingerprint"]: set(cause["cases"])
        for cause in verdict["causes"]
        if cause["ends_differently"] and not cause["known"]
    }


def ending_otherwise(pair: dict[str, Any]) -> set[str]:
    """Fingerprints of the unexcused findings by which this pair's legs end differently."""
    return {finding["fingerprint"] for finding in pair["findings"] if finding["ends_differently"]}


def claims(verdict: dict[str, Any], side: str) -> dict[str, int]:
    """Pool to number of task_sequence commands that it claimed on this side's lane."""
    return {
        claim["pool_id"]: claim["count"]
        for claim in verdict["claims"]
        if claim["side"] == side and claim["tool_kind"] == "task_sequence"
    }


def test_the_default_pools_agree_on_the_whole_suite_but_for_what_is_on_record() -> None:
    code, verdict = run()
    assert {cause["fingerprint"]: cause["cases"] for cause in verdict["causes"] if not cause["known"]} == {}
    assert code == 0
    assert verdict["counts"]["decided"] == verdict["counts"]["total"] == len(verdict["pairs"]) > 200
    assert (verdict["counts"]["unexpected"], verdict["counts"]["indeterminate"]) == (0, 0)
    assert verdict["controls"]["right"] == verdict["controls"]["total"] >= 14
    assert all(cause["known"] and cause["reason"] for cause in verdict["causes"])


def test_the_day_of_2026_06_02_has_exactly_two_causes_and_every_role_that_met_them_ends_so() -> None:
    code, verdict = run("--candidate", "rust@5.9.0", "--routing", "4.11.0")
    assert code == 1
    assert set(unexpected(verdict)) == {NO_SEQUENCE, NO_ALIAS}
    for pair in verdict["pairs"]:
        assert ending_otherwise(pair) <= {NO_SEQUENCE, NO_ALIAS}, pair["case"]["id"]
        wanted = {"Tool not found: task_sequence": "failed", "expected struct AuthConfig": "zombie"}
        for fingerprint in ending_otherwise(pair):
            assert pair["candidate"]["verdict"] == wanted[fingerprint], pair["case"]["id"]

    roles = {pair["case"]["role"]: pair for pair in verdict["pairs"] if pair["case"]["role"]}
    assert set(roles) == set(range(1, 54))
    affected = {role for role, pair in roles.items() if ending_otherwise(pair) or pair["excused"]}
    assert affected >= SEQUENCE_ROLES | ALIAS_ROLES


def test_routing_task_sequence_to_python_leaves_one_cause() -> None:
    code, verdict = run("--candidate", "rust@5.9.0", "--routing", "4.12.0", "set:core")
    assert code == 1
    assert set(unexpected(verdict)) == {NO_ALIAS}


def test_resolving_aliases_leaves_what_is_on_record() -> None:
    code, verdict = run("--candidate", "rust@5.10.0", "--routing", "4.12.0", "set:core", "credentials/unknown_alias")
    assert code == 0
    assert unexpected(verdict) == {}
    pairs = {pair["case"]["id"]: pair for pair in verdict["pairs"]}
    assert pairs["credentials/unknown_alias"]["candidate"]["verdict"] == "zombie"
    claimed = claims(verdict, "candidate")
    assert claimed["rust@5.10.0"] == 0
    assert claimed["python@4.12.0"] > 0
    candidate = next(lane for lane in verdict["lanes"] if lane["side"] == "candidate")
    delivered = {
        after["name"]: after["delivered"] - before["delivered"]
        for before, after in zip(candidate["before"]["consumers"], candidate["after"]["consumers"], strict=True)
    }
    assert delivered["noetl_worker_pool_python"] >= claimed["python@4.12.0"]
