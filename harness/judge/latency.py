"""How long the same work takes on either side. Information only: no verdict rests on a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil

from harness.judge.checkers.base import label
from harness.model.envelope import Call, Letter
from harness.model.lane import Side
from harness.model.suite import Case
from harness.model.verdict import Pair

_ENDS = (Letter.DONE, Letter.ERROR)


@dataclass(frozen=True, slots=True)
class Spread:
    """The times of one side in seconds, in rising order; never empty."""

    times: tuple[float, ...]

    @property
    def median(self) -> float:
        """The time that half of them do not exceed."""
        return self._rank(0.5)

    @property
    def p95(self) -> float:
        """The time that 95 of 100 do not exceed."""
        return self._rank(0.95)

    def _rank(self, share: float) -> float:
        """By nearest rank: always one of the times that were measured."""
        return self.times[max(ceil(share * len(self.times)), 1) - 1]


@dataclass(frozen=True, slots=True)
class Latency:
    """The time from claim to answer of all calls of one tool kind, or of one step of a case (`case_id` set)."""

    name: str
    reference: Spread
    candidate: Spread
    case_id: str | None = None

    @property
    def shift(self) -> float:
        """Seconds by which the candidate's median is later than the reference's."""
        return self.candidate.median - self.reference.median


def by_kind(pairs: Sequence[Pair]) -> tuple[Latency, ...]:
    """A row for each tool kind that both sides answered, the most calls first."""
    rows = _rows(pairs, lambda case, call: (None, call.tool_kind))
    return tuple(sorted(rows, key=lambda one: (-len(one.reference.times), one.name)))


def by_step(pairs: Sequence[Pair]) -> tuple[Latency, ...]:
    """A row for each step that both sides answered, the largest shift of the median first."""
    rows = _rows(pairs, lambda case, call: (case.id, label(replace(call.key, iteration=-1, visit=1), case)))
    return tuple(sorted(rows, key=lambda one: (-abs(one.shift), one.case_id or "", one.name)))


def _rows(pairs: Iterable[Pair], place: Callable[[Case, Call], tuple[str | None, str]]) -> Iterable[Latency]:
    found: dict[tuple[str | None, str], dict[Side, list[float]]] = defaultdict(lambda: {side: [] for side in Side})
    for pair in pairs:
        for side, leg in ((Side.REFERENCE, pair.reference), (Side.CANDIDATE, pair.candidate)):
            for call in leg.outcome.calls:
                took = _took(call)
                if took is not None:
                    found[place(pair.case, call)][side].append(took)
    for (case_id, name), sides in found.items():
        if all(sides.values()):
            reference, candidate = (Spread(tuple(sorted(sides[side]))) for side in Side)
            yield Latency(name, reference, candidate, case_id)


def _took(call: Call) -> float | None:
    """From the claim to the answer of the tool; None where the history lacks one of them."""
    at = dict(zip(reversed(call.letters), reversed(call.times), strict=False))
    ends = [at[letter] for letter in _ENDS if letter in at]
    return max(ends[0] - at[Letter.CLAIMED], 0.0) if ends and Letter.CLAIMED in at else None
