"""Did each command go its way: issued, claimed, started, done or error, completed or failed, in order?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.judge.checkers.base import LegContext, label
from harness.judge.dialect import EVENT_NAMES
from harness.judge.project import CLOSED
from harness.model.envelope import Call, Letter
from harness.model.finding import Checker, Finding, Weight

_STAGE = {
    Letter.ISSUED: 0,
    Letter.CLAIMED: 1,
    Letter.STARTED: 2,
    Letter.DONE: 3,
    Letter.ERROR: 3,
    Letter.COMPLETED: 4,
    Letter.FAILED: 4,
    Letter.CANCELLED: 4,
}


def check_leg(leg: LegContext) -> tuple[Finding, ...]:
    """Findings on commands that left their way. A command that is open because the leg is not over is none of them:
    that is the zombie checker's. What came twice is the duplicates checker's. `command.started` of a sequence may be
    lost under load, or come late: its worker waits 0.25 s for it and goes on (spec: noetl-python 2.9)."""
    over = leg.outcome.terminal is not None
    return tuple(finding for call in leg.outcome.calls for finding in _of_call(leg, call, over))


def _of_call(leg: LegContext, call: Call, over: bool) -> Iterator[Finding]:
    letters = call.letters
    if not letters:
        yield _finding(leg, call, "a command row without events", Weight.UNKNOWN)
        return
    if Letter.CANCELLED in letters:
        return
    once = tuple(dict.fromkeys(letters))
    informal = {Letter.STARTED} if call.tool_kind == "task_sequence" else frozenset[Letter]()
    if not _in_order(letter for letter in once if letter not in informal):
        yield _finding(leg, call, f"events out of order: {_names(once)}", Weight.DIVERGES)
    elif not _in_order(once):
        yield _finding(leg, call, "command.started came late", Weight.INFO)
    if {Letter.DONE, Letter.ERROR} <= set(once) or {Letter.COMPLETED, Letter.FAILED} <= set(once):
        yield _finding(leg, call, f"two ends of one command: {_names(once)}", Weight.DIVERGES)
    elif {Letter.DONE, Letter.FAILED} <= set(once) or {Letter.ERROR, Letter.COMPLETED} <= set(once):
        yield _finding(leg, call, f"a command ended otherwise than its call: {_names(once)}", Weight.DIVERGES)
    for letter in _missing(once):
        weight = Weight.INFO if letter in informal else Weight.DIVERGES
        yield _finding(leg, call, f"{EVENT_NAMES[letter]} is missing", weight)
    if over and not CLOSED & set(once):
        yield _finding(leg, call, f"the execution ended while a command was open, after {_names(once[-1:])}")


def _in_order(letters: Iterable[Letter]) -> bool:
    stages = [_STAGE[letter] for letter in letters]
    return stages == sorted(stages)


def _missing(once: tuple[Letter, ...]) -> Iterator[Letter]:
    """Letters that a later one presumes."""
    last = max(_STAGE[letter] for letter in once)
    for letter in (Letter.ISSUED, Letter.CLAIMED, Letter.STARTED):
        if letter not in once and _STAGE[letter] < last:
            yield letter
    if last == _STAGE[Letter.COMPLETED] and not {Letter.DONE, Letter.ERROR} & set(once):
        yield Letter.DONE if Letter.COMPLETED in once else Letter.ERROR


def _finding(leg: LegContext, call: Call, fingerprint: str, weight: Weight = Weight.DIVERGES) -> Finding:
    return Finding(
        Checker.LIFECYCLE,
        leg.case.id,
        fingerprint,
        f"{label(call.key, leg.case)}: {fingerprint}",
        weight,
        leg.side,
        call.key.step,
        evidence=(
            f"command {call.command_id}: {_names(call.letters) or 'no event'}",
            f"claimed by {', '.join(call.claimed_by) or 'nobody'}",
        ),
    )


def _names(letters: tuple[Letter, ...]) -> str:
    return ", ".join(EVENT_NAMES[letter] for letter in letters)
