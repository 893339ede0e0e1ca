"""What every kind of deployment offers to the drive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from harness.model.lane import Lane, Side


class Deployment(Protocol):
    """Two lanes that take work."""

    @property
    def lanes(self) -> Mapping[Side, Lane]:
        """One lane a side, also where both sides are the same pool."""

    @property
    def kept(self) -> bool:
        """Whether `up` had left it running."""

    def lost(self) -> tuple[str, ...]:
        """A line for every process that ended since the lanes were ready; empty while all is well."""
