"""Makes recordings of small histories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from builders import KNOWN, PYTHON, RUST, TODAY

from harness.judge.yardstick import Yardstick
from harness.model.evidence import Evidence
from harness.model.lane import Side
from harness.model.suite import Case
from harness.recording.facts import CaseFact, Header, Manifest, PoolIdentity, YardstickFact
from harness.recording.redact import Redactor
from harness.recording.write import Recorder, manifest_digest

MANIFEST = Manifest(
    run_id="20261125T080000-abcdef",
    started=datetime(2026, 11, 25, 8, tzinfo=UTC),
    suite_digest="digest",
    routing="4.12.0",
    deployment="embedded",
    pools=(PoolIdentity(Side.REFERENCE, PYTHON.id, PYTHON.version, False, None),),
    tools={"python": "3.11"},
    seed=None,
    argv=("run",),
)

YARDSTICK = Yardstick((), (), tuple(KNOWN), TODAY)


def begun(
    runs: Path,
    cases: Iterable[Case],
    secrets: Sequence[str] = (),
    manifest: Manifest = MANIFEST,
    yardstick: Yardstick = YARDSTICK,
) -> Recorder:
    """A recording with its first facts and these cases."""
    recorder = Recorder.create(runs, manifest, Redactor(secrets, b"key"))
    header = Header(manifest.run_id, manifest_digest(manifest), "digest", "4.12.0", PYTHON, RUST, PYTHON)
    recorder.add(header)
    recorder.add(YardstickFact(yardstick))
    for case in cases:
        recorder.add(CaseFact(case))
    return recorder


def record(
    runs: Path,
    *legs: Evidence,
    secrets: Sequence[str] = (),
    manifest: Manifest = MANIFEST,
    yardstick: Yardstick = YARDSTICK,
) -> Path:
    """The folder of a whole recording of these legs."""
    names = dict.fromkeys(leg.case_id for leg in legs)
    recorder = begun(runs, [Case(name, "suite/example", "x.yaml", "") for name in names], secrets, manifest, yardstick)
    for leg in legs:
        recorder.leg(leg)
    recorder.close(1.0)
    return recorder.folder
