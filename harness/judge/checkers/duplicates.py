"""Was anything done twice: a command executed, a loop iteration or a step issued? Its side effects happened twice then.

NoETL 4.12.0 does the first where two consumers deliver one command, and the second in loops over a list of tools (spec:
noetl-live 1.4, noetl-python 1.6).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from harness.judge.checkers.base import LegContext, label
from harness.judge.dialect import EVENT_NAMES
from harness.judge.project import SUFFIX
from harness.model.envelope import Call, Letter
from harness.model.event import EventRow
from harness.model.finding import Checker, Finding, Weight
from harness.model.json import canonical


def check_leg(leg: LegContext) -> tuple[Finding, ...]:
    """One finding for each command that two workers had or that ran twice, and for each that repeats an earlier one."""
    taken_over = _taken_over(leg)
    executed = (
        finding for call in leg.outcome.calls for finding in _executed_twice(leg, call, taken_over.get(call.command_id))
    )
    return (*executed, *_issued_twice(leg))


def _taken_over(leg: LegContext) -> dict[int, str]:
    """Why a command was claimed again, by command: the first reason that was given."""
    reasons: dict[int, str] = {}
    for event in leg.evidence.events:
        if event.command_id is not None and event.event_type == "command.claimed" and event.meta.get("reclaimed"):
            reasons.setdefault(event.command_id, str(event.meta.get("reclaimed_reason") or "no reason given"))
    return reasons


def _executed_twice(leg: LegContext, call: Call, taken_over: str | None) -> Iterator[Finding]:
    if Letter.CANCELLED in call.letters:
        return
    again = [letter for letter in dict.fromkeys(call.letters) if call.letters.count(letter) > 1]
    if taken_over is not None:
        fingerprint = f"command taken over from a lost worker: {taken_over}"
    elif len(call.claimed_by) > 1:
        fingerprint = "command claimed by two workers"
    elif again:
        fingerprint = "command executed twice"
    else:
        return
    yield Finding(
        Checker.DUPLICATES,
        leg.case.id,
        fingerprint,
        f"{label(call.key, leg.case)}: {fingerprint}",
        Weight.DIVERGES,
        leg.side,
        call.key.step,
        evidence=(
            f"command {call.command_id}: {', '.join(EVENT_NAMES[letter] for letter in call.letters)}",
            f"claimed by {', '.join(call.claimed_by) or 'nobody'}",
        ),
    )


def _issued_twice(leg: LegContext) -> Iterator[Finding]:
    first: dict[Hashable, EventRow] = {}
    for event in leg.evidence.events:
        if event.event_type != "command.issued" or (work := _work(event)) is None:
            continue
        before = first.setdefault(work, event)
        if before.command_id != event.command_id:
            fingerprint = f"{'loop iteration' if _epoch(event) else 'step'} issued twice"
            step = event.node_name.removesuffix(SUFFIX)
            yield Finding(
                Checker.DUPLICATES,
                leg.case.id,
                fingerprint,
                f"{step}: {fingerprint}",
                Weight.DIVERGES,
                leg.side,
                step,
                evidence=tuple(
                    f"event {one.event_id} command.issued of {one.node_name}: command {one.command_id}"
                    for one in (before, event)
                ),
            )


def _work(event: EventRow) -> Hashable | None:
    """What a command is for. One run of a loop has each index once; one event leads to a step with one input once. None
    where the history does not say what a command follows from: a step may well be visited again."""
    step = (event.execution_id, event.node_name)
    if epoch := _epoch(event):
        return (*step, epoch, event.meta.get("loop_iteration_index"))
    if event.parent_event_id is None:
        return None
    return (*step, event.parent_event_id, canonical(event.context))


def _epoch(event: EventRow) -> str:
    return str(event.meta.get("loop_event_id") or "")
