"""From a log line or an error text to the name of its cause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.judge.literals import fixed
from harness.judge.masks import masked
from harness.model.evidence import LogLine

_AT_ONCE = 500
"""Lines that are looked at together: few enough to stay in a processor's cache."""


@dataclass(frozen=True, slots=True)
class LogFingerprint:
    """A known text. `template` may use the pattern's groups as `{1}`, `{2}`; it is the fingerprint of a finding."""

    id: str
    pattern: re.Pattern[str]
    template: str

    def of(self, text: str) -> str | None:
        """The fingerprint of `text`, or None where the pattern is not in it."""
        found = self.pattern.search(text) if self.may_be_in(text) else None
        if found is None:
            return None
        return re.sub(r"\{(\d)\}", lambda group: found[int(group[1])] or "", self.template)

    def may_be_in(self, text: str) -> bool:
        """A fast look: whether a fixed part of the pattern is in `text`."""
        return any(part in text for part in fixed(self.pattern))


def likely(lines: Iterable[LogLine], known: Sequence[LogFingerprint]) -> tuple[LogFingerprint, ...]:
    """Those of `known` that are worth a search in each of these lines: of most logs, none."""
    text = "\n".join(line.text for line in lines)
    return tuple(one for one in known if one.may_be_in(text))


def named(text: str, known: Sequence[LogFingerprint]) -> str | None:
    """The first known fingerprint in `text`."""
    return next((name for one in known if (name := one.of(text)) is not None), None)


def of_error(message: str, known: Sequence[LogFingerprint], step: str = "") -> str:
    """The fingerprint of an error text: a known one, or the text with all names and numbers masked, `step`'s too."""
    return named(message, known) or masked(message, step)


def of_lines(lines: Iterable[LogLine], known: Sequence[LogFingerprint]) -> tuple[str, LogLine] | None:
    """The first known fingerprint among log lines, error lines first, with the line that shows it."""
    return next(spotted(sorted(lines, key=lambda one: one.level != "ERROR"), known), None)


def spotted(lines: Sequence[LogLine], known: Sequence[LogFingerprint]) -> Iterator[tuple[str, LogLine]]:
    """Every line that shows a known fingerprint, with the first one that it shows.

    Lines are looked at many at a time. Most logs have none of the texts, and then no line is searched by itself.
    """
    for start in range(0, len(lines), _AT_ONCE):
        block = lines[start : start + _AT_ONCE]
        near = likely(block, known)
        for line in block if near else ():
            if (name := named(line.text, near)) is not None:
                yield name, line
