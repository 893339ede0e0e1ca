"""Raw task definitions as tasks, or the release's refusal (spec: noetl-python 2.2, NoETL 4.12.0)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_NOT_FOR_THE_TOOL = ("name", "kind", "spec", "output")


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `label` and `kind` are whatever the definition holds, `rules` too: the release checks no types.

    `config` is what is rendered and given to the tool: the definition without name, kind, spec and output.
    """

    label: Any
    kind: Any
    config: dict[str, Any]
    rules: Any


def normalise(definitions: Sequence[Any]) -> tuple[Task, ...]:
    """All tasks of a sequence. Raises ValueError, with the release's text, for the first that is malformed."""
    return tuple(_task(index, definition) for index, definition in enumerate(definitions))


def label_or_default(definition: Any, index: int) -> str:
    """The trimmed name of a raw definition, `task_<index>` where it has none."""
    name = definition.get("name") if isinstance(definition, dict) else None
    return name.strip() if isinstance(name, str) and name.strip() else f"task_{index}"


def _task(index: int, definition: Any) -> Task:
    if not isinstance(definition, dict):
        raise ValueError(f"Task at index {index} must be a dict, got {type(definition).__name__}")
    if "kind" not in definition:
        raise ValueError(
            f"Task at index {index}: Invalid format. Must be either:\n"
            "  1. Canonical: { name: 'task_name', kind: 'http', ... }\n"
            "  2. Unnamed: { kind: 'http', ... }\n"
            f"Got: {list(definition)}"
        )
    label = definition.get("name", f"task_{index}")
    if "eval" in definition:
        raise ValueError(f"Task '{label}': 'eval' is not allowed in v10. Use 'spec.policy.rules' for output handling.")
    config = {key: value for key, value in definition.items() if key not in _NOT_FOR_THE_TOOL}
    return Task(label, definition["kind"], config, _rules(definition.get("spec")))


def _rules(spec: Any) -> Any:
    policy = spec.get("policy") if isinstance(spec, dict) else None
    return policy.get("rules", []) if isinstance(policy, dict) else []
