"""From a playbook to what is wrong or risky in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harness.files.playbook import yaml_files
from harness.files.yaml import Document, load_yaml
from harness.lint.rules import RULES
from harness.lint.schema import schema_problems
from harness.lint.traps import yaml_traps
from harness.model.errors import HarnessError, Location


class Severity(StrEnum):
    """`ERROR`: the server refuses it or it can not run. `WARNING`: the pools are on record to treat it differently."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to look at. `because` is what is on record, with its source; empty for an error."""

    where: Location
    severity: Severity
    rule: str
    message: str
    because: str = ""


def lint(document: Document) -> tuple[Problem, ...]:
    """All problems of one playbook, in the order of their places."""
    problems = [*_schema(document), *_traps(document), *_pools(document)]
    return tuple(sorted(problems, key=lambda one: (one.where.line or 0, one.where.column or 0, one.rule)))


def lint_paths(paths: Iterable[Path]) -> tuple[Problem, ...]:
    """The problems of each playbook, and of each in a folder. A file of a folder that is no playbook is passed over, a
    file that was named is not. A file that can not be read as YAML is one error."""
    return tuple(problem for path in paths for problem in _of_path(path))


def _of_path(path: Path) -> Iterator[Problem]:
    if not path.is_dir():
        yield from _of_file(path)
        return
    for file in yaml_files(path):
        yield from _of_file(file, only_playbooks=True)


def _of_file(file: Path, *, only_playbooks: bool = False) -> Iterator[Problem]:
    try:
        document = load_yaml(file)
    except HarnessError as error:
        where = error.where or Location(str(file), 1, 1)
        yield Problem(where, Severity.ERROR, "yaml", error.what)
        return
    if not only_playbooks or (isinstance(document.value, Mapping) and "workflow" in document.value):
        yield from lint(document)


def _schema(document: Document) -> Iterator[Problem]:
    for where, message in schema_problems(document):
        yield Problem(where, Severity.ERROR, "schema", message)


def _traps(document: Document) -> Iterator[Problem]:
    for trap in yaml_traps(document):
        yield Problem(trap.where, Severity.WARNING, "yaml-1.1", trap.message, trap.because)


def _pools(document: Document) -> Iterator[Problem]:
    if not isinstance(document.value, Mapping):
        return
    for rule in RULES:
        for keys, message in rule.look(document.value):
            yield Problem(document.where(keys), Severity.WARNING, rule.id, message, rule.because)
