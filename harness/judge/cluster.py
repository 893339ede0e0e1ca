"""Findings with one fingerprint are one cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.model.expectation import Expectation
from harness.model.finding import Finding, Weight
from harness.model.verdict import Cause, Pair


def causes(pairs: Sequence[Pair]) -> tuple[Cause, ...]:
    """Causes of what diverges: those because of which executions end differently first, then those that are not on
    record, then by the number of cases. What only follows from another departure is no cause. A cause is known when it
    is on record in every case that shows it."""
    found: dict[str, list[tuple[str, Finding, Expectation | None]]] = {}
    for case_id, finding, expectation in _counted(pairs):
        found.setdefault(finding.fingerprint, []).append((case_id, finding, expectation))
    clusters = [_cause(fingerprint, entries) for fingerprint, entries in found.items()]
    return tuple(
        sorted(clusters, key=lambda one: (not one.ends_differently, one.known, -len(one.cases), one.fingerprint))
    )


def _counted(pairs: Iterable[Pair]) -> Iterator[tuple[str, Finding, Expectation | None]]:
    for pair in pairs:
        both = [*((one, None) for one in pair.findings), *pair.excused]
        for finding, expectation in both:
            if finding.weight is Weight.DIVERGES and not finding.consequence:
                yield pair.case.id, finding, expectation


def _cause(fingerprint: str, entries: Sequence[tuple[str, Finding, Expectation | None]]) -> Cause:
    known = [expectation for _, _, expectation in entries if expectation is not None]
    sample = next((finding for _, finding, _ in entries if finding.ends_differently), entries[0][1])
    return Cause(
        fingerprint=fingerprint,
        cases=tuple(dict.fromkeys(case_id for case_id, _, _ in entries)),
        ends_differently=sample.ends_differently,
        known=len(known) == len(entries),
        sample=sample,
        reason=known[0].reason if known else None,
    )
