"""Did the intended pool do the work? Every claim, also in child executions, must name one of its workers."""

from __future__ import annotations

from collections.abc import Iterator

from harness.judge.checkers.base import LegContext, label
from harness.model.envelope import Call, Letter
from harness.model.finding import Checker, Finding, Weight
from harness.model.pool import PoolSpec
from harness.reference.routing import route


def check(leg: LegContext) -> tuple[Finding, ...]:
    """One contaminating finding for each claim that can not be shown to be the intended pool's.

    Routing decides what is intended: what routes to `python` belongs to the Python pool on every lane, what routes to
    `system` to any pool of the lane, all else to the pool under test (design section 5).
    """
    return tuple(_findings(leg))


def intended(leg: LegContext, call: Call) -> tuple[PoolSpec, ...]:
    """The pools that may claim this command."""
    routed = route(call.tool_kind, call.key.playbook, execution_id=call.execution_id, release=leg.routing)
    match routed.segment:
        case "python":
            return (leg.crew.python_pool,)
        case "system":
            return leg.crew.pools
        case _:
            return (leg.crew.pool,)


def _findings(leg: LegContext) -> Iterator[Finding]:
    for call in leg.outcome.calls:
        pools = intended(leg, call)
        for worker in call.claimed_by:
            wrong = _wrong(leg, pools, worker)
            if wrong is not None:
                fingerprint, why = wrong
                yield Finding(
                    Checker.PROVENANCE,
                    leg.case.id,
                    fingerprint,
                    f"{label(call.key, leg.case)} ({call.tool_kind}) was to be claimed by "
                    f"{' or '.join(pool.id for pool in pools)}",
                    Weight.CONTAMINATES,
                    leg.side,
                    call.key.step,
                    evidence=(f"command {call.command_id} claimed by {worker or 'nobody by name'}", why),
                )
        if not call.claimed_by and Letter.STARTED in call.letters:
            yield Finding(
                Checker.PROVENANCE,
                leg.case.id,
                "work without a claim",
                f"{label(call.key, leg.case)} was started, and no event says who claimed it",
                Weight.CONTAMINATES,
                leg.side,
                call.key.step,
                evidence=(f"command {call.command_id}: {', '.join(call.letters)}",),
            )


def _wrong(leg: LegContext, pools: tuple[PoolSpec, ...], worker: str) -> tuple[str, str] | None:
    if not worker:
        return "a claim names no worker", "command.claimed has no worker_id"
    membership = leg.crew.membership(worker)
    if membership.contradicted:
        return "a worker's id contradicts its runtime", membership.why
    if not membership.pools:
        return (
            "a claim by a worker of no known pool",
            f"neither noetl.runtime nor its form places the id {worker}",
        )
    outside = [pool for pool in membership.pools if pool not in pools]
    if not outside:
        return None
    if len(outside) < len(membership.pools):
        return "a claim that two pools could have made", membership.why
    return f"claimed by {outside[0].id} instead of {pools[0].id}", membership.why
