"""What hangs, and how that is known: two independent signals prove it, one never does (spec: noetl-operations 4.4).

Every execution of a leg is looked at, children before those who wait for them. The catalogue of what can hang is that
of the specification (noetl-python 5.9, noetl-rust 6); the edge says how far the history came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from harness.judge.checkers.base import LegContext, label
from harness.judge.checkers.provenance import intended
from harness.judge.engine_state import EngineState, engine_state
from harness.judge.fingerprints import of_lines
from harness.judge.project import CLOSED, Execution
from harness.judge.silence import silence
from harness.model.envelope import Call, Letter
from harness.model.evidence import LegEnd, LogLine
from harness.model.finding import Edge
from harness.model.pool import Runtime

_GIVEN_UP = ("Command execution failed", "[EVENT] Failed ")
"""What a worker logs when it is done with a command (spec: noetl-rust 2.6, noetl-python 8). Any other error line may
be followed by a retry."""

_WATCHED_OVER = frozenset({LegEnd.STUCK, LegEnd.TIMEOUT, LegEnd.DRAINED})

_THREE_HEARTBEATS = 45.0
"""Seconds. A Python worker that lives sends `command.heartbeat` every 15 s, the first one after 15 s (spec:
noetl-python 5.5), so that less silence says nothing of a command that it claimed."""


class Signal(StrEnum):
    """What says that nobody works on an execution, or that nothing is left to work on."""

    NOT_IN_STREAM = "nothing of it waits in the command stream"
    NO_WORKER = "no worker that could work on it lives"
    QUIET = "the history is quiet for longer than the grace"
    GIVEN_UP = "a worker's log says that it gave the command up"
    NOTHING_OPEN = "no command of it is open"
    ENGINE_IDLE = "the control plane has dealt with the last result and issued nothing"
    ENGINE_FAILED = "the control plane failed on a result"
    ENDED = "a terminal event is there"
    STALE = "noetl.execution does not say so"


_PROOFS: tuple[Set[Signal], ...] = (
    {Signal.GIVEN_UP, Signal.NOT_IN_STREAM},
    {Signal.GIVEN_UP, Signal.NO_WORKER},
    {Signal.GIVEN_UP, Signal.QUIET},
    {Signal.NO_WORKER, Signal.NOT_IN_STREAM},
    {Signal.NO_WORKER, Signal.QUIET},
    {Signal.NOT_IN_STREAM, Signal.QUIET},
    {Signal.NOTHING_OPEN, Signal.QUIET},
    {Signal.NOTHING_OPEN, Signal.ENGINE_IDLE},
    {Signal.NOTHING_OPEN, Signal.ENGINE_FAILED},
    {Signal.ENDED, Signal.STALE},
)


@dataclass(frozen=True, slots=True)
class Hang:
    """An execution that hangs: the edge that its history lacks, and the signals that prove it. `call` is the open
    command where there is one. `fingerprint` is the cause that a log names, else the edge."""

    execution: Execution
    edge: Edge
    signals: frozenset[Signal]
    fingerprint: str
    evidence: tuple[str, ...]
    call: Call | None = None


_ROW_STATUS = {"completed": "COMPLETED", "failed": "FAILED"}
"""What `noetl.execution.status` says after a terminal event. Cancelling does not write it (spec: noetl-python 6)."""


def hangs(leg: LegContext) -> tuple[Hang, ...]:
    """What is proven to hang, in order of issue: the root's own, or, where the root itself does not hang, that of its
    descendants. Empty while the leg may still be at work, or waits for a callback that was announced."""
    if leg.outcome.terminal is not None:
        return tuple(_stale(leg))
    if leg.evidence.end not in _WATCHED_OVER or _waits_for_a_callback(leg):
        return ()
    found: dict[int, tuple[Hang, ...]] = {}
    for execution in reversed(leg.executions.values()):
        if not execution.terminals:
            found[execution.execution_id] = tuple(_of_execution(leg, execution, found))
    own = found.pop(leg.evidence.execution_id or 0, ())
    return own or tuple(one for hung in reversed(found.values()) for one in hung)


def signals_of(leg: LegContext) -> frozenset[Signal]:
    """The signals that there are on any open command of the leg, or on the leg itself where none is open. They need
    not prove anything."""
    open_calls = [call for call in leg.outcome.calls if _is_open(call)]
    if open_calls:
        return frozenset(signal for call in open_calls for signal in _signals(leg, call))
    root = leg.executions.get(leg.evidence.execution_id or 0)
    return frozenset(_signals_of_rest(leg, root)) if root else frozenset()


def expected_row_status(leg: LegContext) -> str | None:
    """What `noetl.execution.status` should say, None where no terminal event tells."""
    return _ROW_STATUS.get(leg.outcome.terminal or "")


def _stale(leg: LegContext) -> Iterator[Hang]:
    expected, status = expected_row_status(leg), leg.evidence.row_status
    root = leg.executions.get(leg.evidence.execution_id or 0)
    if root is not None and expected and status is not None and status.upper() != expected:
        fingerprint = f"noetl.execution says {status} after playbook.{leg.outcome.terminal}"
        yield Hang(root, Edge.STALE_STATUS, frozenset({Signal.ENDED, Signal.STALE}), fingerprint, ())


def _waits_for_a_callback(leg: LegContext) -> bool:
    """A parked command is closed, and its result comes from outside at any time (spec: noetl-rust 2.3)."""
    parked = set()
    for event in sorted(leg.evidence.events, key=lambda one: one.event_id):
        inner = event.result.get("context")
        waits = isinstance(inner, Mapping) and inner.get("pending_callback") is True
        if waits:
            parked.add(event.command_id)
        elif event.event_type in ("call.done", "call.error"):
            parked.discard(event.command_id)
    return bool(parked)


def _of_execution(leg: LegContext, execution: Execution, found: Mapping[int, tuple[Hang, ...]]) -> Iterator[Hang]:
    calls = [call for call in leg.outcome.calls if call.execution_id == execution.execution_id]
    open_calls = [call for call in calls if _is_open(call)]
    for call in open_calls:
        hang = _waiting(leg, execution, call, found) or _stranded(leg, execution, call)
        if hang is not None:
            yield hang
    if not open_calls:
        yield from _at_rest(leg, execution, calls)


def _is_open(call: Call) -> bool:
    return not CLOSED & set(call.letters)


def _at_rest(leg: LegContext, execution: Execution, calls: list[Call]) -> Iterator[Hang]:
    """Nobody has anything to do, and the execution has not ended. Where the control plane never came to an end with the
    last result, it is the next command that is missing, else the end."""
    signals = frozenset(_signals_of_rest(leg, execution))
    if not _prove(signals):
        return
    state = engine_state(leg.evidence.events, execution.execution_id)
    owes = not calls or state in (EngineState.BUSY, EngineState.FAILED)
    edge = Edge.NOT_ISSUED if owes else Edge.NOT_TERMINAL
    count = f"{len(calls)} commands, all closed" if calls else "no command was issued"
    yield Hang(execution, edge, signals, str(edge), (count, *_shown(leg, execution, signals)))


def _signals_of_rest(leg: LegContext, execution: Execution) -> Iterator[Signal]:
    """Without a single command nothing can be open: then the stream has to say that nothing is under way."""
    calls = [call for call in leg.outcome.calls if call.execution_id == execution.execution_id]
    if calls:
        yield Signal.NOTHING_OPEN
    elif leg.evidence.stream is not None and not any(one.pending for one in leg.evidence.stream.consumers):
        yield Signal.NOT_IN_STREAM
    if silence(leg.evidence, leg.executions, execution.execution_id) > leg.grace:
        yield Signal.QUIET
    match engine_state(leg.evidence.events, execution.execution_id):
        case EngineState.IDLE if calls and leg.evidence.end is LegEnd.DRAINED:
            yield Signal.ENGINE_IDLE
        case EngineState.FAILED:
            yield Signal.ENGINE_FAILED


def _stranded(leg: LegContext, execution: Execution, call: Call) -> Hang | None:
    signals = frozenset(_signals(leg, call))
    if not _prove(signals, without=_dependent(leg, call)):
        return None
    edge = _edge(leg, call)
    named = of_lines(leg.lines_of(call), leg.known)
    lines = ((f"{named[1].source}: {named[1].text}",) if named else ()) or _first_line(_given_up(leg, call))
    shown = (f"command {call.command_id}: {', '.join(call.letters) or 'no event'}", *_shown(leg, execution, signals))
    return Hang(execution, edge, signals, named[0] if named else str(edge), (*shown, *lines), call)


def _prove(signals: frozenset[Signal], without: Set[Signal] | None = None) -> bool:
    return any(proof <= signals and proof != without for proof in _PROOFS)


def _dependent(leg: LegContext, call: Call) -> frozenset[Signal] | None:
    """The two signals that are one for this command. A Rust worker acknowledges a message before it runs the command
    (spec: noetl-rust 2.1), so that an empty stream and a long silence are what a slow step looks like too. And where no
    worker ever registered, it is the stream that says so."""
    if not call.claimed_by:
        return frozenset({Signal.NO_WORKER, Signal.NOT_IN_STREAM}) if not leg.crew.workers else None
    return None if _is_python(leg, call.claimed_by[-1]) else frozenset({Signal.NOT_IN_STREAM, Signal.QUIET})


def _is_python(leg: LegContext, worker: str) -> bool:
    pools = leg.crew.membership(worker).pools
    return bool(pools) and all(pool.runtime is Runtime.PYTHON for pool in pools)


def _signals(leg: LegContext, call: Call) -> Iterator[Signal]:
    if leg.evidence.end is LegEnd.STUCK or _is_empty(leg, call):
        yield Signal.NOT_IN_STREAM
    if _has_no_worker(leg, call):
        yield Signal.NO_WORKER
    shortest = _THREE_HEARTBEATS if call.claimed_by else 0.0
    if silence(leg.evidence, leg.executions, call.execution_id) > max(leg.grace, shortest):
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
    """A worker whose pool is not known may be one that could. A Python worker without a row has left: its heartbeat
    makes one. A Rust worker never registers again (spec: noetl-rust 2.4), so that a lost row says nothing of it."""
    rows = leg.crew.workers.values()
    if not rows:
        stream = leg.evidence.stream
        return (
            not call.claimed_by
            and stream is not None
            and not any(one.waiting or one.ack_pending for one in stream.consumers)
        )
    if call.claimed_by:
        worker = call.claimed_by[-1]
        return leg.crew.is_dead(worker) or (worker not in leg.crew.workers and _is_python(leg, worker))
    able = {pool.id for pool in intended(leg, call)}
    pools = {row.worker_id: {pool.id for pool in leg.crew.membership(row.worker_id).pools} for row in rows}
    mates = [row for row in rows if not pools[row.worker_id] or able & pools[row.worker_id]]
    return all(leg.crew.is_dead(row.worker_id) for row in mates)


def _given_up(leg: LegContext, call: Call) -> tuple[LogLine, ...]:
    """Of a command that was claimed again, only what its last claimant says."""
    lines = (line for line in leg.lines_of(call) if line.level == "ERROR")
    own = (line for line in lines if len(call.claimed_by) < 2 or line.worker_id == call.claimed_by[-1])
    return tuple(line for line in own if any(text in line.text for text in _GIVEN_UP))


def _edge(leg: LegContext, call: Call) -> Edge:
    letters = set(call.letters)
    if {Letter.DONE, Letter.ERROR, Letter.STARTED} & letters:
        return Edge.NOT_FINISHED
    if Letter.CLAIMED in letters:
        return Edge.NOT_STARTED
    return Edge.NOT_PUBLISHED if _was_never_published(leg, call) else Edge.UNCLAIMED


def _was_never_published(leg: LegContext, call: Call) -> bool:
    """The stream got no message at all since the command was issued."""
    stream = leg.evidence.stream
    if stream is None:
        return False
    issued = next((event for event in leg.evidence.events if event.event_id == call.issued_event), None)
    older = stream.last_at is not None and issued is not None and stream.last_at < issued.created_at
    return stream.last_seq == 0 or older


def _waiting(leg: LegContext, execution: Execution, call: Call, found: Mapping[int, tuple[Hang, ...]]) -> Hang | None:
    """A parent that waits, when a child of its execution hangs."""
    if call.tool_kind != "playbook":
        return None
    hung = (one for child, members in found.items() if _parent(leg, child) == call.execution_id for one in members)
    first = next(hung, None)
    if first is None:
        return None
    place = label(first.call.key, leg.case) if first.call else first.execution.path
    evidence = (f"{place}, in child execution {first.execution.execution_id}: {first.edge}", *first.evidence)
    return Hang(execution, Edge.CHILD_HANGS, first.signals, first.fingerprint, evidence, call)


def _parent(leg: LegContext, execution_id: int) -> int | None:
    return leg.executions[execution_id].parent


def _shown(leg: LegContext, execution: Execution, signals: frozenset[Signal]) -> Iterator[str]:
    quiet = silence(leg.evidence, leg.executions, execution.execution_id)
    for signal in sorted(signals):
        detail = f": {quiet:.1f} s, grace {leg.grace:.1f} s" if signal is Signal.QUIET else ""
        yield f"signal: {signal}{detail}"


def _first_line(lines: tuple[LogLine, ...]) -> tuple[str, ...]:
    return (f"{lines[0].source}: {lines[0].text}",) if lines else ()
