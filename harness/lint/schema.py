"""What the server refuses when it is given a playbook, each with its place (spec: noetl-python 1.1 to 1.4)."""

from __future__ import annotations

from collections.abc import Mapping

from harness.embedded.control_plane.engine.playbook import validate
from harness.files.yaml import Document
from harness.model.errors import Location


def schema_problems(document: Document) -> list[tuple[Location, str]]:
    """Empty for a playbook that can be registered and executed."""
    if not isinstance(document.value, Mapping):
        return [(document.where([]), "a playbook is a mapping")]
    problems = []
    for text in validate(dict(document.value)):
        path, _, message = text.partition(": ")
        keys = [int(key) if key.isdigit() else key for key in path.split(".")]
        problems.append((document.where(keys), f"{path}: {message}"))
    return problems
