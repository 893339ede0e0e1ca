"""What two JSON values do not have in common: most of two results is the same, and need not be looked at twice."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

_SCALARS = frozenset({str, int, float, bool, type(None)})


def unlike(one: Any, other: Any, keep: Set[str]) -> tuple[Any, Any]:
    """Both values with null in place of every part that is the same on both, so that they differ where they did.

    Of an object's parts that are the same only one is left at all, so that the objects still share a key, and those
    under a name of `keep` stay as they are. Types count as in `differences`.
    """
    kind = type(one)
    if kind is type(other):
        if kind is dict:
            return _objects(one, other, keep)
        if kind is list and len(one) == len(other):
            return _lists(one, other, keep)
        if kind in _SCALARS and one == other:
            return None, None
    return one, other


def _objects(one: dict[str, Any], other: dict[str, Any], keep: Set[str]) -> tuple[Any, Any]:
    left: dict[str, Any] = {}
    right: dict[str, Any] = {}
    same = None
    for key, mine in one.items():
        if key not in other:
            left[key] = mine
            continue
        theirs = other[key]
        if key not in keep:
            mine, theirs = unlike(mine, theirs, keep)
            if mine is None and theirs is None:
                same = key
                continue
        left[key], right[key] = mine, theirs
    right |= {key: value for key, value in other.items() if key not in one}
    if not left and not right:
        return None, None
    if same is not None:
        left[same] = right[same] = None
    return left, right


def _lists(one: list[Any], other: list[Any], keep: Set[str]) -> tuple[Any, Any]:
    pairs = [unlike(mine, theirs, keep) for mine, theirs in zip(one, other, strict=True)]
    if all(mine is None and theirs is None for mine, theirs in pairs):
        return None, None
    return [mine for mine, _ in pairs], [theirs for _, theirs in pairs]
