"""Which items of two lists belong together: rows of a table, calls to a server."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.model.json import canonical

Identity = Callable[[Any], Hashable]
"""Items with the same identity are taken for one another."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list. `number` counts from 0 in its own list, `text` is equal for equal values."""

    number: int
    value: Any
    text: str


@dataclass(frozen=True, slots=True)
class Matching:
    """What is not the same in two lists. `pairs` are the same item with other contents, `missing` and `added` are in
    one list only, `moved` are equal items that stand in another order, place by place."""

    pairs: tuple[tuple[Item, Item], ...]
    missing: tuple[Item, ...]
    added: tuple[Item, ...]
    moved: tuple[tuple[Item, Item], ...]


def match(reference: Iterable[Any], candidate: Iterable[Any], identities: Sequence[Identity]) -> Matching:
    """Equal items are matched first, each as often as it is there. Of what is left, those of one identity belong
    together in their order, by the first identity that they have in common."""
    left, right = _items(reference), _items(candidate)
    alone, other_alone = _only(left, right), _only(right, left)
    pairs, missing, added = _paired(alone, other_alone, identities)
    both = zip(_without(left, alone), _without(right, other_alone), strict=True)
    moved = tuple((one, other) for one, other in both if one.text != other.text)
    return Matching(tuple(pairs), tuple(missing), tuple(added), moved)


def _items(values: Iterable[Any]) -> list[Item]:
    return [Item(number, value, canonical(value)) for number, value in enumerate(values)]


def _only(items: Sequence[Item], others: Iterable[Item]) -> list[Item]:
    spare = Counter(one.text for one in others)
    alone = []
    for one in items:
        if spare[one.text]:
            spare[one.text] -= 1
        else:
            alone.append(one)
    return alone


def _paired(
    left: Sequence[Item], right: Sequence[Item], identities: Iterable[Identity]
) -> tuple[list[tuple[Item, Item]], Sequence[Item], Sequence[Item]]:
    pairs: list[tuple[Item, Item]] = []
    for identity in identities:
        waiting: defaultdict[Hashable, list[Item]] = defaultdict(list)
        for other in reversed(right):
            waiting[identity(other.value)].append(other)
        met = [(one, same.pop()) for one in left if (same := waiting[identity(one.value)])]
        pairs += met
        left = _without(left, [one for one, _ in met])
        right = _without(right, [other for _, other in met])
    return pairs, left, right


def _without(items: Iterable[Item], taken: Iterable[Item]) -> list[Item]:
    numbers = {one.number for one in taken}
    return [one for one in items if one.number not in numbers]
