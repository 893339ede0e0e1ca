"""The first facts of a recording: what was compared, by what it is judged, and which cases there are."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.judge.yardstick import Yardstick
from harness.model.deployment import DeploymentRequest
from harness.model.suite import Case
from harness.recording.facts import CaseFact, Header, Manifest, YardstickFact
from harness.recording.redact import Redactor
from harness.recording.write import Recorder, manifest_digest


def begin(
    runs: Path,
    manifest: Manifest,
    pools: DeploymentRequest,
    yardstick: Yardstick,
    cases: Sequence[Case],
    known_secrets: Iterable[str],
    *,
    target: str | None,
) -> Recorder:
    """A new recording in `runs` that waits for its legs. `known_secrets` are what was handed to the lanes, `target`
    names where the pools run."""
    recorder = Recorder.create(runs, manifest, Redactor(known_secrets, secrets.token_bytes(32)))
    recorder.add(
        Header(
            run_id=manifest.run_id,
            manifest=manifest_digest(manifest),
            suite_digest=manifest.suite_digest,
            routing=pools.routing,
            reference=pools.reference,
            candidate=pools.candidate,
            python_pool=pools.python_pool,
            target=target,
        )
    )
    recorder.add(YardstickFact(yardstick))
    for case in cases:
        recorder.add(CaseFact(case))
    return recorder
