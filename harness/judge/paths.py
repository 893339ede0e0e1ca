"""Two little languages: RFC 6901 pointers, which name one place, and rule paths, which name many."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"\.\.(?P<deep>[A-Za-z_][\w-]*)|\.(?P<key>[A-Za-z_][\w-]*|\*)|\[(?P<items>\*)\]")


def pointer(*parts: str | int) -> str:
    """The RFC 6901 pointer of these keys and indexes; the empty text is the whole document."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def parts(text: str) -> tuple[str, ...]:
    """The keys and indexes of an RFC 6901 pointer, all as texts."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


@dataclass(frozen=True, slots=True)
class Segment:
    """One step of a rule path: a key here, that key at any depth (`deep`), or `*` for every key or item."""

    key: str
    deep: bool = False


@dataclass(frozen=True, slots=True)
class RulePath:
    """`$.headers`, `$..execution_id`, `$.rows[*].t`: a part of JSONPath that is enough for rules."""

    text: str
    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, text: str) -> RulePath:
        """Raises `ValueError` with a sentence for a person when `text` is no rule path."""
        if not text.startswith("$"):
            raise ValueError(f"{text!r} does not begin with $")
        segments, at = [], 1
        while at < len(text):
            found = _STEP.match(text, at)
            if found is None:
                raise ValueError(f"{text!r} can not be read from {text[at:]!r} on: use .key, ..key, .* or [*]")
            deep = found["deep"]
            segments.append(Segment(deep or found["key"] or found["items"], deep is not None))
            at = found.end()
        return cls(text, tuple(segments))

    @property
    def names(self) -> frozenset[str]:
        """The keys that a value must have for the path to lead anywhere in it."""
        return frozenset(segment.key for segment in self.segments) - {"*"}

    def rewrite(self, value: Any, change: Callable[[Any], Any]) -> Any:
        """`value` with `change` applied to every place that the path names. `DROP` as an answer removes the place."""
        return _rewrite(value, self.segments, change)


class _Drop:
    """The answer that removes a place."""


DROP = _Drop()


def _rewrite(value: Any, segments: Sequence[Segment], change: Callable[[Any], Any]) -> Any:
    if not segments:
        return change(value)
    head, rest = segments[0], segments[1:]
    if isinstance(value, Mapping):
        return _without_dropped(
            {
                key: _rewrite_child(child, head.key in (key, "*"), head, segments, rest, change)
                for key, child in value.items()
            }
        )
    if isinstance(value, list | tuple):
        items = [_rewrite_child(child, head.key == "*", head, segments, rest, change) for child in value]
        return [item for item in items if item is not DROP]
    return value


def _rewrite_child(
    child: Any,
    named: bool,
    head: Segment,
    segments: Sequence[Segment],
    rest: Sequence[Segment],
    change: Callable[[Any], Any],
) -> Any:
    if head.deep:
        child = _rewrite(child, segments, change)
    return _rewrite(child, rest, change) if named else child


def _without_dropped(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value is not DROP}
