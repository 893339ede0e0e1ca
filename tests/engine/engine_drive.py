"""Drives an engine in a test: gives ids to its commands, keeps what it said, and answers as a worker would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from harness.embedded.control_plane.engine.engine import Engine
from harness.embedded.control_plane.engine.types import CallEvent, Decision, EmittedEvent, IssuedCommand

AT = datetime(2026, 1, 2, 3, 4, 5)
EXECUTION_ID = 7001
CATALOG_ID = 7002


def playbook(*steps: Mapping[str, Any], workload: Mapping[str, Any] | None = None, **root: Any) -> dict[str, Any]:
    return {
        "apiVersion": "noetl.io/v2",
        "kind": "Playbook",
        "metadata": {"name": "t", "path": "test/t"},
        "workload": dict(workload or {}),
        "workflow": [dict(step) for step in steps],
        **root,
    }


def step(name: str, *arcs: str | Mapping[str, Any], mode: str = "exclusive", **more: Any) -> dict[str, Any]:
    written: dict[str, Any] = {"step": name, "tool": {"kind": "python", "code": "result = {}"}, **more}
    if arcs:
        targets = [{"step": arc} if isinstance(arc, str) else dict(arc) for arc in arcs]
        written["next"] = {"spec": {"mode": mode}, "arcs": targets}
    return written


class Drive:
    """An engine that was started. `issued` and `emitted` are all it ever issued and emitted, in order."""

    def __init__(self, document: Mapping[str, Any], payload: Mapping[str, Any] | None = None, path: str = "test/t"):
        self.engine = Engine(
            document,
            execution_id=EXECUTION_ID,
            catalog_id=CATALOG_ID,
            path=path,
            payload=payload or {},
            now=lambda: AT,
        )
        self.issued: list[IssuedCommand] = []
        self.emitted: list[EmittedEvent] = []
        self.last = self._keep(self.engine.start())

    @property
    def nodes(self) -> list[str]:
        return [command.node for command in self.issued]

    @property
    def ending(self) -> list[str]:
        return [event.event_type for event in self.emitted if event.event_type not in _BEGINNING]

    @property
    def waiting(self) -> list[str]:
        return [command.node for command in self.engine.open_commands]

    def find(self, node: str, index: int | None = None) -> IssuedCommand:
        """The latest command for `node`, of loop iteration `index`."""
        return next(
            command
            for command in reversed(self.issued)
            if command.node == node and command.meta.get("loop_iteration_index") == index
        )

    def answer(
        self,
        command: IssuedCommand,
        payload: Mapping[str, Any],
        name: Literal["call.done", "call.error"] = "call.done",
        command_id: int | None = None,
    ) -> Decision:
        number = next(place for place, one in enumerate(self.issued) if one is command)
        event = CallEvent(
            name=name,
            command_id=command_id or 9000 + number,
            command=command,
            payload=dict(payload),
            error=payload.get("error"),
        )
        return self._keep(self.engine.handle(event))

    def done(self, node: str, response: Any = None, index: int | None = None) -> Decision:
        """A Python worker's call.done."""
        payload = {"response": {} if response is None else response, "result": {"status": "COMPLETED"}}
        return self.answer(self.find(node, index), payload)

    def fail(self, node: str, error: str = "boom", index: int | None = None) -> Decision:
        """A Python worker's call.error."""
        payload = {"error": error, "result": {"status": "FAILED", "context": {"error": error, "status": "error"}}}
        return self.answer(self.find(node, index), payload, "call.error")

    def _keep(self, decision: Decision) -> Decision:
        self.issued.extend(decision.commands)
        self.emitted.extend((*decision.events, *decision.final_events))
        self.last = decision
        return decision


_BEGINNING = ("playbook.initialized", "workflow.initialized")
