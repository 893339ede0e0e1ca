"""Do the events of each execution form one chain, where the store keeps one?

From NoETL 4.26 on an event names the one before it in its execution, `prev_event_id` (spec: noetl-python 5.1). Then
there is one event without a predecessor, none that names an event which is not there, no two that follow the same one,
and whoever follows the chain from its beginning comes by every event (spec: noetl-operations 4.4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from harness.judge.checkers.base import LegContext
from harness.model.event import EventRow
from harness.model.finding import Checker, Finding, Weight

_MOST_LINES = 3


def check_leg(leg: LegContext) -> tuple[Finding, ...]:
    """Findings on every execution whose events name predecessors. Where none does, the store keeps no chain."""
    families: defaultdict[int, list[EventRow]] = defaultdict(list)
    for event in leg.evidence.events:
        families[event.execution_id].append(event)
    return tuple(
        Finding(
            Checker.CHAIN,
            leg.case.id,
            f"chain of events: {fault}",
            f"the chain of events has a fault: {fault}",
            Weight.DIVERGES,
            leg.side,
            evidence=tuple(
                f"event {event.event_id} {event.event_type} of {event.node_name} after {event.prev_event_id or 'none'}"
                for event in shown[:_MOST_LINES]
            ),
        )
        for events in families.values()
        if any(event.prev_event_id is not None for event in events)
        for fault, shown in _faults(events)
    )


def _faults(events: Sequence[EventRow]) -> Iterator[tuple[str, list[EventRow]]]:
    """What is wrong, with the events that show it."""
    known = {event.event_id for event in events}
    after: defaultdict[int | None, list[EventRow]] = defaultdict(list)
    for event in events:
        after[event.prev_event_id].append(event)
    roots = after.pop(None, [])
    if len(roots) != 1:
        yield "more than one beginning" if roots else "no beginning", roots
    dangling = [event for previous, ones in after.items() if previous not in known for event in ones]
    if dangling:
        yield "an event after one that is not there", dangling
    forked = [event for previous, ones in after.items() if previous in known and len(ones) > 1 for event in ones]
    if forked:
        yield "two events after the same one", forked
    reached = _reached(after, [*roots, *dangling])
    apart = [event for event in events if event.event_id not in reached]
    if apart:
        yield "events in a circle", apart


def _reached(after: dict[int | None, list[EventRow]], beginnings: list[EventRow]) -> set[int]:
    reached: set[int] = set()
    waiting = beginnings
    while waiting:
        event = waiting.pop()
        if event.event_id not in reached:
            reached.add(event.event_id)
            waiting += after.get(event.event_id, [])
    return reached
