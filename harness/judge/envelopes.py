"""How two envelopes of one call differ, as causes: each tool kind in its own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.judge.compare import Difference, differences, json_type, shown
from harness.judge.errors import equivalent
from harness.judge.fingerprints import LogFingerprint, of_error
from harness.judge.noise_mask import NO_MASK, Mask, spot_of
from harness.judge.normalise import Rule, normalise_both
from harness.judge.paths import pointer
from harness.judge.shapes import common
from harness.judge.unwrap import carried, dropped
from harness.model.envelope import CallError, Envelope, OutcomeClass
from harness.model.finding import Weight
from harness.model.noise import Kind, Spot


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that is not the same. `outcome` marks another outcome class or error, as against other data, whose
    places are in `spots`."""

    fingerprint: str
    message: str
    weight: Weight
    pointer: str | None = None
    evidence: tuple[str, ...] = ()
    outcome: bool = False
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """The data that is compared: what people call it, and what of it is noise."""

    name: str
    mask: Mask = NO_MASK


@dataclass(frozen=True, slots=True)
class Comparison:
    """All remarks on one call, and the pointers of what could not be compared."""

    remarks: tuple[Remark, ...]
    unseen: tuple[str, ...] = ()


def compare(
    reference: Envelope,
    candidate: Envelope,
    rules: Sequence[Rule],
    known: Sequence[LogFingerprint],
    where: Where = Where(""),
) -> Comparison:
    """Outcome class first, then errors, then data. Open calls (`NONE`) say nothing: they are the zombie checker's. What
    the mask covers is remarked with the weight `noise`."""
    classes = (reference.outcome, candidate.outcome)
    if OutcomeClass.NONE in classes:
        return Comparison(())
    if reference.outcome is not candidate.outcome:
        return Comparison((_other_outcome(reference, candidate, known),))
    error = _error_remark(reference, candidate, known)
    said = (error,) if error else ()
    if reference.outcome is OutcomeClass.ERROR:
        return Comparison(said)
    data = _data(reference, candidate, rules, where)
    return Comparison((*said, *data.remarks), data.unseen)


def _other_outcome(reference: Envelope, candidate: Envelope, known: Sequence[LogFingerprint]) -> Remark:
    kind = candidate.tool_kind
    said = tuple(
        f"{side}: {_outcome_text(envelope)}" for side, envelope in (("reference", reference), ("candidate", candidate))
    )
    match reference.outcome, candidate.outcome:
        case OutcomeClass.ERROR, OutcomeClass.MASKED:
            fingerprint = f"{kind}: error masked as call.done"
        case OutcomeClass.MASKED, OutcomeClass.ERROR:
            fingerprint = f"{kind}: error not masked as call.done"
        case OutcomeClass.OK, OutcomeClass.MASKED:
            fingerprint = f"{_error_name(candidate, known)} (masked as call.done)"
        case _, OutcomeClass.OK:
            fingerprint = f"{kind}: no error where the reference says {_error_name(reference, known)}"
        case _:
            fingerprint = _error_name(candidate, known)
    message = f"{kind} ended {candidate.outcome} where the reference ended {reference.outcome}"
    return Remark(fingerprint, message, Weight.DIVERGES, None, said, outcome=True)


def _error_remark(reference: Envelope, candidate: Envelope, known: Sequence[LogFingerprint]) -> Remark | None:
    if reference.error is None or candidate.error is None:
        return None
    if reference.error == candidate.error:
        return None
    said = (f"reference: {_error_text(reference.error)}", f"candidate: {_error_text(candidate.error)}")
    if equivalent(reference.error, candidate.error):
        fingerprint = f"{candidate.tool_kind}: another text for the error {candidate.error.kind}"
        return Remark(fingerprint, "the same error in other words", Weight.EQUIVALENT, None, said)
    fingerprint = f"{_error_name(candidate, known)} where the reference says {_error_name(reference, known)}"
    if reference.error.sqlstate and not candidate.error.sqlstate:
        fingerprint = f"{_error_name(candidate, known)} (no SQLSTATE)"
    return Remark(fingerprint, f"{candidate.tool_kind} failed with another error", Weight.DIVERGES, None, said, True)


def _data(reference: Envelope, candidate: Envelope, rules: Sequence[Rule], where: Where) -> Comparison:
    kind = candidate.tool_kind
    if reference.reference or candidate.reference:
        return _references(reference, candidate)
    left, right, unseen = _comparable(
        replace(reference, data=common(kind, reference.data, candidate.data)),
        replace(candidate, data=common(kind, candidate.data, reference.data)),
    )
    left, right = normalise_both(left, right, kind, rules)
    found = list(_differences(left, right, reference.lossy))
    return Comparison(
        tuple(remarks(kind, found, where)), tuple(pointer(*path) or "the whole result" for path in unseen)
    )


def _references(reference: Envelope, candidate: Envelope) -> Comparison:
    """A result that lies outside the event and was not read: only a digest can make two of them equal.

    Where a result lies is no difference in itself. Each pool stores outside what exceeds a limit of its own: Rust
    102,400 bytes, Python 10 MiB (spec: noetl-rust 2.3, noetl-python 7.4). What a later step makes of it is seen there.
    """
    sides = [(side, one.reference) for side, one in (("reference", reference), ("candidate", candidate))]
    digests = {_digest(one) if one else None for _, one in sides}
    if len(digests) == 1 and None not in digests:
        return Comparison(())
    message = f"{candidate.tool_kind} result is stored outside the event and was not read"
    lines = tuple(f"{side}: {shown(one)}" for side, one in sides if one)
    return Comparison((Remark(message, message, Weight.UNKNOWN, evidence=lines),))


def _digest(reference: Mapping[str, Any]) -> str | None:
    meta = reference.get("meta")
    return (meta.get("sha256") if isinstance(meta, Mapping) else None) or reference.get("sha256")


def _comparable(reference: Envelope, candidate: Envelope) -> tuple[Any, Any, tuple[tuple[str, ...], ...]]:
    """Both sides as far as both can carry. Where one went through the Python pool's extraction, the other one is put
    through it too; what the first carries beyond it (small row sets) is taken from the other as it is."""
    if reference.lossy == candidate.lossy:
        return reference.data, candidate.data, ()
    poor, rich = (reference.data, candidate.data) if reference.lossy else (candidate.data, reference.data)
    beyond = set(poor) - set(carried(poor)) if isinstance(poor, Mapping) else set()
    reduced = carried(rich)
    if isinstance(rich, Mapping):
        reduced = {**reduced, **{key: rich[key] for key in beyond if key in rich}}
    unseen = tuple(path for path in dropped(rich) if not (path and path[0] in beyond))
    return (poor, reduced, unseen) if reference.lossy else (reduced, poor, unseen)


def _differences(left: Any, right: Any, lossy: bool) -> Iterator[Difference]:
    if lossy and left == {} and isinstance(right, Mapping) and right:
        yield Difference(Kind.SHAPE, (), left, right)
    else:
        yield from differences(left, right)


def remarks(kind: str, found: Sequence[Difference], where: Where) -> Iterator[Remark]:
    """Differences of some data as causes, apart from those that are noise. All keys that only one side has are one."""
    weighed: dict[Weight, list[Difference]] = {Weight.DIVERGES: [], Weight.NOISE: []}
    for one in found:
        weighed[Weight.NOISE if where.mask.covers(where.name, one) else Weight.DIVERGES].append(one)
    for weight, ones in weighed.items():
        yield from _weighed(kind, ones, where.name, weight)


def _weighed(kind: str, found: Sequence[Difference], where: str, weight: Weight) -> Iterator[Remark]:
    keys = [one for one in found if one.kind in (Kind.MISSING, Kind.EXTRA)]
    if keys:
        yield Remark(
            f"{kind} data {_key_text(keys)}",
            f"{kind} data has other keys",
            weight,
            keys[0].pointer,
            tuple(str(one) for one in keys),
            spots=tuple(spot_of(where, one) for one in keys),
        )
    grouped: dict[str, list[Difference]] = {}
    for one in found:
        if one not in keys:
            grouped.setdefault(_value_text(kind, one), []).append(one)
    for fingerprint, ones in grouped.items():
        evidence = tuple(str(one) for one in ones)
        spots = tuple(spot_of(where, one) for one in ones)
        yield Remark(fingerprint, f"{kind} data differs", weight, ones[0].pointer, evidence, spots=spots)


def _key_text(keys: Sequence[Difference]) -> str:
    lacks = sorted({one.place for one in keys if one.kind is Kind.MISSING})
    has = sorted({one.place for one in keys if one.kind is Kind.EXTRA})
    parts = [f"{verb} {', '.join(places)}" for verb, places in (("lacks", lacks), ("has", has)) if places]
    return "; ".join(parts)


def _value_text(kind: str, one: Difference) -> str:
    at = f" at {one.place}" if one.place else ""
    match one.kind:
        case Kind.SHAPE:
            return f"{kind} result{at} is {{{', '.join(sorted(one.candidate))}}}"
        case Kind.TYPE:
            return f"{kind} data{at} is {json_type(one.candidate)}, not {json_type(one.reference)}"
        case Kind.LENGTH:
            return f"{kind} data{at} has another length"
        case _:
            return f"{kind} data{at} has another value"


def _error_name(envelope: Envelope, known: Sequence[LogFingerprint]) -> str:
    if envelope.error is None:
        return f"{envelope.tool_kind} without an error"
    return of_error(envelope.error.message, known, envelope.key.step)


def _outcome_text(envelope: Envelope) -> str:
    return f"{envelope.outcome}: {_error_text(envelope.error)}" if envelope.error else str(envelope.outcome)


def _error_text(error: CallError) -> str:
    extra = [f"SQLSTATE {error.sqlstate}"] if error.sqlstate else []
    extra += [f"HTTP {error.http_status}"] if error.http_status is not None else []
    return f"{error.message.strip()} [{', '.join([error.kind, *extra])}]"
