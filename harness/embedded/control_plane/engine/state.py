"""What the engine remembers of one execution.

NoETL 4.12.0 writes its state to the database after every event and reads it back before the next, and what is written
is compacted. That shows in later commands (`render_context`), so `compact` does the same here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.embedded.control_plane.engine import results
from harness.embedded.control_plane.engine.playbook import Playbook
from harness.embedded.control_plane.engine.types import IssuedCommand

SEQUENCE_SUFFIX = ":task_sequence"
_SET_SCOPES = ("ctx", "iter", "step")


@dataclass(slots=True)
class LoopState:
    """One run through a loop. `scheduled` counts what was issued, `done` what came back, `lost` what failed."""

    epoch: str
    iterator: str
    mode: str
    collection: list[Any]
    scheduled: int = 0
    done: int = 0
    lost: int = 0
    failed: int = 0
    broken: int = 0
    last_result: Any = None
    finished: bool = False

    @property
    def under_way(self) -> bool:
        """Whether an iteration is issued and not answered."""
        return self.scheduled > self.done + self.lost

    def aggregate(self) -> dict[str, Any]:
        """The loop's result. Only the last iteration's result is in it (spec: noetl-python 1.6)."""
        return {
            "results": [self.last_result] if self.last_result else [],
            "stats": {"total": self.done, "success": self.done - self.failed, "failed": self.failed},
        }

    def row(self) -> dict[str, Any]:
        """As in `noetl.execution.state.loop_state`."""
        row: dict[str, Any] = {
            "mode": self.mode,
            "index": self.scheduled,
            "event_id": self.epoch,
            "iterator": self.iterator,
            "completed": self.finished,
            "break_count": self.broken,
            "failed_count": self.failed,
            "collection_size": len(self.collection),
            "scheduled_count": self.scheduled,
            "omitted_results_count": 0,
        }
        if self.done:
            row |= {"completed_count": self.done, "last_result": self.last_result}
        if self.finished:
            row["aggregation_finalized"] = True
        return row


@dataclass(slots=True)
class Execution:
    """One execution. The two step sets are dicts, to keep their order."""

    playbook: Playbook
    execution_id: int
    catalog_id: int | None
    path: str
    payload: dict[str, Any]
    parent_execution_id: int | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    step_results: dict[str, Any] = field(default_factory=dict)
    completed_steps: dict[str, None] = field(default_factory=dict)
    issued_steps: dict[str, None] = field(default_factory=dict)
    loops: dict[str, LoopState] = field(default_factory=dict)
    open: list[IssuedCommand] = field(default_factory=list)
    current_step: str | None = None
    failed: bool = False
    completed: bool = False
    cancelled: bool = False

    def __post_init__(self) -> None:
        self.variables.update(self.playbook.workload or {})
        for key, value in self.payload.items():
            self.variables.update(value if key == "ctx" and isinstance(value, Mapping) else {key: value})

    def complete(self, step: str, result: Any) -> None:
        """Marks `step` as completed and keeps its result, unless that is None."""
        self.completed_steps[step] = None
        if result is None:
            return
        stored = results.kept(result, self.step_results.get(step))
        self.step_results[step] = stored
        self.variables[step] = stored

    def assign(self, mutations: Mapping[str, Any]) -> None:
        """Applies a rendered `set`: the prefixes `ctx.`, `iter.` and `step.` fall away, other keys are literal."""
        for key, value in mutations.items():
            scope, dot, name = key.partition(".")
            self.variables[name if dot and scope in _SET_SCOPES else key] = value

    def assign_context(self, mutations: Any) -> None:
        """Takes over the `ctx` that a task sequence brings back; its keys have lost their prefixes already."""
        if isinstance(mutations, Mapping):
            self.variables.update(mutations)

    def is_pending(self, step: str) -> bool:
        """Whether `step` counts as under way, so that it is not entered again.

        A loop does while one of its iterations is out. A sequence that failed does for ever: it is back under another
        name.
        """
        if step in self.loops:
            return self.loops[step].under_way
        return step in self.issued_steps and step not in self.completed_steps

    def reopen(self, step: str) -> None:
        """`step` is on its way (again)."""
        self.completed_steps.pop(step, None)
        self.issued_steps[step] = None

    def forget_results(self, keep: set[str | None]) -> None:
        """Drops the results of all other steps, as the release does after each finished loop."""
        for step in [name for name in self.step_results if name not in keep]:
            del self.step_results[step]
            if not step.startswith("_"):
                self.variables.pop(step, None)

    def compact(self) -> None:
        """What is left of the state after it was written to the database and read back."""
        self.step_results = {step: results.compact_result(result) for step, result in self.step_results.items()}
        self.variables = {key: value for key, value in self.variables.items() if not results.is_mirror(value)}
