"""One file per tool kind, named like the kind, with a function `python`, a function `rust`, or both.

A kind of somebody else's is found through the entry-point group `noetl_harness.tools`: its name is the kind, its value
such a module.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
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
    name = f"{__name__}.{kind}"
    if kind.isidentifier() and find_spec(name) is not None:
        return import_module(name)
    for entry in entry_points(group=GROUP, name=kind):
        return cast("ModuleType", entry.load())
    return None
