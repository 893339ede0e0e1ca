"""The fixed texts of a regular expression: a search for them is some fifty times faster than one for the pattern."""

from __future__ import annotations

import re
from functools import cache

_TOKEN = re.compile(
    r"(?P<plain>[^\\()\[\]{}?*+.^$|])|\\(?P<escaped>[^A-Za-z0-9])|(?P<open>\()|(?P<close>\))|(?P<other>\|)"
    r"|(?P<repeat>[?*+]|\{[^}]*\})|(?P<some>\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[.^$])",
    re.DOTALL,
)
"""One part of a pattern, as far as it matters here which characters stand for themselves."""


@cache
def fixed(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Texts of which every match has at least one: the longest of each alternative. The empty text where an
    alternative has none, or the pattern does not tell upper from lower case: then nothing can be said."""
    if pattern.flags & (re.IGNORECASE | re.VERBOSE):
        return ("",)
    return tuple(max(texts, key=len) for texts in _alternatives(pattern.pattern))


def _alternatives(pattern: str) -> list[list[str]]:
    """The runs of plain characters outside of all groups, for each alternative of the whole pattern."""
    alternatives, depth = [[""]], 0
    for token in _TOKEN.finditer(pattern):
        kind, text = token.lastgroup, token[token.lastgroup or 0]
        runs = alternatives[-1]
        depth += (kind == "open") - (kind == "close")
        if depth:
            continue
        match kind:
            case "plain" | "escaped":
                runs[-1] += text
            case "repeat":
                runs[-1:] = [runs[-1] if text == "+" else runs[-1][:-1], ""]
            case "other":
                alternatives.append([""])
            case _:
                runs.append("")
    return alternatives
