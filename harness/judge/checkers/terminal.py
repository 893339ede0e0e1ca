"""Did the execution end once, and does everybody know?"""

from __future__ import annotations

from collections.abc import Iterator

from harness.judge.checkers.base import LegContext
from harness.judge.dialect import TERMINALS
from harness.judge.hangs import expected_row_status
from harness.judge.project import Execution
from harness.model.finding import Checker, Edge, Finding, Weight


def check_leg(leg: LegContext) -> tuple[Finding, ...]:
    """Two terminal events of one execution, and a status that is stale, diverge. Work that is all done without a
    terminal event is information: NoETL 4.12.0 does that to one-step playbooks (spec: noetl-python 5.9)."""
    return tuple(_findings(leg))


def _findings(leg: LegContext) -> Iterator[Finding]:
    for execution in leg.executions.values():
        if len(execution.terminals) > 1:
            fingerprint = f"more than one terminal event: {', '.join(execution.terminals)}"
            yield _finding(leg, fingerprint, Weight.DIVERGES, _rows(leg, execution.execution_id))
        yield from _work_after_the_end(leg, execution)
    expected = expected_row_status(leg)
    status = leg.evidence.row_status
    if expected and status is not None and status.upper() != expected:
        fingerprint = f"noetl.execution says {status} after playbook.{leg.outcome.terminal}"
        root = leg.evidence.execution_id
        yield _finding(leg, fingerprint, Weight.DIVERGES, _rows(leg, root) if root else (), Edge.STALE_STATUS)
    if leg.outcome.inferred:
        text = (f"noetl.execution.status: {status}", f"{len(leg.outcome.calls)} commands, all closed")
        yield _finding(leg, str(Edge.NOT_TERMINAL), Weight.INFO, text, Edge.NOT_TERMINAL)


def _work_after_the_end(leg: LegContext, execution: Execution) -> Iterator[Finding]:
    """Commands that were issued after the first terminal event: whoever wrote it did not know what was to come."""
    own = [event for event in leg.evidence.events if event.execution_id == execution.execution_id]
    end = min((event.event_id for event in own if event.event_type in TERMINALS), default=None)
    late = [event for event in own if end is not None and event.event_type == "command.issued" and event.event_id > end]
    if late:
        text = tuple(f"event {event.event_id} {event.event_type} of {event.node_name}" for event in late[:3])
        yield _finding(
            leg, "commands issued after the end", Weight.DIVERGES, (*_rows(leg, execution.execution_id), *text)
        )


def _rows(leg: LegContext, execution_id: int) -> tuple[str, ...]:
    return tuple(
        f"event {event.event_id} {event.event_type} at {event.created_at.isoformat()}"
        for event in leg.evidence.events
        if event.execution_id == execution_id and event.event_type in TERMINALS
    )


def _finding(
    leg: LegContext, fingerprint: str, weight: Weight, evidence: tuple[str, ...], edge: Edge | None = None
) -> Finding:
    return Finding(
        Checker.TERMINAL, leg.case.id, fingerprint, fingerprint, weight, leg.side, edge=edge, evidence=evidence
    )
