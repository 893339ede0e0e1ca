"""The checkers of a leg and of a pair, one file each. Each is `check(context) -> findings`, pure, and wrapped by
`guarded`. The comparison of envelopes, which gives more than findings, stands in `judge/departures.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.judge.checkers import dialect, effects, lifecycle, log, provenance, terminal, zombie
from harness.judge.checkers.base import LegContext, PairContext
from harness.model.finding import Checker, Finding

LEG_CHECKERS: Mapping[Checker, Callable[[LegContext], tuple[Finding, ...]]] = {
    Checker.PROVENANCE: provenance.check,
    Checker.LIFECYCLE: lifecycle.check,
    Checker.TERMINAL: terminal.check,
    Checker.ZOMBIE: zombie.check,
    Checker.LOG: log.check,
    Checker.DIALECT: dialect.check,
}

PAIR_CHECKERS: Mapping[Checker, Callable[[PairContext], tuple[Finding, ...]]] = {
    Checker.EFFECTS: effects.check,
}
