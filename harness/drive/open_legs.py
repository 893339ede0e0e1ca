"""Which legs are at work at a moment."""

from __future__ import annotations

from harness.drive.events import DriveEvent, LegEnded, LegStarted, Listener
from harness.model.evidence import LegKey

_NAMES = 8
"""Legs that are named; more are counted."""


class OpenLegs:
    """A listener that knows which legs have begun and not ended, and tells all that it hears to another one."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._open: dict[LegKey, None] = {}

    def __call__(self, event: DriveEvent) -> None:
        match event:
            case LegStarted(leg):
                self._open[leg] = None
            case LegEnded(leg):
                del self._open[leg]
            case _:
                pass
        self._listener(event)

    def __str__(self) -> str:
        named = [f"{leg.case_id} on {leg.side}" for leg in self._open]
        more = f" and {len(named) - _NAMES} more" if len(named) > _NAMES else ""
        return f"{', '.join(named[:_NAMES])}{more}"
