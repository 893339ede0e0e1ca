"""The matrix of cases and pools."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.verdict import Leg, Pair, RunVerdict
from harness.report.html import names
from harness.report.html.names import Tone


@dataclass(frozen=True, slots=True)
class Row:
    """One case. `causes` are their places in the verdict; `words` is what a search looks at beside what is seen."""

    pair: Pair
    tone: Tone
    area: str
    causes: tuple[int, ...]
    words: str


def rows(verdict: RunVerdict) -> tuple[Row, ...]:
    """A row for each case, in the order of the run."""
    causes: dict[str, list[int]] = {}
    for number, cause in enumerate(verdict.causes):
        for case_id in cause.cases:
            causes.setdefault(case_id, []).append(number)
    return tuple(
        Row(pair, names.tone(pair), area(pair.case.id), tuple(causes.get(pair.case.id, ())), _words(pair))
        for pair in verdict.pairs
    )


def area(case_id: str) -> str:
    """`sequence` of `sequence/retry`."""
    return case_id.rpartition("/")[0] or "no area"


def _words(pair: Pair) -> str:
    kinds = {call.tool_kind for leg in (pair.reference, pair.candidate) for call in leg.outcome.calls}
    role = (f"role {pair.case.role}",) if pair.case.role else ()
    ends = (_end(pair.reference), _end(pair.candidate))
    return " ".join(dict.fromkeys((*sorted(kinds), *pair.case.tags, *pair.case.sets, *role, *ends)))


def _end(leg: Leg) -> str:
    return names.plain(leg.verdict.value)
