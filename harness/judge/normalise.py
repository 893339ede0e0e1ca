"""Rules, which are data, that take from an envelope's data what differs from run to run (spec: noetl-python 7.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from harness.judge.paths import DROP, RulePath
from harness.judge.unlike import unlike
from harness.model.json import canonical

PROTECTED = frozenset(
    {
        "status",
        "status_code",
        "http_status",
        "state",
        "code",
        "error_code",
        "sqlstate",
        "error",
        "error_kind",
        "failed",
        "completed",
        "terminal",
        "exit_code",
    }
)
"""Names of what says how something ended. No rule may touch them: what they hold is the answer itself."""


class Action(StrEnum):
    """What a rule does with a place."""

    DROP = "drop"
    CANONICAL_ID = "canonical-id"
    TOLERANCE = "tolerance"
    UNORDERED = "unordered"


@dataclass(frozen=True, slots=True)
class Approximate:
    """A number that stands for all numbers within a distance of it."""

    value: float
    within: float

    def is_near(self, other: Approximate) -> bool:
        """Whether the two numbers are no further apart than the rule allows."""
        return abs(self.value - other.value) <= self.within


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `tool` limits it to a tool kind; `tolerance` is how far two numbers may be apart.

    `drop` removes the place, so that neither its value nor its presence is compared. `canonical-id` compares only that
    there is some id, or some object, or some list. Of an object or a list, both leave what is protected in it.
    `tolerance` compares numbers, 1 and 1.0 too, by their distance. `unordered` compares a list as a multiset. Raises
    `ValueError` with a sentence for a person when the rule would hide what is protected.
    """

    path: RulePath
    action: Action
    because: str
    tool: str | None = None
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        last = self.path.segments[-1].key if self.path.segments else "*"
        if last == "*" or last in PROTECTED:
            raise ValueError(f"{self.path.text} would hide what is protected: {', '.join(sorted(PROTECTED))}")
        if (self.action is Action.TOLERANCE) != (self.tolerance > 0):
            raise ValueError(f"{self.path.text}: a tolerance above 0 belongs to the action tolerance, and only to it")

    def apply(self, data: Any) -> Any:
        """`data` with the rule applied wherever its path leads."""
        return self.path.rewrite(data, self._change)

    def _change(self, value: Any) -> Any:
        match self.action:
            case Action.DROP:
                return _protected(value)
            case Action.CANONICAL_ID:
                kept = _protected(value)
                return _canonical(value) if kept is DROP else kept
            case Action.TOLERANCE:
                numeric = isinstance(value, int | float) and not isinstance(value, bool)
                return Approximate(value, self.tolerance) if numeric else value
            case Action.UNORDERED:
                return sorted(value, key=canonical) if isinstance(value, list | tuple) else value
            case never:
                assert_never(never)


def normalise(data: Any, tool_kind: str, rules: Iterable[Rule]) -> Any:
    """`data` after every rule that is for this tool kind. Doing it twice changes nothing more."""
    keys = set(_keys(data))
    for rule in rules:
        if rule.tool in (None, tool_kind) and rule.path.names <= keys:
            data = rule.apply(data)
    return data


def normalise_both(reference: Any, candidate: Any, tool_kind: str, rules: Sequence[Rule]) -> tuple[Any, Any]:
    """Both sides normalised, without most of what is the same on both: no rule can make a difference of that.

    Where a list is compared as a multiset, its items have no place of their own, and everything stays.
    """
    if not any(rule.action is Action.UNORDERED for rule in rules):
        reference, candidate = unlike(reference, candidate, PROTECTED)
    return normalise(reference, tool_kind, rules), normalise(candidate, tool_kind, rules)


def _keys(data: Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        yield from data
        for child in data.values():
            yield from _keys(child)
    elif isinstance(data, list | tuple):
        for child in data:
            yield from _keys(child)


def _protected(value: Any) -> Any:
    """`value` with nothing left but what is protected, at any depth; `DROP` where that is nothing."""
    if isinstance(value, Mapping):
        kept = {key: child if key in PROTECTED else _protected(child) for key, child in value.items()}
        return {key: child for key, child in kept.items() if child is not DROP} or DROP
    if isinstance(value, list | tuple):
        items = [_protected(item) for item in value]
        return [{} if item is DROP else item for item in items] if any(item is not DROP for item in items) else DROP
    return DROP


def _canonical(value: Any) -> Any:
    """What stands for any id of this kind. Nothing, true and false are no ids; an object or a list is never a text."""
    match value:
        case None | "" | bool():
            return value
        case str() | int() | float():
            return "<id>"
        case Mapping():
            return "<object>"
        case _:
            return "<list>"
