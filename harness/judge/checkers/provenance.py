"""Did the intended pool do the work? Every claim, also in child executions, must name one of its workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.judge.checkers.base import LegContext, label
from harness.judge.dialect import LETTERS
from harness.model.envelope import Call, Letter
from harness.model.event import EventRow
from harness.model.finding import Checker, Finding, Weight
from harness.model.pool import PoolSpec
from harness.reference.routing import RUST_SERVER, route

_WORK = frozenset({Letter.STARTED, Letter.DONE, Letter.ERROR, Letter.COMPLETED})
"""What only a worker says."""


def check_leg(leg: LegContext) -> tuple[Finding, ...]:
    """One contaminating finding for each claim that can not be shown to be the intended pool's.

    Routing decides what is intended: what routes to `python` belongs to the Python pool on every lane, what routes to
    `system` to any pool of the lane, all else to the pool under test (design section 5). On a Rust server all is that
    of the pool under test, children as well: whether those keep their parent's `execution_pool` is on no record.
    """
    return tuple(_findings(leg))


def intended(leg: LegContext, call: Call) -> tuple[PoolSpec, ...]:
    """The pools that may claim this command."""
    if leg.routing == RUST_SERVER:
        return (leg.crew.pool,)
    routed = route(call.tool_kind, call.key.playbook, execution_id=call.execution_id, release=leg.routing)
    match routed.segment:
        case "python":
            return (leg.crew.python_pool,)
        case "system":
            return leg.crew.pools
        case _:
            return (leg.crew.pool,)


def _findings(leg: LegContext) -> Iterator[Finding]:
    signed = _signed(leg)
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
        yield from _reported_by_others(leg, call, pools, signed.get(call.command_id, {}))
        if not call.claimed_by and _WORK & set(call.letters):
            yield Finding(
                Checker.PROVENANCE,
                leg.case.id,
                "work without a claim",
                f"{label(call.key, leg.case)} was worked on, and no event says who claimed it",
                Weight.CONTAMINATES,
                leg.side,
                call.key.step,
                evidence=(f"command {call.command_id}: {', '.join(call.letters)}",),
            )


def _signed(leg: LegContext) -> dict[int, dict[str, EventRow]]:
    """By command, the last event of its work that each worker has signed."""
    signed: dict[int, dict[str, EventRow]] = {}
    for event in leg.evidence.events:
        if event.command_id is not None and event.worker_id and LETTERS.get(event.event_type) in _WORK:
            signed.setdefault(event.command_id, {})[event.worker_id] = event
    return signed


def _reported_by_others(
    leg: LegContext, call: Call, pools: tuple[PoolSpec, ...], signed: Mapping[str, EventRow]
) -> Iterator[Finding]:
    """Events of this command that are signed by a worker who did not claim it and is of a pool that may not."""
    for worker, event in signed.items():
        wrong = None if worker in call.claimed_by else _wrong(leg, pools, worker)
        if wrong is not None:
            yield Finding(
                Checker.PROVENANCE,
                leg.case.id,
                "work reported by a worker of another pool",
                f"{label(call.key, leg.case)} ({call.tool_kind}) was claimed by one worker and reported by another",
                Weight.CONTAMINATES,
                leg.side,
                call.key.step,
                evidence=(f"event {event.event_id} {event.event_type} of {worker}", wrong[1]),
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
