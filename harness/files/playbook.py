"""One playbook file: its text, its catalog path, and what it needs beside itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.files.yaml import Document, parse_yaml, read_text
from harness.model.errors import HarnessError, Location

_TEMPLATE = "{{"


@dataclass(frozen=True, slots=True)
class Playbook:
    """`path` is the catalog path: `metadata.path`, else `metadata.name` (spec: noetl-python 1.2)."""

    path: str
    text: str = field(repr=False)
    document: Document = field(repr=False)


def load_playbook(file: Path) -> Playbook:
    """Read one playbook. Raises `HarnessError` when the file is not sound YAML or names no catalog path."""
    text = read_text(file)
    document = parse_yaml(text, str(file))
    catalog_path = _catalog_path(document.value)
    if catalog_path is None:
        raise HarnessError(
            "this is not a playbook: metadata has no path and no name",
            "A NoETL playbook is a mapping with `metadata: {name: ..., path: ...}`.",
            where=document.where(["metadata"]),
        )
    return Playbook(catalog_path, text, document)


def sub_playbooks(playbook: Playbook, folder: Path) -> tuple[Playbook, ...]:
    """The playbooks that `kind: playbook` tools lead to, over any number of steps, as far as `folder` holds them.

    A path that is a template, or that no file below `folder` has, is left to the server.
    """
    found: dict[str, Playbook] = {}
    waiting = [playbook]
    shelf: dict[str, Playbook] | None = None
    while waiting:
        for path in sorted(_called(waiting.pop().document.value)):
            if path == playbook.path or path in found or _TEMPLATE in path:
                continue
            shelf = _shelf(folder) if shelf is None else shelf
            if path in shelf:
                found[path] = shelf[path]
                waiting.append(shelf[path])
    return tuple(found.values())


def yaml_files(folder: Path) -> list[Path]:
    """All YAML files below `folder`, in the order of their names."""
    return sorted(file for file in folder.rglob("*") if file.suffix in (".yaml", ".yml") and file.is_file())


def _shelf(folder: Path) -> dict[str, Playbook]:
    """The playbooks below `folder` by catalog path. Files that are no playbooks are none of our business here."""
    shelf: dict[str, Playbook] = {}
    for file in yaml_files(folder):
        try:
            playbook = load_playbook(file)
        except HarnessError:
            continue
        shelf.setdefault(playbook.path, playbook)
    return shelf


def _catalog_path(value: Any) -> str | None:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    path = (metadata.get("path") or metadata.get("name")) if isinstance(metadata, dict) else None
    return path if isinstance(path, str) else None


def _called(value: Any) -> set[str]:
    return {
        mapping["path"]
        for mapping in _mappings(value)
        if mapping.get("kind") == "playbook" and isinstance(mapping.get("path"), str)
    }


def _mappings(value: Any) -> Iterator[dict[Any, Any]]:
    match value:
        case dict():
            yield value
            for part in value.values():
                yield from _mappings(part)
        case list():
            for part in value:
                yield from _mappings(part)


def step_place(source: str, file: str, step: str | None) -> Location:
    """Where a step stands in the text of a playbook; the first line where it is not in there."""
    try:
        document = parse_yaml(source, file)
    except HarnessError:
        return Location(file, 1)
    workflow = document.value.get("workflow") if isinstance(document.value, dict) else None
    for number, one in enumerate(workflow if isinstance(workflow, list) else ()):
        if isinstance(one, dict) and step is not None and one.get("step") == step:
            return document.where(["workflow", number])
    return Location(file, 1)
