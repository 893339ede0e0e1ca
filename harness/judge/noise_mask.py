"""What may be taken for noise: never what says how something ended.

A place is noise in the way in which it was seen to differ: a value that is another one each time says nothing of a key
that is not there. Where a list has another length, or a value another type, nothing below can be set side by side:
there all is noise, except what is protected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.judge.compare import Difference
from harness.judge.normalise import PROTECTED
from harness.judge.paths import pointer
from harness.model.noise import Kind, Spot, keys_of

_COVERS: Mapping[Kind, frozenset[Kind]] = {
    Kind.MISSING: frozenset({Kind.MISSING, Kind.EXTRA}),
    Kind.VALUE: frozenset({Kind.VALUE}),
    Kind.TYPE: frozenset({Kind.TYPE, Kind.VALUE, Kind.LENGTH, Kind.SHAPE}),
    Kind.LENGTH: frozenset({Kind.LENGTH}),
    Kind.SHAPE: frozenset({Kind.SHAPE}),
}
"""The kinds of difference that noise of a kind covers at its own place."""

_BELOW = frozenset({Kind.TYPE, Kind.LENGTH, Kind.SHAPE})
"""Kinds of noise that cover what differs below their place."""


@dataclass(frozen=True, slots=True)
class Mask:
    """The noise of one case. `everything` takes for noise whatever may be: so that what is left is protected."""

    spots: frozenset[Spot] = frozenset()
    everything: bool = False

    def covers(self, where: str, difference: Difference) -> bool:
        """Whether a difference in the data of `where` is noise."""
        if is_protected(difference):
            return False
        if self.everything or any(_spot(where, difference.path, kind) in self.spots for kind in _covering(difference)):
            return True
        above = (difference.path[:end] for end in range(1, len(difference.path)))
        return any(_spot(where, path, kind) in self.spots for path in above for kind in _BELOW)


NO_MASK = Mask()
"""Nothing is noise."""


def spot_of(where: str, difference: Difference) -> Spot:
    """The place of a difference."""
    kind = Kind.MISSING if difference.kind is Kind.EXTRA else difference.kind
    return _spot(where, difference.path, kind)


def is_protected(difference: Difference) -> bool:
    """Whether a difference touches what is protected: under its name, or somewhere in what one side has there. The
    whole result is protected too: all else is in it."""
    return (
        not difference.path
        or not PROTECTED.isdisjoint(map(str, difference.path))
        or any(_holds_protected(value) for value in (difference.reference, difference.candidate))
    )


def hides_protected(spot: Spot) -> bool:
    """Whether noise at this place could only hide what is protected: then nobody may put it on record."""
    keys = tuple(keys_of(spot.at))
    return not keys or not PROTECTED.isdisjoint(keys)


def _covering(difference: Difference) -> Iterable[Kind]:
    return (kind for kind, covered in _COVERS.items() if difference.kind in covered)


def _spot(where: str, path: tuple[str | int, ...], kind: Kind) -> Spot:
    return Spot(where, pointer(*path), kind)


def _holds_protected(value: Any) -> bool:
    match value:
        case Mapping():
            return any(key in PROTECTED or _holds_protected(part) for key, part in value.items())
        case list() | tuple():
            return any(map(_holds_protected, value))
        case _:
            return False
