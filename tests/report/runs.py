"""Recorded runs with one case of every kind that a report must tell apart."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from builders import TODAY, Step, candidate, reference, stranded
from recorded import MANIFEST, YARDSTICK, begun

from harness.judged import Judged
from harness.model.evidence import Evidence, LogLine
from harness.model.expectation import Expectation
from harness.model.suite import Case
from harness.report import write

SECRET = "s3cr3t-pass"
"""The harness handed it to the lanes: it must not show in any report."""

TYPED = "hunter2-typed-by-a-person"
"""Somebody wrote it into a playbook and a log, where it has the form of a secret."""

SOURCE = f"""\
metadata: {{name: example, path: suite/example}}
workload: {{dsn: "postgresql://noetl:{TYPED}@db/noetl"}}
workflow:
  - step: start
    tool: {{kind: python, code: "result = 1"}}
  - step: fetch
    tool: {{kind: postgres, query: "select 1"}}
"""

KNOWN = Expectation(
    "data/known",
    "python data at /count has another value",
    "rust",
    "",
    "The Rust worker counts from one.",
    "noetl/worker#98, spec: noetl-rust 3.4",
    "harness-team",
    TODAY + timedelta(days=9),
    "playbooks/expectations/data/known.yaml",
)

CASES = (
    "python/same",
    "data/differs",
    "data/known",
    "auth/zombie",
    "names/x[python]",
    "names/x[rust]",
    "names/größe 日本",
    "data/better",
    "slow/not_run",
)
"""In the order of the suite. Two of them would be one test for who cuts brackets off."""

STATES = {
    "python/same": "passed",
    "data/differs": "failed",
    "data/known": "known",
    "auth/zombie": "failed",
    "names/x[python]": "passed",
    "names/x[rust]": "failed",
    "names/größe 日本": "failed",
    "data/better": "failed",
    "slow/not_run": "undecided",
}
"""By case, as `gravest` has it."""


def evidence() -> tuple[Evidence, ...]:
    """The legs: `slow/not_run` has only one."""
    return (
        *_pair("python/same", 1, 1),
        *_pair("data/differs", SECRET, f"{SECRET}2"),
        *_pair("data/known", 1, 2, at="count"),
        reference(Step("start", {"v": 1}), Step("fetch", kind="postgres"), case_id="auth/zombie"),
        _complaining(replace(stranded("fetch", "expected struct AuthConfig"), case_id="auth/zombie")),
        *_pair("names/x[python]", 1, 1),
        *_pair("names/x[rust]", 1, 2),
        *_pair("names/größe 日本", "naïve\x00 日本 ]]> <b>", "\ud800 ::error::, %0A"),
        *_pair("data/better", 1, 1),
        reference(Step("start", {"v": 1}), case_id="slow/not_run"),
    )


def record_run(runs: Path, legs: Sequence[Evidence] | None = None, cases: Sequence[str] = CASES) -> Path:
    """The folder of a whole recording."""
    yardstick = replace(YARDSTICK, expectations=(KNOWN, replace(KNOWN, case_id="data/better")))
    told = [Case(name, "suite/example", f"playbooks/{name}.yaml", SOURCE, tags=("row_1",)) for name in cases]
    recorder = begun(runs, told, (SECRET,), MANIFEST, yardstick)
    for leg in evidence() if legs is None else legs:
        recorder.leg(leg)
    recorder.close(1.0)
    return recorder.folder


def text(form: str, run: Judged) -> str:
    """A report that is one text."""
    out = io.StringIO()
    write(form, run, out)
    return out.getvalue()


def _pair(case_id: str, left: object, right: object, at: str = "v") -> tuple[Evidence, Evidence]:
    return (
        reference(Step("start", {at: left}), case_id=case_id),
        candidate(Step("start", {at: right}), case_id=case_id),
    )


def _complaining(leg: Evidence) -> Evidence:
    said = LogLine("worker.log", f"ERROR password={TYPED} {SECRET} \x1b[2J", level="ERROR", execution_id=1)
    return replace(leg, log=(*leg.log, said))
