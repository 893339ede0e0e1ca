"""Which of many executions hang, what to do about each, and of which it is not known. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import assert_never

from harness.judge.checkers.base import LegContext, label
from harness.judge.checkers.provenance import intended
from harness.judge.hangs import Hang, Signal, hangs, signals_of
from harness.judge.silence import silence
from harness.model.evidence import LegEnd
from harness.model.finding import Edge
from harness.model.zombie import Census, Zombie


def census(legs: Iterable[LegContext], *, named: bool, doubt_after: float | None = None) -> Census:
    """Look at every leg that ran. `named`: the legs are those of a recording, and a zombie says of which it is.

    Where nothing is proven, a leg is unclear that is quiet for longer than `doubt_after` seconds, None: its grace.
    """
    zombies: list[Zombie] = []
    unclear: list[str] = []
    looked_at = 0
    for leg in legs:
        if leg.evidence.end in (LegEnd.NOT_RUN, LegEnd.REFUSED):
            continue
        looked_at += 1
        found = hangs(leg)
        zombies += [_zombie(leg, hang, named) for hang in found]
        if not found and (doubt := _doubt(leg, leg.grace if doubt_after is None else doubt_after)):
            unclear.append(doubt)
    return Census(looked_at, tuple(zombies), tuple(unclear))


def _zombie(leg: LegContext, hang: Hang, named: bool) -> Zombie:
    claimed = hang.call.claimed_by if hang.call else ()
    return Zombie(
        execution_id=hang.execution.execution_id,
        path=hang.execution.path,
        step=label(hang.call.key, leg.case) if hang.call else None,
        edge=hang.edge,
        signals=tuple(sorted(hang.signals)),
        quiet=silence(leg.evidence, leg.executions, hang.execution.execution_id),
        grace=leg.grace if math.isfinite(leg.grace) else None,
        worker=claimed[-1] if claimed else None,
        todo=_todo(leg, hang),
        evidence=hang.evidence,
        case_id=leg.case.id if named else None,
        side=leg.side if named else None,
    )


def _doubt(leg: LegContext, doubt_after: float) -> str | None:
    evidence = leg.evidence
    if evidence.end is LegEnd.LOST or not evidence.complete:
        return f"{_name(leg)} was not seen whole: {evidence.problem or 'a probe failed'}"
    if leg.outcome.terminal is not None:
        return None
    quiet = silence(evidence, leg.executions, evidence.execution_id or 0)
    if quiet <= doubt_after and evidence.end is not LegEnd.DRAINED:
        return None
    signals = ", ".join(sorted(signals_of(leg))) or "none"
    return f"{_name(leg)} is quiet for {quiet:.1f} s, which proves nothing alone; signals: {signals}"


def _name(leg: LegContext) -> str:
    root = leg.executions.get(leg.evidence.execution_id or 0)
    where = f" ({root.path})" if root and root.path else ""
    return f"{leg.case.id} on {leg.side}: execution {leg.evidence.execution_id}{where}"


def _todo(leg: LegContext, hang: Hang) -> str:
    match hang.edge:
        case Edge.NOT_ISSUED:
            return "Look into the control plane's log at the last event; cancel the execution and run it again."
        case Edge.NOT_PUBLISHED:
            return "Check that the control plane reaches NATS. It publishes the command again within two minutes then."
        case Edge.UNCLAIMED:
            return _todo_unclaimed(leg, hang)
        case Edge.NOT_STARTED | Edge.NOT_FINISHED:
            return _todo_claimed(hang)
        case Edge.NOT_TERMINAL:
            return (
                "All its work is done: use the results, and cancel it so that it stops being RUNNING. A playbook that "
                "ends with a plain step has an end."
            )
        case Edge.STALE_STATUS:
            return "It has ended: go by the terminal event, not by noetl.execution."
        case Edge.CHILD_HANGS:
            return "Look after the child first: its parent goes on, or can be cancelled with it."
        case never:
            assert_never(never)


def _todo_unclaimed(leg: LegContext, hang: Hang) -> str:
    pools = " or ".join(pool.runtime for pool in intended(leg, hang.call)) if hang.call else "any"
    return (
        f"See that a worker of the {pools} pool runs and that its consumer's filter covers the command. NoETL "
        "publishes it again within two minutes then."
    )


def _todo_claimed(hang: Hang) -> str:
    if Signal.GIVEN_UP in hang.signals and Signal.NO_WORKER not in hang.signals:
        return (
            "The worker lives and gave the command up: mend what its log names, cancel the execution and run it again. "
            "NoETL itself offers the command to others only after 30 minutes."
        )
    return (
        "See that another worker of the pool runs: NoETL offers it the command within about three minutes, and it runs "
        "again from its start, side effects too. Cancel the execution where it must not."
    )
