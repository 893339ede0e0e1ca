"""How two JSON values differ, place by place. Types count: true is not 1, 1 is not 1.0, null is not absent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.judge.normalise import Approximate
from harness.judge.paths import pointer
from harness.model.noise import Kind
from harness.model.secrets import blotted_value, names_secret

_LONGEST = 200


class _Absent:
    """Stands for no value at all: null is one."""


ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place. `path` holds keys and indexes; a `shape` is two objects there that share no key."""

    kind: Kind
    path: tuple[str | int, ...]
    reference: Any
    candidate: Any

    @property
    def pointer(self) -> str:
        """The RFC 6901 pointer of the place."""
        return pointer(*self.path)

    @property
    def place(self) -> str:
        """The pointer with every index as `*`: the same for all items of a list, so that they are one cause."""
        return pointer(*("*" if isinstance(part, int) else part for part in self.path))

    def __str__(self) -> str:
        if any(names_secret(str(key)) for key in self.path):
            return f"{self.pointer}: differs (a secret by its name, not shown)"
        return f"{self.pointer or 'the whole'}: reference {shown(self.reference)}, candidate {shown(self.candidate)}"


def differences(reference: Any, candidate: Any, path: tuple[str | int, ...] = ()) -> Iterator[Difference]:
    """Every difference once, outermost first, keys in the reference's order, then the candidate's own."""
    if json_type(reference) != json_type(candidate):
        yield Difference(Kind.TYPE, path, reference, candidate)
    elif isinstance(reference, Mapping):
        yield from _of_objects(reference, candidate, path)
    elif isinstance(reference, list | tuple):
        yield from _of_lists(reference, candidate, path)
    elif isinstance(reference, Approximate):
        if not reference.is_near(candidate):
            yield Difference(Kind.VALUE, path, reference.value, candidate.value)
    elif reference != candidate:
        yield Difference(Kind.VALUE, path, reference, candidate)


def json_type(value: Any) -> str:
    """The JSON type, with integers told from other numbers."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case list() | tuple():
            return "list"
        case Approximate():
            return "approximate number"
        case _:
            return type(value).__name__


def shown(value: Any) -> str:
    """A value as people read it, cut to a line."""
    if value is ABSENT:
        return "nothing"
    text = json.dumps(blotted_value(value), ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _of_objects(
    reference: Mapping[str, Any], candidate: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[Difference]:
    if reference and candidate and not set(reference) & set(candidate):
        yield Difference(Kind.SHAPE, path, reference, candidate)
        return
    for key, value in reference.items():
        if key in candidate:
            yield from differences(value, candidate[key], (*path, key))
        else:
            yield Difference(Kind.MISSING, (*path, key), value, ABSENT)
    for key, value in candidate.items():
        if key not in reference:
            yield Difference(Kind.EXTRA, (*path, key), ABSENT, value)


def _of_lists(reference: Sequence[Any], candidate: Sequence[Any], path: tuple[str | int, ...]) -> Iterator[Difference]:
    if len(reference) != len(candidate):
        yield Difference(Kind.LENGTH, path, list(reference), list(candidate))
        return
    for index, (one, other) in enumerate(zip(reference, candidate, strict=True)):
        yield from differences(one, other, (*path, index))
