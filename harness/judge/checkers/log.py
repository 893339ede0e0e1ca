"""Which known causes do the logs name? Only lines that name the leg's executions or commands count."""

from __future__ import annotations

from harness.judge.checkers.base import LegContext
from harness.judge.fingerprints import spotted
from harness.model.finding import Checker, Finding, Weight


def check_leg(leg: LegContext) -> tuple[Finding, ...]:
    """One piece of information for each fingerprint, with its first lines. A line alone changes no verdict: a step that
    is meant to fail is logged as an error too."""
    executions = set(leg.executions)
    commands = {call.command_id for call in leg.outcome.calls}
    steps = {call.command_id: call.key.step for call in leg.outcome.calls}
    found: dict[str, list[str]] = {}
    where: dict[str, str | None] = {}
    own = [line for line in leg.evidence.log if line.execution_id in executions or line.command_id in commands]
    for fingerprint, line in spotted(own, leg.known):
        found.setdefault(fingerprint, []).append(f"{line.source}: {line.text}")
        where.setdefault(fingerprint, steps.get(line.command_id or 0))
    return tuple(
        Finding(
            Checker.LOG,
            leg.case.id,
            fingerprint,
            f"{len(lines)} log records say: {fingerprint}",
            Weight.INFO,
            leg.side,
            where[fingerprint],
            evidence=tuple(lines[:3]),
        )
        for fingerprint, lines in found.items()
    )
