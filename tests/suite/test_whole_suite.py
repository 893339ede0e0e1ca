"""The smoke set as people run it: the default pools, and the day of 2026-06-02 with what mended it, step by step."""

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
SEQUENCES = {
    "sequence/thread_prev",
    "sequence/retry",
    "sequence/jump",
    "sequence/break",
    "sequence/single_tool_policy",
    "composition/awaited",
}
ALIASES = {
    "arcs/error_arc",
    "postgres/by_alias",
    "postgres/sql_error",
    "http/by_alias",
    "credentials/unknown_alias",
}


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [HARNESS, "run", "set:smoke", "--format", "json", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
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


def candidate_legs(verdict: dict[str, Any], cases: set[str]) -> dict[str, str]:
    return {
        pair["case"]["id"]: pair["candidate"]["verdict"] for pair in verdict["pairs"] if pair["case"]["id"] in cases
    }


def claims(verdict: dict[str, Any], side: str) -> dict[str, int]:
    """Pool to number of task_sequence commands that it claimed on this side's lane."""
    return {
        claim["pool_id"]: claim["count"]
        for claim in verdict["claims"]
        if claim["side"] == side and claim["tool_kind"] == "task_sequence"
    }


def test_the_default_pools_agree_but_for_what_is_on_record() -> None:
    code, verdict = run()
    assert code == 0
    assert verdict["counts"]["decided"] == verdict["counts"]["total"] == len(verdict["pairs"])
    assert (verdict["counts"]["unexpected"], verdict["counts"]["indeterminate"]) == (0, 0)
    assert {cause["fingerprint"] for cause in verdict["causes"]} == {
        "Tool not found: workbook",
        "http: error masked as call.done",
        "python: error masked as call.done",
        "duckdb result is {row_count}",
        "python data at /answer_seen has another value",
        "python data at /header_sent has another value",
        "playbook data at /status has another value",
        "playbook data lacks /duration, /id; has /async, /path",
    }
    assert all(cause["known"] and cause["reason"] for cause in verdict["causes"])


def test_the_day_of_2026_06_02_has_exactly_two_causes() -> None:
    code, verdict = run("--candidate", "rust@5.9.0", "--routing", "4.11.0")
    assert code == 1
    assert unexpected(verdict) == {"Tool not found: task_sequence": SEQUENCES, "expected struct AuthConfig": ALIASES}
    assert set(candidate_legs(verdict, SEQUENCES).values()) == {"failed"}
    assert set(candidate_legs(verdict, ALIASES).values()) == {"zombie"}
    edges = {
        finding["edge"]
        for pair in verdict["pairs"]
        for finding in pair["findings"]
        if finding["checker"] == "zombie" and finding["edge"]
    }
    assert edges == {"started and never finished"}


def test_routing_task_sequence_to_python_leaves_one_cause() -> None:
    code, verdict = run("--candidate", "rust@5.9.0", "--routing", "4.12.0")
    assert code == 1
    assert unexpected(verdict) == {"expected struct AuthConfig": ALIASES}


def test_resolving_aliases_leaves_what_is_on_record() -> None:
    code, verdict = run("--candidate", "rust@5.10.0", "--routing", "4.12.0")
    assert code == 0
    assert unexpected(verdict) == {}
    assert candidate_legs(verdict, {"credentials/unknown_alias"}) == {"credentials/unknown_alias": "zombie"}
    assert claims(verdict, "candidate") == {"rust@5.10.0": 0, "python@4.12.0": len(SEQUENCES)}
    candidate = next(lane for lane in verdict["lanes"] if lane["side"] == "candidate")
    delivered = {
        after["name"]: after["delivered"] - before["delivered"]
        for before, after in zip(candidate["before"]["consumers"], candidate["after"]["consumers"], strict=True)
    }
    assert delivered["noetl_worker_pool_python"] == len(SEQUENCES)
