"""Did both legs do the steps of an execution in the same order?

Only where each of them worked at one step at a time: the order of parallel work says nothing, nor does that of
executions which run side by side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.judge.align import Place, align
from harness.judge.checkers.base import PairContext, label
from harness.model.envelope import Call
from harness.model.finding import Checker, Finding, Weight


def check_pair(pair: PairContext) -> tuple[Finding, ...]:
    """One finding for each execution, on the first call that comes before the one that it follows on the reference."""
    executions: defaultdict[tuple[int, int], list[tuple[Place, Call, Call]]] = defaultdict(list)
    for place in align(pair.reference.outcome, pair.candidate.outcome):
        if place.reference is not None and place.candidate is not None:
            sides = (place.reference, place.candidate)
            executions[sides[0].execution_id, sides[1].execution_id].append((place, *sides))
    return tuple(finding for calls in executions.values() for finding in _of_execution(pair, calls))


def _of_execution(pair: PairContext, calls: Sequence[tuple[Place, Call, Call]]) -> Iterator[Finding]:
    """`calls` are in the reference's order of issue."""
    sides = [one for _, one, _ in calls], sorted((other for _, _, other in calls), key=lambda call: call.issued_event)
    if not all(map(_one_at_a_time, sides)):
        return
    case = pair.candidate.case
    for (earlier, _, one), (later, _, other) in pairwise(calls):
        if other.issued_event < one.issued_event:
            names = label(earlier.key, case), label(later.key, case)
            yield Finding(
                Checker.ORDER,
                case.id,
                "steps in another order",
                f"{names[1]} comes before {names[0]}",
                Weight.DIVERGES,
                step=later.key.step,
                evidence=(f"reference: {names[0]}, then {names[1]}", f"candidate: {names[1]}, then {names[0]}"),
            )
            return


def _one_at_a_time(calls: Sequence[Call]) -> bool:
    return all(one.ended_event is not None and one.ended_event < other.issued_event for one, other in pairwise(calls))
