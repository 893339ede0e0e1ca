"""Did both legs leave the same behind: rows in the tenant database, calls to the test server?

A fingerprint names the place where a row or a call differs, with every index as `*`: `table data at /*/name has another
value`. What only one side has is named itself: `row missing: t_orders`, `call missing: POST /orders/<n>`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.judge.checkers.base import LegContext, PairContext
from harness.judge.compare import differences, shown
from harness.judge.envelopes import Remark, Where, remarks
from harness.judge.masks import masked, masked_request
from harness.judge.matching import Identity, Item, Matching, match
from harness.judge.normalise import normalise
from harness.judge.parallel import one_at_a_time
from harness.judge.paths import pointer
from harness.judge.tokens import Tokens
from harness.model.evidence import Effect, EffectKind
from harness.model.finding import Checker, Finding, Weight
from harness.model.json import canonical
from harness.model.verdict import LegVerdict

_ENDED = frozenset({LegVerdict.COMPLETED, LegVerdict.FAILED})
"""Legs that did all that they were going to do; a cancelled one, or one that hangs, stopped at some point of it."""

_MOST_LINES = 20
"""Lines of evidence of one finding."""

_TABLE = re.compile(r'\bfrom\s+([\w."]+)', re.IGNORECASE)
_ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"_?\{\{.*?\}\}")


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is compared, on both sides. `name` stands in fingerprints, `about` is the first line of evidence. `ordered`
    says whether the order counts, `identities` which rows or calls belong together."""

    kind: EffectKind
    name: str
    about: str
    ordered: bool
    identities: tuple[Identity, ...]
    reference: Effect
    candidate: Effect

    @property
    def place(self) -> str:
        """What noise is found under."""
        return f"rows of {self.name}" if self.kind is EffectKind.TABLE else self.about


def check_pair(pair: PairContext) -> tuple[Finding, ...]:
    """Findings on what differs; of weight `unknown` on what was not read. Nothing where a leg did not end by itself."""
    verdicts = {pair.reference_leg.verdict, pair.candidate_leg.verdict}
    refusals = {pair.reference.evidence.refusal, pair.candidate.evidence.refusal}
    if not verdicts <= _ENDED or refusals != {None}:
        return ()
    subjects = (*_tables(pair), *_calls(pair))
    return tuple(_finding(pair, one, remark) for one in subjects for remark in _remarks(pair, one))


def _tables(pair: PairContext) -> Iterator[_Subject]:
    """Rows are compared in their order where the query asks for one."""
    for number, query in enumerate(pair.reference.case.tables, 1):
        yield _Subject(
            EffectKind.TABLE,
            _table_name(query),
            f"query {number}: {query}",
            bool(_ORDERED.search(query)),
            (_first_column, _any_row),
            *(_effect(leg, EffectKind.TABLE, leg.evidence.execution_id, query) for leg in _legs(pair)),
        )


def _calls(pair: PairContext) -> Iterator[_Subject]:
    """Calls by execution. Their order says nothing where the reference worked at several things at once. A child that
    only one side has is for the envelopes to tell."""
    if "test-server" not in pair.reference.case.needs:
        return
    ordered = one_at_a_time(pair.reference.outcome)
    families = [_family(leg) for leg in _legs(pair)]
    for place in (one for one in families[0] if one in families[1]):
        yield _Subject(
            EffectKind.CALLS,
            "",
            f"calls of {place[0] or 'an unnamed playbook'}",
            ordered,
            (_method_and_path,),
            *(_effect(leg, EffectKind.CALLS, family[place]) for leg, family in zip(_legs(pair), families, strict=True)),
        )


def _legs(pair: PairContext) -> tuple[LegContext, LegContext]:
    return pair.reference, pair.candidate


def _family(leg: LegContext) -> dict[tuple[str, int], int]:
    """Executions by playbook and number. Those that began with one payload count in order of start, others in the order
    of their payloads: parallel children start in any order."""
    numbers: Counter[str] = Counter()
    found = {}
    for one in sorted(leg.executions.values(), key=lambda one: (one.began_with, one.execution_id)):
        numbers[one.path] += 1
        found[one.path, numbers[one.path]] = one.execution_id
    return found


def _effect(leg: LegContext, kind: EffectKind, execution_id: int | None, name: str = "") -> Effect:
    for one in leg.evidence.effects:
        if (one.kind, one.execution_id, one.name) == (kind, execution_id, name):
            return one
    return Effect(kind, execution_id or 0, name, problem="it is not in the evidence")


def _remarks(pair: PairContext, subject: _Subject) -> Iterator[Remark]:
    effects = (subject.reference, subject.candidate)
    if any(one.problem for one in effects):
        yield _gap(subject)
    if any(one.problem and not one.rows for one in effects):
        return
    left, right = (_comparable(pair, leg, one) for leg, one in zip(_legs(pair), effects, strict=True))
    yield from _differences(pair, subject, match(left, right, subject.identities))


def _gap(subject: _Subject) -> Remark:
    """What could not be read. That a table is on one side only is known, and a difference."""
    sides = {"reference": subject.reference, "candidate": subject.candidate}
    lines = tuple(f"{side}: {one.problem}" for side, one in sides.items() if one.problem)
    there = [side for side, one in sides.items() if not one.problem]
    if there and any(one.absent for one in sides.values()):
        fingerprint = f"table on the {there[0]} only: {subject.name}"
        return Remark(fingerprint, fingerprint, Weight.DIVERGES, evidence=lines)
    fingerprint = "table rows not read" if subject.kind is EffectKind.TABLE else "calls not read"
    return Remark(fingerprint, fingerprint, Weight.UNKNOWN, evidence=lines)


def _comparable(pair: PairContext, leg: LegContext, effect: Effect) -> list[Any]:
    tokens = Tokens.of(leg.evidence)
    return [normalise(tokens.replace(row), str(effect.kind), pair.rules) for row in effect.rows]


def _differences(pair: PairContext, subject: _Subject, matching: Matching) -> Iterator[Remark]:
    found = [place for one, other in matching.pairs for place in differences(one.value, other.value, (one.number,))]
    yield from remarks(str(subject.kind), found, Where(subject.place, pair.mask))
    yield from _one_sided(subject, matching.missing, "missing", "reference")
    yield from _one_sided(subject, matching.added, "added", "candidate")
    if subject.ordered and matching.moved:
        thing = f"rows of {subject.name}" if subject.kind is EffectKind.TABLE else "calls"
        lines = tuple(
            f"{pointer(one.number)}: reference {shown(one.value)}, candidate {shown(other.value)}"
            for one, other in matching.moved
        )
        fingerprint = f"{thing} in another order"
        yield Remark(fingerprint, fingerprint, Weight.DIVERGES, pointer(matching.moved[0][0].number), lines)


def _one_sided(subject: _Subject, items: Iterable[Item], word: str, side: str) -> Iterator[Remark]:
    named: defaultdict[str, list[Item]] = defaultdict(list)
    for one in items:
        if subject.kind is EffectKind.TABLE:
            named[f"row {word}: {subject.name}"].append(one)
        else:
            named[f"call {word}: {masked_request(str(_method_and_path(one.value)))}"].append(one)
    for fingerprint, ones in named.items():
        lines = tuple(f"{pointer(one.number)} on the {side} only: {shown(one.value)}" for one in ones)
        yield Remark(fingerprint, fingerprint, Weight.DIVERGES, pointer(ones[0].number), lines)


def _finding(pair: PairContext, subject: _Subject, remark: Remark) -> Finding:
    lines = remark.evidence[:_MOST_LINES]
    more = len(remark.evidence) - len(lines)
    return Finding(
        Checker.EFFECTS,
        pair.candidate.case.id,
        remark.fingerprint,
        remark.message,
        remark.weight,
        pointer=remark.pointer,
        evidence=(subject.about, *lines, *((f"and {more} more",) if more else ())),
        spots=remark.spots,
    )


def _table_name(query: str) -> str:
    """The first table that a query reads, without the id in its name."""
    found = _TABLE.search(_PLACEHOLDER.sub("", query))
    return masked(found[1].replace('"', "")) if found else "a query"


def _first_column(row: Any) -> Hashable:
    return canonical(next(iter(row.values()), None)) if isinstance(row, Mapping) else None


def _any_row(row: Any) -> Hashable:
    return None


def _method_and_path(call: Any) -> Hashable:
    return f"{call.get('method')} {call.get('path')}" if isinstance(call, Mapping) else "of an unknown form"
