"""Which verdicts change when old evidence is held against another yardstick?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.files.baselines import load_baseline, load_gate_rules
from harness.gate.receipt import BASELINE, RULES
from harness.judge.gate import gate, require_same_pools
from harness.judge.run import judge
from harness.judge.yardstick import Yardstick
from harness.model.finding import Weight
from harness.model.verdict import Pair, RunVerdict
from harness.recording.read import open_recording


@dataclass(frozen=True, slots=True)
class Turn:
    """One pair whose verdict or standing is another one now; each side reads `same_pass, expected`."""

    case_id: str
    before: str
    now: str
    because: tuple[str, ...]
    """Fingerprints that diverge unexcused now and did not before, or the other way round, with + and -."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """One run judged twice. `gate_before` and `gate_now` are the gate's exit codes, None where none was asked."""

    run_id: str
    exit_before: int
    exit_now: int
    turns: tuple[Turn, ...]
    gate_before: int | None = None
    gate_now: int | None = None

    @property
    def changed(self) -> bool:
        """Whether anything is another way now."""
        gates = (self.gate_before, self.gate_now)
        return bool(self.turns) or self.exit_before != self.exit_now or (None not in gates and gates[0] != gates[1])


def backtest(folder: Path, yardstick: Yardstick, gate_files: tuple[Path, Path] | None) -> Backtest:
    """Judge the recording in `folder` by its own yardstick and by another one. `gate_files` are a baseline and rules
    that the later judgement is held against; the earlier one is held against those that the run passed, if it did."""
    recording = open_recording(folder)
    before, now = judge(recording.request()), judge(recording.request(yardstick))
    kept = (folder / BASELINE, folder / RULES)
    return Backtest(
        run_id=before.run_id,
        exit_before=before.exit,
        exit_now=now.exit,
        turns=tuple(_turns(before, now)),
        gate_before=_gate(before, kept) if all(file.exists() for file in kept) else None,
        gate_now=_gate(now, gate_files) if gate_files else None,
    )


def _gate(run: RunVerdict, files: tuple[Path, Path]) -> int:
    baseline = load_baseline(files[0])
    require_same_pools(run, baseline)
    return gate(run, baseline, load_gate_rules(files[1])).exit


def _turns(before: RunVerdict, now: RunVerdict) -> Iterator[Turn]:
    for old, new in zip(before.pairs, now.pairs, strict=True):
        texts = [f"{pair.verdict}, {pair.standing}" for pair in (old, new)]
        if texts[0] != texts[1] or _open(old) != _open(new):
            gone, come = _open(old) - _open(new), _open(new) - _open(old)
            because = (*(f"+ {name}" for name in sorted(come)), *(f"- {name}" for name in sorted(gone)))
            yield Turn(old.case.id, texts[0], texts[1], because)


def _open(pair: Pair) -> set[str]:
    return {finding.fingerprint for finding in pair.findings if finding.weight is Weight.DIVERGES}
