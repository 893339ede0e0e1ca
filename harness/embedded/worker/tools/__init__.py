"""One file per tool kind, with a function `python`, a function `rust`, or both.

Kinds are found through the entry-point group `noetl_harness.tools`, ours and anybody else's: the name of an entry is
the kind, its value such a module.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import cast

from harness.embedded.worker.python.call import PythonTool
from harness.embedded.worker.rust.call import RustTool

GROUP = "noetl_harness.tools"


def python_tool(kind: str) -> PythonTool | None:
    """How a Python worker runs this kind; None where we can not play it."""
    return cast("PythonTool | None", getattr(_module(kind), "python", None))


def rust_tool(kind: str) -> RustTool | None:
    """How a Rust worker runs this kind; None where we can not play it."""
    return cast("RustTool | None", getattr(_module(kind), "rust", None))


def not_emulated(kind: str, pool_id: str) -> str:
    """What a command fails with whose kind the release has and we can not play: no finding about the release."""
    return f"harness: kind '{kind}' of {pool_id} is not emulated"


@cache
def _module(kind: str) -> ModuleType | None:
    """Loaded when the kind is first met, so that a worker starts without DuckDB."""
    entry = _entries().get(kind)
    return cast("ModuleType", entry.load()) if entry else None


@cache
def _entries() -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
