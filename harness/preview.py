"""The causes of a run that still goes on: its cases are judged one by one, as soon as their legs have ended.

What counts is the verdict at the end; only there it is known how long a leg of the run may be quiet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from harness.drive.events import DriveEvent, LegEnded, Listener, RecordingBegun
from harness.judge.cluster import causes
from harness.judge.run import judge_pair, leg_context
from harness.model.evidence import LegKey
from harness.model.lane import Side
from harness.model.verdict import Cause, Pair
from harness.recording.facts import FACT, LegFact
from harness.recording.read import Recording, open_recording
from harness.recording.write import RECORDING_FILE


@contextmanager
def previewing(tell: Callable[[tuple[Cause, ...]], None]) -> Iterator[Listener]:
    """A listener that hands all causes known so far to `tell` whenever a case is over. It judges beside the run, in a
    thread, so that no leg waits for it; what it has not come to when the run ends, it leaves."""
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="preview")
    told: list[Future[None]] = []
    preview: list[Preview] = []

    def listen(event: DriveEvent) -> None:
        match event:
            case RecordingBegun(folder):
                preview.append(Preview(Path(folder)))
            case LegEnded(leg) if preview:
                told.append(pool.submit(lambda: tell(preview[0].judged_with(leg))))
            case _:
                pass

    try:
        yield listen
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    for one in told:
        if not one.cancelled():
            one.result()  # a defect in there is one of ours, and is not passed over


class Preview:
    """What can be said of the recording in `folder` while it is being written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._recording: Recording | None = None
        self._read = 0
        self._pairs: dict[str, Pair] = {}

    def judged_with(self, leg: LegKey) -> tuple[Cause, ...]:
        """The causes of all cases that are over, now that `leg` is. A case is judged once both pools have run it, and
        again after a second leg of the reference."""
        recording = self._as_far_as_it_is()
        case = next(one for one in recording.cases if one.id == leg.case_id)
        if all(LegKey(case.id, side) in recording.legs for side in Side):
            request = recording.request()
            self._pairs[case.id] = judge_pair(request, *(leg_context(request, case, side) for side in Side))
        return causes(tuple(self._pairs.values()))

    def _as_far_as_it_is(self) -> Recording:
        if self._recording is None:
            self._recording = open_recording(self._folder)
        with (self._folder / RECORDING_FILE).open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                self._take(self._recording, line)
        return self._recording

    @staticmethod
    def _take(recording: Recording, line: bytes) -> None:
        """What is no fact is told when the recording is read as a whole."""
        try:
            fact = FACT.validate_json(line)
        except ValidationError:
            return
        if isinstance(fact, LegFact):
            recording.legs[fact.leg] = fact
