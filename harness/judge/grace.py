"""How long a leg may be quiet before its silence says anything: measured on the run itself, never one fixed number."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST_GRACE = 10.0
"""Seconds. Below this, silence means nothing on any stack (spec: noetl-live 2)."""

_SILENCES = 3.0
"""How many times the longest silence of a leg that ended well another leg may be quiet."""


def grace(silences: Iterable[float | None]) -> float:
    """Seconds, from the longest silence in each leg of a lane; None for legs that did not end."""
    return max([SHORTEST_GRACE, *(silence * _SILENCES for silence in silences if silence is not None)])
