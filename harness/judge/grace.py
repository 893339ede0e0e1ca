"""How long a leg may be quiet before its silence says anything: measured on the run itself, never one fixed number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

SHORTEST_GRACE = 10.0
"""Seconds. Below this, silence means nothing on any stack (spec: noetl-live 2)."""

_SILENCES = 3.0
"""How many times the longest silence of a leg that ended well another leg may be quiet."""


def grace(silences: Iterable[float | None]) -> float:
    """Seconds, from the longest silence in each leg of a lane; None for legs that did not end."""
    return max([SHORTEST_GRACE, *(silence * _SILENCES for silence in silences if silence is not None)])


REPAIRED_WITHIN = 120.0
"""Seconds in which NoETL itself mends a command that was lost: it publishes it again after 30 s, its reaper looks every
60 s at what is 60 s old (spec: noetl-python 3.3, 5.10)."""

_FINALISATIONS = 2.0
"""How many times the 95th percentile of the measured finalisation times a deployment is given (spec: noetl-operations
4.4)."""


def grace_of_deployment(finalisations: Sequence[float]) -> float:
    """Seconds that an execution of a running deployment may be quiet, from how long others took from their last command
    to their end. Infinite where none has ended: then silence says nothing."""
    if not finalisations:
        return math.inf
    ranked = sorted(finalisations)
    percentile = ranked[math.ceil(0.95 * len(ranked)) - 1]
    return max(REPAIRED_WITHIN, _FINALISATIONS * percentile, ranked[-1])
