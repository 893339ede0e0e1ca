"""Whether work ran side by side."""

from __future__ import annotations

from harness.model.envelope import Call, Outcome

_WAITS_FOR_CHILDREN = frozenset({"playbook", "task_sequence"})
"""Kinds whose call may be open because it waits for a child execution."""


def one_at_a_time(outcome: Outcome) -> bool:
    """Whether no two calls of the leg were open at once, other than one that contains the other's execution."""
    still_open: list[Call] = []
    for call in outcome.calls:
        still_open = [one for one in still_open if one.ended_event is None or one.ended_event > call.issued_event]
        if not all(_may_contain(one, call) for one in still_open):
            return False
        still_open.append(call)
    return True


def _may_contain(parent: Call, inner: Call) -> bool:
    return parent.tool_kind in _WAITS_FOR_CHILDREN and parent.execution_id != inner.execution_id
