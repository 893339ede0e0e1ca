"""Where the reference differs from itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """In which way a place differs."""

    MISSING = "missing"
    EXTRA = "extra"
    TYPE = "type"
    VALUE = "value"
    LENGTH = "length"
    SHAPE = "shape"


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """One place of a case: `where` is the call as people call it (`start`, `fetch[2]`) or a side effect (`table t`),
    `at` the RFC 6901 pointer into its data, `kind` the way in which it differs (`missing` for `extra` too)."""

    where: str
    at: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class NoiseEntry:
    """Noise on record for one case on one reference pool. `seen` of the `runs` that were learned from since `first`
    showed it; after `expires` it masks nothing more."""

    case_id: str
    pool: str
    spot: Spot
    seen: int
    runs: int
    first: date
    last: date
    expires: date


@dataclass(frozen=True, slots=True)
class NoiseRecord:
    """All noise on record, and the ids of the runs that it was learned from: none counts twice."""

    learned: tuple[str, ...] = ()
    entries: tuple[NoiseEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Noise:
    """A place that was taken for noise in a pair.

    `again`: the reference's own two legs differ there in this run. `differs`: the candidate differs there from the
    reference's first leg. `entry` is what is on record, None where this run alone says so.
    """

    spot: Spot
    again: bool
    differs: bool
    entry: NoiseEntry | None = None


def keys_of(pointer: str) -> Iterator[str]:
    """The keys and indexes of an RFC 6901 pointer, as texts."""
    for part in pointer.split("/")[1:]:
        yield part.replace("~1", "/").replace("~0", "~")
