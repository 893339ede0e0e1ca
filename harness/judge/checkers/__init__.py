"""The checkers of a leg, one file each. Each is `check(leg) -> findings`, pure, and wrapped by `guarded`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.judge.checkers import dialect, lifecycle, log, provenance, terminal, zombie
from harness.judge.checkers.base import LegContext
from harness.model.finding import Checker, Finding

LEG_CHECKERS: Mapping[Checker, Callable[[LegContext], tuple[Finding, ...]]] = {
    Checker.PROVENANCE: provenance.check,
    Checker.LIFECYCLE: lifecycle.check,
    Checker.TERMINAL: terminal.check,
    Checker.ZOMBIE: zombie.check,
    Checker.LOG: log.check,
    Checker.DIALECT: dialect.check,
}
