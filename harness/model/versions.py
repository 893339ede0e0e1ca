"""Release numbers and conditions on them: `>=5.10.0,<5.15.1`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

Release: TypeAlias = tuple[int, ...]

_RELEASE = re.compile(r"\d+(\.\d+)*")
_BOUND = re.compile(rf"(>=|<=|==|>|<)\s*({_RELEASE.pattern})")


@dataclass(frozen=True, slots=True)
class Condition:
    """The releases between two bounds. None is no bound; the flags say whether a bound itself belongs to it."""

    low: Release | None = None
    low_included: bool = True
    high: Release | None = None
    high_included: bool = True

    def holds(self, version: str) -> bool:
        """Whether this release meets the condition. One that is no number, `dev`, meets only the empty condition."""
        if self.low is None and self.high is None:
            return True
        return is_release(version) and self.overlaps(parse_condition(f"=={version}"))

    def overlaps(self, other: Condition) -> bool:
        """Whether some release can meet both."""
        return not self._above(other) and not other._above(self)

    def _above(self, other: Condition) -> bool:
        if self.low is None or other.high is None:
            return False
        return self.low > other.high or (self.low == other.high and not (self.low_included and other.high_included))


def is_release(version: str) -> bool:
    """Whether this is a release's number, as against `dev` or nothing."""
    return bool(_RELEASE.fullmatch(version))


def parse_condition(text: str) -> Condition:
    """Read comma-separated bounds, all of which must hold; empty text is any release.

    Raises `ValueError` with a sentence for a person when a bound can not be read or nothing can meet them all.
    """
    low: tuple[Release, bool] | None = None
    high: tuple[Release, bool] | None = None
    for bound in filter(None, (part.strip() for part in text.split(","))):
        match = _BOUND.fullmatch(bound)
        if match is None:
            raise ValueError(f"{bound!r} is not a bound such as >=5.10.0 or <5.15.1")
        sign, release = match[1], _release(match[2])
        if sign in (">=", ">", "=="):
            new = (release, sign != ">")
            low = new if low is None else max(low, new, key=lambda one: (one[0], not one[1]))
        if sign in ("<=", "<", "=="):
            new = (release, sign != "<")
            high = new if high is None else min(high, new)
    condition = Condition(*(low or (None, True)), *(high or (None, True)))
    if condition._above(condition):
        raise ValueError(f"no release meets {text!r}")
    return condition


def _release(text: str) -> Release:
    """Trailing zeros do not count: 5.10 is 5.10.0."""
    parts = [int(part) for part in text.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
