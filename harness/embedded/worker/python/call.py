"""One call of a tool on a Python worker, and what such a tool is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.embedded.worker.log import PythonLog
from harness.embedded.worker.services import Services

CallNested = Callable[[str, Mapping[str, Any], Mapping[str, Any]], Awaitable[Any]]
"""Runs a tool kind with a configuration in a context: how sequences and workbooks reach other tools."""


@dataclass(frozen=True, slots=True)
class PythonCall:
    """`config` is the tool's configuration with `input` and `args` merged in under both names and `name` set.

    `given` is the command's input alone, which overrides; empty inside a sequence. `context` holds the template
    variables. `call_tool` runs another kind.
    """

    kind: str
    config: Mapping[str, Any] = field(repr=False)
    given: Mapping[str, Any] = field(repr=False)
    context: Mapping[str, Any] = field(repr=False)
    step: str
    call_tool: CallNested = field(repr=False)
    services: Services
    log: PythonLog

    @property
    def merged(self) -> dict[str, Any]:
        """The configuration with the command's input laid over it, as database tools take it."""
        return {**self.config, **self.given}


class PythonTool(Protocol):
    """A tool kind's function `python`.

    Returns the data, or a dict with `status: error` for a failure that the release returns; raises for one that the
    release raises, with an exception of the same class name and text.
    """

    def __call__(self, call: PythonCall) -> Awaitable[Any]: ...
