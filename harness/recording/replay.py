"""Why a leg was over, told from its history alone: by the rules of `harness.drive.watch`, on its events' own clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from harness.drive.watch import SETTLE_DRAINED, LegWatch, command_given_up
from harness.judge.engine_state import EngineState, engine_state
from harness.model.event import EventRow
from harness.model.evidence import LegEnd, LogLine, StreamState


def replayed(
    root: int, events: Sequence[EventRow], seen_until: datetime, stream: StreamState | None, log: Iterable[LogLine]
) -> tuple[LegEnd, float]:
    """The end of the leg, and the seconds from its last news to `seen_until`. `events` is not empty.

    A longer look would show nothing else where the root has ended, or where its control plane has dealt with the last
    result and issued nothing: then the history counts as settled.
    """
    begun = min(event.created_at for event in events)
    watch = LegWatch(root, started=0.0, timeout=0.0)
    for event in sorted(events, key=lambda one: (one.created_at, one.event_id)):
        watch.see(event, (event.created_at - begun) / timedelta(seconds=1))
    now = (seen_until - begun) / timedelta(seconds=1)
    settled = root in watch.finished or engine_state(events, root) is EngineState.IDLE
    end = watch.end(
        max(now, watch.last_news + 2 * SETTLE_DRAINED) if settled else now,
        stream_empty=stream is not None and not any(one.pending for one in stream.consumers),
        given_up={command for line in log if (command := command_given_up(line)) is not None},
    )
    return end or LegEnd.TIMEOUT, max(0.0, now - watch.last_news)
