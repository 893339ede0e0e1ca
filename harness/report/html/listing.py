"""Text with numbered lines, some of which are marked: playbooks and results."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.files.yaml import parse_yaml
from harness.judge.paths import pointer
from harness.model.errors import HarnessError
from harness.model.secrets import blotted_value
from harness.model.suite import Case

_MOST_LINES = 160
_LONGEST = 240


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `note` says where it is from, or why it is marked."""

    number: int
    text: str
    marked: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A file, line by line. `marked` is whether any line is."""

    name: str
    lines: tuple[Line, ...]

    @property
    def marked(self) -> bool:
        """Whether there is something to see in it."""
        return any(line.marked for line in self.lines)


def playbooks(case: Case, guilty: Mapping[tuple[str, str], str]) -> tuple[Listing, ...]:
    """The case's playbook and those that it calls. The steps in `guilty`, by catalog path and name, are marked, with
    what is said of them."""
    texts = ((case.path, case.file, case.source), *((path, path, text) for path, text in case.requires))
    return tuple(
        _playbook(name, text, {step: said for (of, step), said in guilty.items() if of == path})
        for path, name, text in texts
        if text
    )


def _playbook(name: str, text: str, guilty: Mapping[str, str]) -> Listing:
    marks: dict[int, str] = {}
    lines = text.splitlines()
    for first, said in _guilty_lines(name, text, guilty):
        last = first + 1
        depth = _depth(lines[first])
        while last < len(lines) and (not lines[last].strip() or _depth(lines[last]) > depth):
            last += 1
        while not lines[last - 1].strip():
            last -= 1
        marks |= {first: said, **dict.fromkeys(range(first + 1, last), "")}
    return Listing(
        name,
        tuple(Line(number + 1, line, number in marks, marks.get(number, "")) for number, line in enumerate(lines)),
    )


def _guilty_lines(name: str, text: str, guilty: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The first line of each guilty step, counted from 0, with what is said of it."""
    try:
        document = parse_yaml(text, name)
    except HarnessError:
        return  # a case may hold a playbook that is broken on purpose
    workflow = document.value.get("workflow") if isinstance(document.value, Mapping) else None
    for number, step in enumerate(workflow if isinstance(workflow, list) else ()):
        said = guilty.get(str(step.get("step"))) if isinstance(step, Mapping) else None
        where = document.where(["workflow", number])
        if said is not None and where.line is not None:
            yield where.line - 1, said


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def json_lines(value: Any, pointers: Sequence[str]) -> tuple[Line, ...]:
    """A value as indented JSON, cut where it is long. Lines at `pointers` and below are marked."""
    lines: list[Line] = []
    for place, depth, text in _walk(blotted_value(value), (), 0, ""):
        if len(lines) == _MOST_LINES:
            lines.append(Line(len(lines) + 1, "… more in verdict.json"))
            break
        at = pointer(*place)
        marked = any(one and (at == one or at.startswith(f"{one}/")) for one in pointers)
        lines.append(Line(len(lines) + 1, "  " * depth + text, marked, at))
    return tuple(lines)


def _walk(
    value: Any, place: tuple[str | int, ...], depth: int, key: str
) -> Iterator[tuple[tuple[str | int, ...], int, str]]:
    match value:
        case Mapping() if value:
            yield place, depth, f"{key}{{"
            for name, part in value.items():
                yield from _walk(part, (*place, str(name)), depth + 1, f"{json.dumps(str(name), ensure_ascii=False)}: ")
            yield place, depth, "}"
        case list() | tuple() if value:
            yield place, depth, f"{key}["
            for number, part in enumerate(value):
                yield from _walk(part, (*place, number), depth + 1, "")
            yield place, depth, "]"
        case _:
            text = json.dumps(value, ensure_ascii=False, default=str)
            yield place, depth, key + (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
