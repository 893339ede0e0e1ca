"""How long nothing was heard of an execution."""

from __future__ import annotations

from collections.abc import Mapping

from harness.judge.project import Execution
from harness.model.event import BOOKKEEPING
from harness.model.evidence import Evidence


def silence(evidence: Evidence, family: Mapping[int, Execution], execution_id: int) -> float:
    """Seconds between the last event of any type, heartbeats too, of an execution or its descendants, and the end of
    the watch. What a parent's worker says while it waits is no sign of life of the child."""
    if not evidence.events:
        return evidence.quiet_seconds
    news = [event.created_at for event in evidence.events if not event.event_type.startswith(BOOKKEEPING)]
    own = [event.created_at for event in evidence.events if _is_in(family, event.execution_id, execution_id)]
    since_news = max(news or own) - max(own) if own else max(news) - max(news)
    return max(0.0, evidence.quiet_seconds + since_news.total_seconds())


def _is_in(family: Mapping[int, Execution], execution_id: int | None, root: int) -> bool:
    while execution_id is not None and execution_id != root:
        execution_id = family[execution_id].parent if execution_id in family else None
    return execution_id == root
