"""What a run with two reference legs teaches: where the reference differs from itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from harness.files.noise import LIFETIME
from harness.model.errors import HarnessError
from harness.model.evidence import LegKey
from harness.model.finding import Weight
from harness.model.lane import Side
from harness.model.noise import NoiseEntry, NoiseRecord, Spot
from harness.model.suite import Suite
from harness.model.verdict import Pair, PairVerdict, RunVerdict
from harness.recording.read import Recording

_TEACHES_NOTHING = (PairVerdict.INDETERMINATE, PairVerdict.CONTAMINATED, PairVerdict.SKIPPED, PairVerdict.UNSUPPORTED)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a run shows of each case whose reference ran twice. `seen` are places of noise by case, none where the two
    legs were alike. `unstable` are cases in which they differ in what is protected: nothing can mask that."""

    run_id: str
    pool: str
    day: date
    seen: Mapping[str, frozenset[Spot]]
    unstable: tuple[str, ...]


def lesson(recording: Recording, run: RunVerdict, suite: Suite) -> Lesson:
    """The lesson of a recording and the verdict on it. Cases that the suite does not have teach nothing.

    Raises `HarnessError` when no case of the suite ran twice.
    """
    pairs = [pair for pair in run.pairs if pair.case.id in suite.ids and _teaches(pair, recording)]
    if not pairs:
        raise HarnessError(
            f"in the run {run.run_id} the reference ran no case of the suite twice",
            "Record a run with `noetl-harness run --aa`.",
        )
    return Lesson(
        run_id=run.run_id,
        pool=run.reference,
        day=recording.manifest.started.date(),
        seen={pair.case.id: frozenset(one.spot for one in pair.noise if one.again) for pair in pairs},
        unstable=tuple(pair.case.id for pair in pairs if _is_unstable(pair)),
    )


def learn(record: NoiseRecord, new: Lesson, today: date) -> NoiseRecord:
    """The record with what the lesson adds. Entries that have expired are dropped; a run that was learned from before
    changes nothing."""
    if new.run_id in record.learned:
        return record
    kept = {(one.case_id, one.pool, one.spot): _older(one, new) for one in record.entries if one.expires >= today}
    for case_id, spots in new.seen.items():
        for spot in spots - {one.spot for one in kept.values() if (one.case_id, one.pool) == (case_id, new.pool)}:
            entry = NoiseEntry(case_id, new.pool, spot, 1, 1, new.day, new.day, new.day + LIFETIME)
            kept[case_id, new.pool, spot] = entry
    return NoiseRecord((*record.learned, new.run_id), tuple(kept.values()))


def _older(entry: NoiseEntry, new: Lesson) -> NoiseEntry:
    """An entry with one run more, if the run says anything of its case."""
    if entry.pool != new.pool or entry.case_id not in new.seen:
        return entry
    if entry.spot not in new.seen[entry.case_id]:
        return replace(entry, runs=entry.runs + 1)
    first, last = min(entry.first, new.day), max(entry.last, new.day)
    return replace(
        entry,
        runs=entry.runs + 1,
        seen=entry.seen + 1,
        first=first,
        last=last,
        expires=max(entry.expires, last + LIFETIME),
    )


def changes(before: NoiseRecord, after: NoiseRecord) -> Iterator[tuple[NoiseEntry | None, NoiseEntry | None]]:
    """Every entry that is not as it was, as it was and as it is; None where it was not there."""
    old = {(one.case_id, one.pool, one.spot): one for one in before.entries}
    new = {(one.case_id, one.pool, one.spot): one for one in after.entries}
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            yield old.get(key), new.get(key)


def _teaches(pair: Pair, recording: Recording) -> bool:
    twice = LegKey(pair.case.id, Side.REFERENCE, 2) in recording.legs
    return twice and pair.verdict not in _TEACHES_NOTHING


def _is_unstable(pair: Pair) -> bool:
    return any(one.weight is Weight.UNSTABLE for one in pair.findings)
