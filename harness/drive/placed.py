"""Catalog paths of a run's own, on a NoETL that has other users: nobody's playbook is replaced, and no other run's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from harness.model.suite import Case

_FIRST = re.compile(r"/?[^/]+/")
"""The first part of a path. What NoETL routes by stands there (`system/`, spec: noetl-python 3.1), so it stays."""


def placed(path: str, mark: str) -> str:
    """`parity/http/get` as `parity/MARK/http/get`. A path of one part can not be moved without being another one."""
    return _FIRST.sub(lambda found: f"{found[0]}{mark}/", path, count=1)


def placed_case(case: Case, mark: str) -> Case:
    """The case with its own path and those of its sub-playbooks moved, wherever its texts name them as a whole."""
    if not mark:
        return case
    moved = {path: placed(path, mark) for path in (case.path, *(path for path, _ in case.requires))}
    named = _named(moved)
    return replace(
        case,
        path=moved[case.path],
        source=_moved(case.source, named, moved),
        requires=tuple((moved[path], _moved(text, named, moved)) for path, text in case.requires),
        payload={key: _moved(value, named, moved) for key, value in case.payload.items()},
    )


def _named(paths: Iterable[str]) -> re.Pattern[str]:
    """Any of these paths, and no longer one that has it in it."""
    either = "|".join(re.escape(path) for path in sorted(paths, key=len, reverse=True))
    return re.compile(rf"(?<![\w./-])(?:{either})(?![\w/-])")


def _moved(value: Any, named: re.Pattern[str], moved: Mapping[str, str]) -> Any:
    match value:
        case str():
            return named.sub(lambda found: moved[found[0]], value)
        case Mapping():
            return {key: _moved(part, named, moved) for key, part in value.items()}
        case list() | tuple():
            return [_moved(part, named, moved) for part in value]
        case _:
            return value
