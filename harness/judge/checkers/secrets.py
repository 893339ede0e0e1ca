"""Does a secret that the harness handed to a lane show in what the pools and the server wrote?

The recording has a mark in its place (`harness.recording.redact`), so that nobody reads it here either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from harness.judge.checkers.base import LegContext
from harness.judge.paths import pointer
from harness.model.finding import Checker, Finding, Weight
from harness.model.secrets import LEAKED

_COLUMNS = ("context", "result", "meta", "error")
_MOST_LINES = 3


def check_leg(leg: LegContext) -> tuple[Finding, ...]:
    """One finding for each kind of place: `secret in call.done`, `secret in a stored result`, `secret in a log record`,
    with the pointer of the first one."""
    found: defaultdict[str, list[tuple[str, str, str | None]]] = defaultdict(list)
    for where, line, step, value in _texts(leg):
        if _holds(value):
            found[where] += [(place, f"{line} at {place}" if place else line, step) for place in _places(value, ())]
    return tuple(
        Finding(
            Checker.SECRETS,
            leg.case.id,
            f"secret in {where}",
            f"a secret that the harness handed to the lane shows in {where}",
            Weight.DIVERGES,
            leg.side,
            shown[0][2],
            shown[0][0] or None,
            evidence=tuple(line for _, line, _ in shown[:_MOST_LINES]),
        )
        for where, shown in found.items()
    )


def _texts(leg: LegContext) -> Iterator[tuple[str, str, str | None, Any]]:
    """What may show a secret: the kind of place, how people find it, the step, and the value itself."""
    for event in leg.evidence.events:
        columns = {name: value for name in _COLUMNS if (value := getattr(event, name))}
        line = f"event {event.event_id} {event.event_type} of {event.node_name}"
        yield event.event_type, line, event.node_name, columns
    for stored in leg.evidence.stored:
        yield "a stored result", f"the result stored as {stored.ref}", None, stored.data
    for record in leg.evidence.log:
        yield "a log record", f"{record.source}: {record.text}", None, record.text


def _holds(value: Any) -> bool:
    """Whether the mark is anywhere in a JSON value. Most have none, and writing one out is faster than walking it."""
    return LEAKED in repr(value)


def _places(value: Any, path: tuple[str | int, ...]) -> Iterator[str]:
    match value:
        case str() if LEAKED in value:
            yield pointer(*path)
        case Mapping():
            for key, child in value.items():
                if LEAKED in str(key):
                    yield pointer(*path, key)
                yield from _places(child, (*path, key))
        case list() | tuple():
            for index, child in enumerate(value):
                yield from _places(child, (*path, index))
