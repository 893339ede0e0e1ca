"""Is an execution RUNNING that nobody is working on? `harness.judge.hangs` proves it; here it becomes findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from harness.judge.checkers.base import LegContext, label
from harness.judge.hangs import Hang, hangs
from harness.model.event import EventRow
from harness.model.finding import Checker, Edge, Finding, Weight

_SAID_BY_THE_TERMINAL_CHECKER = frozenset({Edge.NOT_TERMINAL, Edge.STALE_STATUS})

_PUBLISHED_AGAIN = timedelta(seconds=30)
"""How long a command may be PENDING until NoETL publishes it a second time (spec: noetl-python 3.3)."""


def check_leg(leg: LegContext) -> tuple[Finding, ...]:
    """One finding for each step that is stranded, naming the missing edge, and information on each command that was
    stranded until somebody came."""
    found = [hang for hang in hangs(leg) if hang.edge not in _SAID_BY_THE_TERMINAL_CHECKER]
    return (*_findings(leg, found), *_waited(leg))


def _findings(leg: LegContext, found: Sequence[Hang]) -> Iterator[Finding]:
    first = {(_step(hang), hang.edge, hang.fingerprint): hang for hang in reversed(found)}
    for number, hang in enumerate(reversed(first.values())):
        yield Finding(
            Checker.ZOMBIE,
            leg.case.id,
            hang.fingerprint,
            _message(leg, hang),
            Weight.DIVERGES,
            leg.side,
            _step(hang),
            edge=hang.edge,
            evidence=hang.evidence,
            consequence=number > 0 and hang.fingerprint == found[0].fingerprint,
        )


def _step(hang: Hang) -> str | None:
    return hang.call.key.step if hang.call else None


def _message(leg: LegContext, hang: Hang) -> str:
    if hang.call is None:
        return "the execution runs, and the next command was never issued"
    return f"{label(hang.call.key, leg.case)} is {hang.edge}, and nobody works on it"


def _waited(leg: LegContext) -> Iterator[Finding]:
    """Commands for which no worker was there in time. They ran in the end, which is no hang."""
    events = {(event.command_id, event.event_type): event for event in reversed(leg.evidence.events)}
    for call in leg.outcome.calls:
        issued, claimed = (events.get((call.command_id, name)) for name in ("command.issued", "command.claimed"))
        if issued and claimed and claimed.created_at - issued.created_at >= _PUBLISHED_AGAIN:
            yield Finding(
                Checker.ZOMBIE,
                leg.case.id,
                "no worker claimed a command until NoETL published it again",
                f"{label(call.key, leg.case)} waited for a worker",
                Weight.INFO,
                leg.side,
                call.key.step,
                evidence=(_wait(issued, claimed), *_notices(leg, call.command_id)),
            )


def _wait(issued: EventRow, claimed: EventRow) -> str:
    seconds = (claimed.created_at - issued.created_at).total_seconds()
    return (
        f"command {issued.command_id} was issued at {issued.created_at.isoformat()} and claimed {seconds:.1f} s later"
    )


def _notices(leg: LegContext, command_id: int) -> tuple[str, ...]:
    """What the control plane says when it publishes a command again (spec: noetl-live 5)."""
    lines = (line for line in leg.evidence.log if str(command_id) in line.text and "PUBLISH-RECOVERY" in line.text)
    return tuple(f"{line.source}: {line.text}" for line in lines)[:1]
