"""Setting the calls of two legs side by side."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, zip_longest

from harness.judge.checkers.base import label
from harness.judge.dialect import EVENT_NAMES
from harness.model.envelope import Call, CallKey, Letter, Outcome, OutcomeClass
from harness.model.suite import Case
from harness.model.verdict import Moment


@dataclass(frozen=True, slots=True)
class Place:
    """One call key, with the call of each side that has it. `order` counts along the reference's history."""

    key: CallKey
    order: int
    reference: Call | None
    candidate: Call | None

    @property
    def call(self) -> Call:
        """The reference's call, or the candidate's where the reference has none."""
        call = self.reference or self.candidate
        assert call is not None
        return call


def align(reference: Outcome, candidate: Outcome) -> tuple[Place, ...]:
    """Places in the reference's order of issue, then those that only the candidate has, in its own."""
    left = {call.key: call for call in reference.calls}
    right = _matched(reference, candidate)
    keys = [*left, *(key for key in right if key not in left)]
    return tuple(Place(key, order, left.get(key), right.get(key)) for order, key in enumerate(keys))


def _matched(reference: Outcome, candidate: Outcome) -> dict[CallKey, Call]:
    """The candidate's calls under the keys of the reference's.

    Where branches run side by side, a step that several of them lead to is visited in any order: then visits that were
    given the same belong together.
    """
    if not (_has_branches(reference) or _has_branches(candidate)):
        return {call.key: call for call in candidate.calls}
    given = {call.key: call.issued_with for call in reference.calls}
    matched = {call.key: call for call in candidate.calls if given.get(call.key) == call.issued_with}
    placed = {call.command_id for call in matched.values()}
    late = [call for call in candidate.calls if call.command_id not in placed]
    for call in late:
        free = (key for key in given if key not in matched and _step(key) == _step(call.key))
        key = next((key for key in free if given[key] and given[key] == call.issued_with), None)
        if key is not None:
            matched[key] = call
            placed.add(call.command_id)
    for call in late:
        if call.command_id not in placed:
            visits = (replace(call.key, visit=number) for number in count(1))
            matched[next(key for key in visits if key not in matched)] = call
    return dict(sorted(matched.items(), key=lambda one: (one[1].issued_event, one[1].command_id)))


def _step(key: CallKey) -> tuple[str, str, int]:
    return key.playbook, key.step, key.iteration


def _has_branches(outcome: Outcome) -> bool:
    """Whether two calls of one execution were open at the same time."""
    ends: dict[int, int] = {}
    for call in outcome.calls:
        if call.issued_event < ends.get(call.execution_id, 0):
            return True
        ended = call.ended_event if call.ended_event is not None else sys.maxsize
        ends[call.execution_id] = max(ends.get(call.execution_id, 0), ended)
    return False


def follows(later: Place, earlier: Place) -> bool:
    """Whether `later` was issued after `earlier` had ended, on a side that has both; parallel calls do not follow.

    A call that waited for a child execution follows what happened inside the child. Where no side has both places, and
    where the earlier call never ended, the order of issue decides.
    """
    if later.key == earlier.key:
        return False
    for one, other in ((later.reference, earlier.reference), (later.candidate, earlier.candidate)):
        if one is None or other is None:
            continue
        if _contains(one, other):
            return True
        if _contains(other, one):
            return False
        if other.ended_event is not None:
            return one.issued_event > other.ended_event
    return later.order > earlier.order


def _contains(parent: Call, inner: Call) -> bool:
    return (
        parent.tool_kind == "playbook"
        and parent.execution_id != inner.execution_id
        and parent.issued_event < inner.issued_event
        and (parent.ended_event is None or inner.issued_event < parent.ended_event)
        and inner.key.playbook != parent.key.playbook
    )


def histories(
    case: Case, places: Iterable[Place], reference: Outcome, candidate: Outcome, other_data: frozenset[CallKey]
) -> tuple[Moment, ...]:
    """Both histories, call by call: parallel calls may come in any order. The last row is the end of the execution."""
    rows = [row for place in places for row in _rows(case, place, place.key in other_data)]
    ends = (_end(reference), _end(candidate))
    return (*rows, Moment(*ends, parts=ends[0] != ends[1]))


def _rows(case: Case, place: Place, other_data: bool) -> Iterator[Moment]:
    name = label(place.key, case)
    sides = [_texts(name, call) for call in (place.reference, place.candidate)]
    for one, other in zip_longest(*sides):
        done = other_data and one is not None and one == other and "call.done" in one
        yield Moment(one, f"{other}, other data" if done else other, parts=done or one != other)


def _texts(name: str, call: Call | None) -> tuple[str, ...]:
    if call is None:
        return ()
    return tuple(f"{name}  {EVENT_NAMES[letter]}{_suffix(letter, call)}" for letter in call.letters)


def _suffix(letter: Letter, call: Call) -> str:
    envelope = call.envelope
    if letter is Letter.DONE and envelope.outcome is not OutcomeClass.NONE:
        return " with an error inside" if envelope.outcome is OutcomeClass.MASKED else " ok"
    if letter is Letter.ERROR and envelope.error is not None:
        return f" {envelope.error.kind}"
    return ""


def _end(outcome: Outcome) -> str | None:
    if outcome.terminal is not None:
        return f"playbook.{outcome.terminal}"
    return "all work done, no terminal event" if outcome.inferred else None
