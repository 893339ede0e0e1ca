"""Is an execution RUNNING that nobody is working on? Two independent signals prove it, one never does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from harness.judge.checkers.base import LegContext, label
from harness.judge.checkers.provenance import intended
from harness.judge.fingerprints import of_lines
from harness.judge.project import CLOSED
from harness.model.envelope import Call, Letter
from harness.model.evidence import LegEnd, LogLine
from harness.model.finding import Checker, Edge, Finding, Weight
from harness.model.pool import Runtime

_GIVEN_UP = ("Command execution failed", "[EVENT] Failed ")
"""What a worker logs when it is done with a command (spec: noetl-rust 2.6, noetl-python 8). Any other error line may
be followed by a retry."""

_WATCHED_OVER = frozenset({LegEnd.STUCK, LegEnd.TIMEOUT, LegEnd.DRAINED})


class Signal(StrEnum):
    """What says that nobody works on a command."""

    NOT_IN_STREAM = "nothing of it waits in the command stream"
    NO_WORKER = "no worker that could work on it lives"
    QUIET = "the history is quiet for longer than the grace"
    GIVEN_UP = "a worker's log says that it gave the command up"


_PROOFS = (
    {Signal.GIVEN_UP, Signal.NOT_IN_STREAM},
    {Signal.GIVEN_UP, Signal.NO_WORKER},
    {Signal.GIVEN_UP, Signal.QUIET},
    {Signal.NO_WORKER, Signal.NOT_IN_STREAM},
    {Signal.NO_WORKER, Signal.QUIET},
    {Signal.NOT_IN_STREAM, Signal.QUIET},
)


@dataclass(frozen=True, slots=True)
class _Stranded:
    """An open command with what it lacks, the signals that prove it, and the lines that show it."""

    call: Call
    edge: Edge
    signals: frozenset[Signal]
    fingerprint: str
    evidence: tuple[str, ...]


def check(leg: LegContext) -> tuple[Finding, ...]:
    """One finding for each step that is stranded, naming the missing edge. None while the leg may still be at work.

    A Rust worker acknowledges a message before it runs the command (spec: noetl-rust 2.1), so for a command that it
    claimed an empty stream and a long silence together prove nothing: a slow step looks the same.
    """
    if leg.outcome.terminal is not None or leg.evidence.end not in _WATCHED_OVER:
        return ()
    if not leg.outcome.calls:
        return _not_issued(leg)
    open_calls = [call for call in leg.outcome.calls if not CLOSED & set(call.letters)]
    stranded: dict[int, _Stranded] = {}
    deepest_first = open_calls[::-1]
    for call in sorted(deepest_first, key=lambda one: one.tool_kind == "playbook"):
        found = _waiting(leg, call, stranded) or _stranded(leg, call)
        if found is not None:
            stranded[call.command_id] = found
    own = [one for one in stranded.values() if one.call.execution_id == leg.evidence.execution_id]
    return tuple(_findings(leg, (own or list(stranded.values()))[::-1]))


def _not_issued(leg: LegContext) -> tuple[Finding, ...]:
    stream = leg.evidence.stream
    waits = stream is None or any(one.pending for one in stream.consumers)
    if leg.evidence.execution_id is None or waits or leg.evidence.quiet_seconds <= leg.grace:
        return ()
    return (
        Finding(
            Checker.ZOMBIE,
            leg.case.id,
            str(Edge.NOT_ISSUED),
            "the execution runs and no command was issued",
            Weight.DIVERGES,
            leg.side,
            edge=Edge.NOT_ISSUED,
            evidence=(
                f"{len(leg.evidence.events)} events, none of them command.issued",
                f"signal: {Signal.QUIET}: {leg.evidence.quiet_seconds:.1f} s, grace {leg.grace:.1f} s",
                f"signal: {Signal.NOT_IN_STREAM}",
            ),
        ),
    )


def _stranded(leg: LegContext, call: Call) -> _Stranded | None:
    signals = frozenset(_signals(leg, call))
    if not any(proof <= signals and _is_independent(leg, call, proof) for proof in _PROOFS):
        return None
    edge = _edge(leg, call)
    named = of_lines(leg.lines_of(call), leg.known)
    return _Stranded(
        call,
        edge,
        signals,
        named[0] if named else str(edge),
        (
            *(f"signal: {signal}" for signal in sorted(signals)),
            *((f"{named[1].source}: {named[1].text}",) if named else _first_line(_given_up(leg, call))),
        ),
    )


def _signals(leg: LegContext, call: Call) -> Iterator[Signal]:
    evidence = leg.evidence
    if evidence.end is LegEnd.STUCK or _is_empty(leg, call):
        yield Signal.NOT_IN_STREAM
    if _has_no_worker(leg, call):
        yield Signal.NO_WORKER
    if evidence.quiet_seconds > leg.grace:
        yield Signal.QUIET
    if _given_up(leg, call):
        yield Signal.GIVEN_UP


def _is_empty(leg: LegContext, call: Call) -> bool:
    stream = leg.evidence.stream
    if stream is None:
        return False
    return all(
        one.pending == 0 and (Letter.CLAIMED not in call.letters or one.ack_pending == 0) for one in stream.consumers
    )


def _has_no_worker(leg: LegContext, call: Call) -> bool:
    """A worker whose pool is not known may be one that could."""
    if call.claimed_by:
        return leg.crew.is_dead(call.claimed_by[-1])
    rows = leg.crew.workers.values()
    able = {pool.id for pool in intended(leg, call)}
    pools = {row.worker_id: {pool.id for pool in leg.crew.membership(row.worker_id).pools} for row in rows}
    mates = [row for row in rows if not pools[row.worker_id] or able & pools[row.worker_id]]
    return all(leg.crew.is_dead(row.worker_id) for row in mates)


def _given_up(leg: LegContext, call: Call) -> tuple[LogLine, ...]:
    lines = (line for line in leg.lines_of(call) if line.level == "ERROR")
    return tuple(line for line in lines if any(text in line.text for text in _GIVEN_UP))


def _is_independent(leg: LegContext, call: Call, proof: set[Signal]) -> bool:
    if proof != {Signal.NOT_IN_STREAM, Signal.QUIET} or not call.claimed_by:
        return True
    pools = leg.crew.membership(call.claimed_by[-1]).pools
    return bool(pools) and all(pool.runtime is Runtime.PYTHON for pool in pools)


def _edge(leg: LegContext, call: Call) -> Edge:
    letters = set(call.letters)
    if {Letter.DONE, Letter.ERROR, Letter.STARTED} & letters:
        return Edge.NOT_FINISHED
    if Letter.CLAIMED in letters:
        return Edge.NOT_STARTED
    stream = leg.evidence.stream
    return Edge.NOT_PUBLISHED if stream is not None and stream.last_seq == 0 else Edge.UNCLAIMED


def _waiting(leg: LegContext, call: Call, stranded: dict[int, _Stranded]) -> _Stranded | None:
    """A parent that waits, when a command of a child of its execution is stranded. Children are looked at before it."""
    if call.tool_kind != "playbook":
        return None
    children = {one.execution_id for one in leg.executions.values() if one.parent == call.execution_id}
    held_up = next((one for one in stranded.values() if one.call.execution_id in children), None)
    if held_up is None:
        return None
    place = label(held_up.call.key, leg.case)
    return _Stranded(
        call,
        Edge.CHILD_HANGS,
        held_up.signals,
        held_up.fingerprint,
        (f"{place}, in a child execution: {held_up.edge}", *held_up.evidence),
    )


def _findings(leg: LegContext, stranded: list[_Stranded]) -> Iterator[Finding]:
    first = {(one.call.key.step, one.edge, one.fingerprint): one for one in reversed(stranded)}
    for number, one in enumerate(reversed(first.values())):
        step = one.call.key.step
        yield Finding(
            Checker.ZOMBIE,
            leg.case.id,
            one.fingerprint,
            f"{label(one.call.key, leg.case)} is {one.edge}, and nobody works on it",
            Weight.DIVERGES,
            leg.side,
            step,
            edge=one.edge,
            evidence=(f"command {one.call.command_id}: {', '.join(one.call.letters) or 'no event'}", *one.evidence),
            consequence=number > 0 and one.fingerprint == stranded[0].fingerprint,
        )


def _first_line(lines: tuple[LogLine, ...]) -> tuple[str, ...]:
    return (f"{lines[0].source}: {lines[0].text}",) if lines else ()
