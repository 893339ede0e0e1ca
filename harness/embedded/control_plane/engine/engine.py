"""The workflow engine of the embedded control plane: what happens next in one execution.

It follows NoETL 4.12.0, oddities included (spec: noetl-python 1, 2.10, 5.5 to 5.9). It departs where the release
leaves an execution running for ever without the playbook asking for it, or issues a command twice:

* an entry step that is the last one, or that no arc leads on from, ends the execution (5.9, item 1);
* so do a last task sequence, and a task sequence at the entry that failed (items 2 and 3);
* a step without a tool passes on to its own arcs (item 4);
* a loop over a list of tasks issues each iteration once (1.6);
* not in the list, of the same kind: a loop over an empty collection is done at once; a loop behind which no arc
  matches, or that lost an iteration to a failure and has none left to issue, ends its branch; a loop whose collection
  does not render fails the execution; a task sequence left by `break` goes on to the arcs; an arc back to a task
  sequence that failed, which issues nothing, ends its branch; an arc into a loop that is under way does not issue its
  iterations once more; a circle of steps that issue nothing ends.

What strands there by the playbook's own doing strands here too: a condition that raises, `on_no_match: quiet`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from harness.embedded.control_plane.engine import loops, results, terminal
from harness.embedded.control_plane.engine import playbook as shape
from harness.embedded.control_plane.engine.commands import Turn
from harness.embedded.control_plane.engine.plan import Plan
from harness.embedded.control_plane.engine.playbook import Loop, Step
from harness.embedded.control_plane.engine.state import SEQUENCE_SUFFIX, Execution
from harness.embedded.control_plane.engine.transitions import Passage, Walk, apply_step_set
from harness.embedded.control_plane.engine.types import CallEvent, Decision, EmittedEvent, IssuedCommand
from harness.model.errors import HarnessError

_FIRST = {"attempt": 1, "max_attempts": 3}


class Engine:
    """One execution of one playbook. Pure: events in, decisions out; `now` is its only clock.

    `playbook` is the playbook's YAML as a dict, `path` its catalog path, `payload` what it was started with.
    Raises `HarnessError` for a playbook that can not run here.
    """

    def __init__(
        self,
        playbook: Mapping[str, Any],
        *,
        execution_id: int,
        catalog_id: int | None,
        path: str,
        payload: Mapping[str, Any],
        now: Callable[[], datetime],
        parent_execution_id: int | None = None,
    ) -> None:
        parsed = _runnable(playbook, path)
        self._now = now
        self._plan = Plan.of(parsed)
        self._seen: set[int] = set()
        self._execution = Execution(
            playbook=parsed,
            execution_id=execution_id,
            catalog_id=catalog_id,
            path=path,
            payload=dict(payload),
            parent_execution_id=parent_execution_id,
        )

    def start(self) -> Decision:
        """The initialized events and the first commands; for an entry without anything to do, the end as well."""
        execution = self._execution
        turn = Turn(execution, self._now, _FIRST)
        initialized = terminal.initialized(execution)
        entry = execution.playbook.step(execution.playbook.entry_step)
        assert entry is not None
        signal = turn.signal("call.done", entry.step)
        try:
            passage = Walk(turn, self._plan).enter(entry, signal, execution.payload)
        except loops.LoopError as failure:
            return self._fail(initialized, entry.step, str(failure))
        return self._decide((*initialized, *turn.events), passage, passage.ended, entry.step, {})

    def handle(self, event: CallEvent) -> Decision:
        """What follows from a worker's answer.

        Nothing, if the execution is over, or the command was not issued here or was answered before.
        """
        execution = self._execution
        if self.over or not self._take(event):
            return Decision()
        turn = Turn(execution, self._now, {"triggered_by": event.name})
        payload = results.unwrapped(event.payload)
        if event.error is not None:
            payload = {"error": event.error, **payload}
        try:
            match event.name:
                case "call.done":
                    passage = self._done(turn, event.command, payload)
                case "call.error":
                    passage = self._failed(turn, event.command, payload)
        except loops.LoopError as failure:
            return self._fail(tuple(turn.events), event.command.node, str(failure))
        ended = passage.ended or event.name == "call.error" or payload.get("error") is not None
        return self._decide(tuple(turn.events), passage, ended, event.command.node, payload)

    def cancel(self) -> None:
        """Ends the execution: whatever comes later is ignored."""
        self._execution.cancelled = True

    @property
    def variables(self) -> Mapping[str, Any]:
        return self._execution.variables

    @property
    def current_step(self) -> str | None:
        """The node that answered last; the release does not count task sequences that went well."""
        return self._execution.current_step

    @property
    def completed_steps(self) -> tuple[str, ...]:
        return tuple(self._execution.completed_steps)

    @property
    def failed(self) -> bool:
        """Whether any step ever failed. Sticky: a failure that an arc handled counts too."""
        return self._execution.failed

    @property
    def completed(self) -> bool:
        """Whether the terminal events are out, of whatever outcome."""
        return self._execution.completed

    @property
    def over(self) -> bool:
        return self._execution.completed or self._execution.cancelled

    @property
    def open_commands(self) -> tuple[IssuedCommand, ...]:
        """Issued and not answered."""
        return tuple(self._execution.open)

    def state(self) -> dict[str, Any]:
        """As in the column `state` of `noetl.execution`, but for the ids of events, which the engine does not know."""
        execution = self._execution
        metadata = execution.playbook.metadata
        return {
            "execution_id": str(execution.execution_id),
            "catalog_id": execution.catalog_id,
            "parent_execution_id": execution.parent_execution_id,
            "playbook_path": metadata.get("path") or metadata.get("name"),
            "payload": execution.payload,
            "variables": dict(execution.variables),
            "step_results": dict(execution.step_results),
            "current_step": execution.current_step,
            "completed_steps": list(execution.completed_steps),
            "issued_steps": list(execution.issued_steps),
            "failed": execution.failed,
            "completed": execution.completed,
            "loop_state": {step: loop.row() for step, loop in execution.loops.items()},
            "last_event_id": None,
            "root_event_id": None,
            "step_event_ids": {},
            "pagination_state": {},
            "step_stall_counts": {},
            "pending_next_actions": {},
        }

    def _take(self, event: CallEvent) -> bool:
        """Takes the command off the open ones; False if it is not one of them, or was answered before."""
        if event.command_id in self._seen:
            return False
        wanted = _visit(event.command)
        opened = self._execution.open
        place = next((place for place, one in enumerate(opened) if _visit(one) == wanted), None)
        if place is None:
            return False
        del opened[place]
        self._seen.add(event.command_id)
        return True

    def _done(self, turn: Turn, command: IssuedCommand, payload: Mapping[str, Any]) -> Passage:
        execution = turn.execution
        step = self._step_of(command)
        sequence = command.node.endswith(SEQUENCE_SUFFIX)
        if sequence:
            response = results.sequence_answer(payload)
            execution.assign_context(response.get("ctx"))
            result = results.promoted(response)
            iteration = response.get("results", response)
        else:
            execution.current_step = command.node
            result = iteration = results.answer(payload)
        if not (sequence and step.loop):
            execution.complete(step.step, result)
        signal = turn.signal("call.done", command.node, payload)
        apply_step_set(execution, step, signal)
        if step.loop:
            return self._iterated(turn, step, step.loop, command, iteration)
        return Walk(turn, self._plan).follow(step, signal)

    def _failed(self, turn: Turn, command: IssuedCommand, payload: Mapping[str, Any]) -> Passage:
        """A failed single tool in a loop takes no arc; anything else may have one for its failure."""
        execution = turn.execution
        execution.current_step = command.node
        execution.completed_steps[command.node] = None
        execution.failed = True
        step = self._step_of(command)
        if step.loop:
            execution.loops[step.step].lost += 1
        if command.node in execution.loops:
            return Passage(ended=True)
        return Walk(turn, self._plan).follow(step, turn.signal("call.error", command.node, payload))

    def _iterated(self, turn: Turn, step: Step, loop: Loop, command: IssuedCommand, result: Any) -> Passage:
        state = turn.execution.loops[step.step]
        loops.record(state, result)
        if loops.is_done(state):
            return Walk(turn, self._plan).follow(step, loops.finish(turn, step))
        commands = loops.proceed(turn, step, loop)
        if commands:
            turn.execution.issued_steps[step.step] = None
        return Passage(commands, ended=not commands)

    def _decide(
        self,
        events: tuple[EmittedEvent, ...],
        passage: Passage,
        ended: bool,
        final_step: str,
        payload: Mapping[str, Any],
    ) -> Decision:
        execution = self._execution
        execution.open.extend(passage.commands)
        final: tuple[EmittedEvent, ...] = ()
        if ended and not execution.open:
            execution.completed = True
            final = terminal.finished(execution, final_step, payload.get("result"), payload.get("error"))
            execution.failed = execution.failed or payload.get("error") is not None
        execution.compact()
        return Decision(events=events, commands=passage.commands, final_events=final, status=self._status())

    def _fail(self, events: tuple[EmittedEvent, ...], step: str, error: str) -> Decision:
        self._execution.failed = self._execution.completed = True
        final = terminal.finished(self._execution, step, None, error)
        return Decision(events=events, final_events=final, status=self._status())

    def _status(self) -> Literal["RUNNING", "COMPLETED", "FAILED"]:
        """Of `noetl.execution`: FAILED from the first failure on, even while later steps still run."""
        if self._execution.failed:
            return "FAILED"
        return "COMPLETED" if self._execution.completed else "RUNNING"

    def _step_of(self, command: IssuedCommand) -> Step:
        step = self._execution.playbook.step(command.node.removesuffix(SEQUENCE_SUFFIX))
        assert step is not None
        return step


def _visit(command: IssuedCommand) -> tuple[Any, ...]:
    return (command.node, command.meta.get("loop_event_id"), command.meta.get("loop_iteration_index"))


def _runnable(document: Mapping[str, Any], path: str) -> shape.Playbook:
    problems = shape.validate(document)
    if problems:
        raise HarnessError(shape.refusal(path, problems), "Mend the playbook.")
    parsed = shape.parsed(document)
    if parsed.apiVersion != shape.API_VERSION:
        raise HarnessError(
            f"'{path}' has apiVersion {parsed.apiVersion}, which can be registered but not run",
            f"Write apiVersion: {shape.API_VERSION}.",
        )
    if parsed.step(parsed.entry_step) is None:
        raise HarnessError(f"Entry step '{parsed.entry_step}' not found.", "Name an existing step in executor.spec.")
    for step in parsed.workflow:
        if step.loop and step.loop.cursor:
            raise HarnessError(
                f"step '{step.step}' of '{path}' loops over a cursor, which the embedded control plane can not do",
                "Run this playbook on a real NoETL, or loop over a collection with `loop.in`.",
            )
    return parsed
