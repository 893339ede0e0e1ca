"""The guard against a break before the first page (spec: noetl-python 2.7, NoETL 4.12.0).

It knows one playbook's labels: a sequence that breaks after `init_page` alone, with the tasks that fetch pages still to
come and patients to fetch, has failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.reference.task_sequence.normalise import label_or_default

_COUNT_KEYS = frozenset(
    {
        "patient_count",
        "patients_count",
        "active_patient_count",
        "active_patients_count",
        "total_patient_count",
        "total_patients",
        "patient_total",
    }
)
_MAX_DEPTH = 8


def no_progress(
    label: Any, context: dict[str, Any], remaining: Sequence[Any], results: dict[Any, Any]
) -> dict[str, Any] | None:
    """The error dict of a break at `label` that made no progress, or None. `remaining` are raw task definitions."""
    if set(results) != {"init_page"}:
        return None
    names = [label_or_default(definition, index) for index, definition in enumerate(remaining)]
    lowered = {name.lower() for name in names}
    if "paginate" not in lowered or not lowered & {"fetch_page", "save_page"}:
        return None
    count = _largest_count(context)
    if count is None:
        return None
    return {
        "kind": "logic",
        "code": "TASK_SEQUENCE_NO_PROGRESS",
        "retryable": False,
        "message": f"Task sequence broke at '{label}' without page fetch progress while patient_count={count}.",
        "details": {"patient_count": count, "remaining_tasks": names},
    }


def _largest_count(value: Any, depth: int = 0) -> int | None:
    if depth > _MAX_DEPTH or not isinstance(value, dict | list):
        return None
    found = [_largest_count(child, depth + 1) for child in (value.values() if isinstance(value, dict) else value)]
    if isinstance(value, dict):
        found += [_positive(child) for key, child in value.items() if str(key).strip().lower() in _COUNT_KEYS]
    return max((count for count in found if count is not None), default=None)


def _positive(value: Any) -> int | None:
    match value:
        case bool():
            return None
        case int() | float():
            number = int(value)
        case str() if value.strip().isdigit():
            number = int(value.strip())
        case _:
            return None
    return number if number > 0 else None
