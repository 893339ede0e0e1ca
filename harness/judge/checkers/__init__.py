"""The checkers, one file each: a function `check_leg`, a function `check_pair`, or both. Each is pure, and `guarded`.

They are found through the entry-point group `noetl_harness.checkers`, ours and anybody else's: the name of an entry is
the checker's, its value such a module. `check_leg` sees every leg that ran, `check_pair` two legs that both ended and
were seen whole. The comparison of envelopes gives more than findings, and stands in `judge/departures.py`; the
reference against itself takes all of them, and stands in `judge/noise.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType
from typing import TypeAlias

from harness.judge.checkers.base import LegContext, PairContext
from harness.model.errors import HarnessError
from harness.model.finding import Checker, Finding

GROUP = "noetl_harness.checkers"

_ELSEWHERE = (Checker.ENVELOPE, Checker.NOISE)

LegCheck: TypeAlias = Callable[[LegContext], tuple[Finding, ...]]
PairCheck: TypeAlias = Callable[[PairContext], tuple[Finding, ...]]


@cache
def leg_checkers() -> dict[str, LegCheck]:
    """Those of a leg by name: the harness's own in the order of `Checker`, then all others by name."""
    return {name: module.check_leg for name, module in _modules() if hasattr(module, "check_leg")}


@cache
def pair_checkers() -> dict[str, PairCheck]:
    """Those of a pair, in the same order."""
    return {name: module.check_pair for name, module in _modules() if hasattr(module, "check_pair")}


def _modules() -> Iterator[tuple[str, ModuleType]]:
    entries = {entry.name: entry for entry in entry_points(group=GROUP)}
    own = [checker.value for checker in Checker if checker not in _ELSEWHERE]
    if missing := [name for name in own if name not in entries]:
        raise HarnessError(
            f"this installation does not know the checkers {', '.join(missing)}",
            "It is older than its code: install noetl-harness again (`make`).",
        )
    for name in (*own, *sorted(entries.keys() - set(own))):
        try:
            yield name, entries[name].load()
        except (ImportError, AttributeError) as error:
            raise HarnessError(
                f"the checker {name} can not be loaded from {entries[name].value}: {error}",
                "Mend or remove the package that brings it.",
            ) from error
