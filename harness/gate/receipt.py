"""The gate's receipt: what was held against what, with the digest of every part, so that anybody can do it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.files.baselines import load_baseline, load_gate_rules
from harness.judge.gate import gate, require_same_pools
from harness.judge.run import judge
from harness.model.errors import HarnessError, Location
from harness.model.gate import GateVerdict
from harness.recording.read import open_recording
from harness.recording.write import write_whole
from harness.report import json as report
from harness.report.plain import plain

RECEIPT = "gate/receipt.json"
BASELINE = "gate/baseline.json"
RULES = "gate/gate.yaml"


@dataclass(frozen=True, slots=True)
class Receipt:
    """`digests` are SHA-256 by file inside the run's folder; `evidence` is one digest over all evidence files.
    `verdict` is the digest of the verdict as JSON, `gate` the gate's whole answer."""

    run_id: str
    digests: Mapping[str, str]
    evidence: str
    verdict: str
    gate: Mapping[str, Any]


_RECEIPT: TypeAdapter[Receipt] = TypeAdapter(Receipt)


def pass_gate(folder: Path, baseline: Path, rules: Path) -> GateVerdict:
    """Judge the recording in `folder`, hold it against both files, and leave a receipt beside copies of them."""
    require_same_pools(judge(open_recording(folder).request()), load_baseline(baseline))
    load_gate_rules(rules)
    for name, source in ((BASELINE, baseline), (RULES, rules)):
        write_whole(folder / name, source.read_bytes())
    verdict, receipt = _passed(folder)
    write_whole(folder / RECEIPT, _RECEIPT.dump_json(receipt, indent=2) + b"\n")
    return verdict


def verify(folder: Path) -> tuple[GateVerdict, tuple[str, ...]]:
    """Do all of it again from the folder alone. Returns the gate's answer now, and what is not as the receipt says."""
    path = folder / RECEIPT
    try:
        kept = _RECEIPT.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise HarnessError(
            "there is no receipt that can be read",
            "Hold the recording against a baseline first: `noetl-harness gate RECORDING --baseline FILE`.",
            where=Location(str(path)),
        ) from None
    verdict, now = _passed(folder)
    return verdict, tuple(_departures(kept, now))


def _passed(folder: Path) -> tuple[GateVerdict, Receipt]:
    recording = open_recording(folder)
    run = judge(recording.request())
    verdict = gate(run, load_baseline(folder / BASELINE), load_gate_rules(folder / RULES))
    files = ("manifest.json", "recording.jsonl", BASELINE, RULES)
    evidence = hashlib.sha256()
    for leg in recording.legs.values():
        evidence.update(_digest(folder / leg.file).encode())
    receipt = Receipt(
        run_id=run.run_id,
        digests={name: _digest(folder / name) for name in files},
        evidence=evidence.hexdigest(),
        verdict=hashlib.sha256(report.text(run).encode()).hexdigest(),
        gate=json.loads(json.dumps(plain(verdict))),
    )
    return verdict, receipt


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"


def _departures(kept: Receipt, now: Receipt) -> Iterator[str]:
    for name in sorted({*kept.digests, *now.digests}):
        if kept.digests.get(name) != now.digests.get(name):
            yield f"{name} is not the file that the gate saw"
    for name, one, other in (
        ("the evidence", kept.evidence, now.evidence),
        ("the verdict", kept.verdict, now.verdict),
        ("the run", kept.run_id, now.run_id),
        ("the gate's answer", kept.gate, now.gate),
    ):
        if one != other:
            yield f"{name} is another one now"
