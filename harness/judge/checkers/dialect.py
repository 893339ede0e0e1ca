"""Is there an event that no dialect knows?"""

from __future__ import annotations

from harness.judge.checkers.base import LegContext
from harness.model.finding import Checker, Finding, Weight


def check_leg(leg: LegContext) -> tuple[Finding, ...]:
    """One finding of weight `unknown` for each: what the harness can not read it can not call equal."""
    return tuple(
        Finding(
            Checker.DIALECT,
            leg.case.id,
            f"unknown event: {name}",
            f"the history holds {name}, which no dialect maps",
            Weight.UNKNOWN,
            leg.side,
            evidence=tuple(
                f"event {event.event_id} {event.event_type} of {event.node_name}"
                for event in leg.evidence.events
                if event.event_type == name
            )[:3],
        )
        for name in leg.outcome.unknown_events
    )
