"""CTRF, the Common Test Report Format 0.0.0 (https://ctrf.io): a test for each case with a step for each check."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, TextIO

from harness.judged import Judged
from harness.model.check import CheckState, gravest
from harness.model.secrets import blotted_value
from harness.model.verdict import Pair
from harness.report import words

_STATUS: Mapping[CheckState, str] = {
    CheckState.PASSED: "passed",
    CheckState.KNOWN: "skipped",
    CheckState.UNDECIDED: "other",
    CheckState.FAILED: "failed",
}
"""A difference on record is no failure, and what nobody could decide is neither."""


def write(run: Judged, out: TextIO) -> None:
    """What is wrong with the run as a whole makes its environment unhealthy."""
    verdict, manifest = run.verdict, run.manifest
    tests = [_test(run, pair) for pair in verdict.pairs]
    counted = Counter(test["status"] for test in tests)
    start = round(1000 * manifest.started.timestamp())
    summary = {
        "tests": len(tests),
        **{one: counted[one] for one in ("passed", "failed", "skipped", "pending", "other")},
    }
    wrong = list(words.alarms(verdict))
    report = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "runId": verdict.run_id,
        "timestamp": manifest.started.isoformat(),
        "generatedBy": "noetl-harness",
        "results": {
            "tool": {"name": "noetl-harness", "version": manifest.tools.get("noetl-harness", "unknown")},
            "summary": {**summary, "start": start, "stop": start + round(1000 * verdict.seconds)},
            "tests": tests,
            "environment": {
                "testEnvironment": manifest.deployment,
                "healthy": not wrong,
                "extra": {**dict(words.pools(verdict)), "wrong": wrong},
            },
            "extra": {"summary": words.summary(verdict), "exit": verdict.exit},
        },
    }
    out.write(json.dumps(blotted_value(report), indent=2, ensure_ascii=False) + "\n")


def _test(run: Judged, pair: Pair) -> dict[str, Any]:
    checks = run.checks[pair.case.id]
    state = gravest(checks)
    told = [line for check in checks for line in words.on_record(check)]
    told = [words.standing(pair), *words.departures(pair), *told]
    test = {
        "name": pair.case.id,
        "status": _STATUS[state],
        "rawStatus": f"{pair.verdict.value}, {pair.standing.value}",
        "duration": round(1000 * (pair.reference.evidence.seconds + pair.candidate.evidence.seconds)),
        "suite": [f"{run.verdict.reference} against {run.verdict.candidate}", *pair.case.id.split("/")[:-1]],
        "type": "parity",
        "filePath": pair.case.file,
        "tags": list(pair.case.tags),
        "steps": [{"name": check.name.value, "status": _STATUS[check.state]} for check in checks],
        "extra": {"reproduce": words.reproduce(run.verdict, pair), "owners": list(words.owners(pair))},
    }
    return test if state is CheckState.PASSED else {**test, "message": told[0], "trace": "\n".join(told)}
