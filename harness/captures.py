"""From raw captures to a recording that can be judged, without a deployment."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.files.rules import load_fingerprints, load_rules
from harness.judge.dialect import BEGINNINGS
from harness.judge.yardstick import Yardstick
from harness.model.deployment import DeploymentRequest
from harness.model.errors import HarnessError
from harness.model.evidence import Evidence
from harness.model.lane import Side
from harness.model.suite import Case
from harness.recording.begin import begin
from harness.recording.capture import EVENTS_FILE, read_capture
from harness.recording.identity import manifest_of


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Which captures, and which pools they are of: each folder holds one execution of the reference, or `reference/`
    and `candidate/` with one each. `runs` gets the recording; `argv` is what the person typed."""

    captures: Sequence[Path]
    pools: DeploymentRequest
    runs: Path
    argv: Sequence[str]


def import_captures(request: ImportRequest) -> Path:
    """Write the recording and return its folder. Captures are of real workers, whatever pool they are said to be.

    Every capture is read before anything is written. Raises `HarnessError` (usage) for one that is broken.
    """
    begun = time.monotonic()
    pools = request.pools.real()
    legs: list[Evidence] = []
    cases: list[Case] = []
    for folder in request.captures:
        own = list(_legs(folder, pools))
        cases.append(_case(folder, own[0]))
        legs += own
    _check_names(cases)
    digest = hashlib.sha256("\0".join(f"{case.id}\0{case.source}" for case in cases).encode()).hexdigest()
    manifest = manifest_of(pools, "captures", digest, None, request.argv)
    yardstick = Yardstick((), load_rules(), load_fingerprints(), datetime.now(UTC).date())
    recorder = begin(request.runs, manifest, pools, yardstick, cases, (), target=None)
    try:
        for leg in legs:
            recorder.leg(leg)
        recorder.close(time.monotonic() - begun)
    finally:
        recorder.abandon()
    return recorder.folder


def _legs(folder: Path, pools: DeploymentRequest) -> Iterator[Evidence]:
    if (folder / EVENTS_FILE).exists():
        yield read_capture(folder, folder.resolve().name, Side.REFERENCE, pools.reference)
        return
    sides = {side: folder / side for side in Side}
    if not all(one.is_dir() for one in sides.values()):
        raise HarnessError(
            f"{folder} is no capture: it has neither {EVENTS_FILE} nor the folders reference/ and candidate/",
            "Name folders that hold one execution each, such as captures/*.",
        )
    for side, pool in ((Side.REFERENCE, pools.reference), (Side.CANDIDATE, pools.candidate)):
        yield read_capture(sides[side], folder.resolve().name, side, pool)


def _case(folder: Path, leg: Evidence) -> Case:
    """How it should end nobody has said."""
    files = (folder / "playbook.yaml", folder / Side.REFERENCE / "playbook.yaml")
    file = next((one for one in files if one.is_file()), folder)
    own = (event for event in leg.events if event.execution_id == leg.execution_id)
    path = next((event.node_name for event in own if event.event_type in BEGINNINGS), "")
    source = file.read_text("utf-8", "replace") if file != folder else ""
    return Case(leg.case_id, path, str(file), source, expect=None)


def _check_names(cases: Sequence[Case]) -> None:
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise HarnessError(
                f"two captures have the name {case.id}", "Rename one of the folders: a case is called as its folder is."
            )
        seen.add(case.id)
