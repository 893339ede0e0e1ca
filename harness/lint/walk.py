"""The parts of a playbook with the keys that lead to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Keys: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class StepPart:
    """One step of the workflow."""

    keys: Keys
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.body.get("step", ""))

    @property
    def is_sequence(self) -> bool:
        """Whether the server makes a task_sequence of it (spec: noetl-python 2.1)."""
        tool = self.body.get("tool")
        return isinstance(tool, list) or bool(rules_of(tool))


@dataclass(frozen=True, slots=True)
class ToolPart:
    """One tool: a step's, one of its list, or one of the workbook. `step` is None in the workbook."""

    keys: Keys
    body: Mapping[str, Any]
    step: StepPart | None

    @property
    def kind(self) -> str:
        return str(self.body.get("kind", ""))


@dataclass(frozen=True, slots=True)
class Part:
    """An arc of a step, or a rule of a tool's policy."""

    keys: Keys
    body: Mapping[str, Any]


def steps(document: Mapping[str, Any]) -> Iterator[StepPart]:
    """All steps, in their order."""
    for index, step in _entries(document.get("workflow")):
        yield StepPart(("workflow", index), step)


def tools(document: Mapping[str, Any]) -> Iterator[ToolPart]:
    """All tools of steps, then those of the workbook."""
    for step in steps(document):
        yield from _tools_of(step.body.get("tool"), (*step.keys, "tool"), step)
    for index, entry in _entries(document.get("workbook")):
        yield from _tools_of(entry.get("tool"), ("workbook", index, "tool"), None)


def arcs(document: Mapping[str, Any]) -> Iterator[Part]:
    """All arcs of all steps."""
    for step in steps(document):
        following = step.body.get("next")
        if isinstance(following, Mapping):
            for index, arc in _entries(following.get("arcs")):
                yield Part((*step.keys, "next", "arcs", index), arc)


def rules(tool: ToolPart) -> Iterator[Part]:
    """The policy rules of one tool."""
    for index, rule in _entries(rules_of(tool.body)):
        yield Part((*tool.keys, "spec", "policy", "rules", index), rule)


def rules_of(tool: Any) -> Any:
    """`spec.policy.rules`, or None."""
    for key in ("spec", "policy", "rules"):
        tool = tool.get(key) if isinstance(tool, Mapping) else None
    return tool


def texts(value: Any, keys: Keys = ()) -> Iterator[tuple[Keys, str]]:
    """All strings below `value`."""
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(item, (*keys, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, (*keys, index))


def _tools_of(tool: Any, keys: Keys, step: StepPart | None) -> Iterator[ToolPart]:
    if isinstance(tool, Mapping):
        yield ToolPart(keys, tool, step)
    for index, task in _entries(tool):
        yield ToolPart((*keys, index), task, step)


def _entries(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if isinstance(value, list):
        yield from ((index, one) for index, one in enumerate(value) if isinstance(one, Mapping))
