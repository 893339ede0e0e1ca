"""Error texts without what differs from run to run and from machine to machine, so that one cause has one name."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeAlias

_LONGEST = 120
_READ = 2000
"""Characters of a text that are looked at: more than enough for what is kept, and few for the patterns below."""

_Mask: TypeAlias = str | Callable[[re.Match[str]], str]

_PHRASES = "|".join(f"{status.value} {re.escape(status.phrase)}" for status in HTTPStatus)
_NO_VOWEL = "bcdfghjklmnpqrstvwxz2456789"
"""The alphabet in which Kubernetes names the pods of a deployment."""


def _quoted(found: re.Match[str]) -> str:
    """A quoted HTTP status says what happened, any other quoted text is a name or a value."""
    mark = found[0][-1]
    status = re.match(rf"(?:{_PHRASES})|\d{{3}}(?= *$)", found[1])
    return f"{mark}{status[0] if status else '...'}{mark}"


def _number(found: re.Match[str]) -> str:
    return found[0] if found["kept"] else "<n>"


_IDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,}\b"), "<id>"),
    (re.compile(r"\d+"), "<n>"),
)

_MASKS: tuple[tuple[re.Pattern[str], _Mask], ...] = (
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"), "<time>"),
    (re.compile(r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?"), "<time>"),
    (re.compile(r"\b[a-z][a-z0-9+]*://[^\s'\")]+"), "<url>"),
    (re.compile(r"(?<![\w.~/>-])(?:\.{1,2}|~)?(?:/[\w.@%+<>-]*[\w@%+<>-])+/?"), "<path>"),
    (re.compile(rf"\b[a-z0-9-]+-[{_NO_VOWEL}]{{8,10}}-[{_NO_VOWEL}]{{5}}\b"), "<pod>"),
    (re.compile(r"\bworker-[0-9a-f]{8}\b"), "<worker>"),
    (re.compile(r"\[[0-9a-f]*:[0-9a-f:]+\](?::\d+)?"), "<host>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"), "<host>"),
    (re.compile(r"\b[\w-]+(?:\.[\w-]+)+:\d{2,5}\b|\b(?!code:|status:)[A-Za-z][\w-]*:\d{4,5}\b"), "<host>"),
    (re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.(?:local|internal|svc|lan)\b"), "<host>"),
    (re.compile(r"\b0[xX][0-9a-fA-F]+\b"), "<address>"),
    (re.compile(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,}\b"), "<id>"),
    (
        re.compile(
            r"(?P<kept>(?:\b(?:exit|exited with|signal|return|HTTP)|code|status|SQLSTATE)[ =:(\[_'\"]*-?(?=\d)\w+"
            rf"|\b(?:{_PHRASES})|\b(?:Client|Server) error '\d{{3}}|: \d{{3}}(?= {{))|(?<!\d)\d+(?:\.\d+)*"
        ),
        _number,
    ),
    (re.compile(r"(?<!\w)[bru]?'([^']*)'(?!\w)"), _quoted),
    (re.compile(r'"([^"]*)"'), _quoted),
)
"""In order. Numbers that say how something ended stay: exit codes, HTTP statuses and SQLSTATEs are causes. The last two
forms of a status are httpx's and the Rust playbook tool's."""


def masked(message: str, step: str = "") -> str:
    """The first line of an error text, free of ids, times, numbers, addresses, paths, hosts and quoted names.

    `step` is the step that failed: where the text speaks of it by name, no name is left.
    """
    lines = message.strip().splitlines()
    text = lines[0].strip()[:_READ] if lines else "an error without a text"
    if step:
        text = _without(step, text)
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def masked_request(method_and_path: str) -> str:
    """A request to the lane's own test server, `POST /orders/<n>`: its path is a name, only the ids in it are not."""
    for pattern, mask in _IDS:
        method_and_path = pattern.sub(mask, method_and_path)
    return method_and_path


def _without(step: str, text: str) -> str:
    """A name that could be an ordinary word is one, unless the words before it say that it is a step's."""
    before = "" if re.search(r"[\d_.:-]", step) else r"(?<=\bstep )|(?<=\btask )|(?<=\bnode )|(?<=\bStep )|(?<=\bTask )"
    return re.sub(rf"(?:{before})(?<![\w-]){re.escape(step)}(?![\w-])", "<step>", text)
