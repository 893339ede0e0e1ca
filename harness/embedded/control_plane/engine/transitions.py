"""From a step that is over to the steps behind it (spec: noetl-python 1.5).

A departure from NoETL 4.12.0: a step without a tool passes on to its own arcs, or ends the branch, where the release
stops there for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.embedded.control_plane.engine import loops
from harness.embedded.control_plane.engine.commands import Turn, command
from harness.embedded.control_plane.engine.context import Signal, render_context
from harness.embedded.control_plane.engine.plan import Plan
from harness.embedded.control_plane.engine.playbook import Arc, NextRouter, Step
from harness.embedded.control_plane.engine.state import Execution
from harness.embedded.control_plane.engine.types import IssuedCommand
from harness.reference.templates import render_server, render_value

_FALSE_WORDS = frozenset({"false", "0", "no", "none", ""})


@dataclass(frozen=True, slots=True)
class Passage:
    """What follows from a step: commands, or the branch's end, or neither.

    Neither, and so no terminal event from here: a condition raised, or no arc matched and the router is `quiet`. A
    target that counts as under way is not issued again; if nothing is, in truth, that is the end too.
    """

    commands: tuple[IssuedCommand, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk over arcs. `passed` are the steps it came through without a command: toolless ones, and loops over
    nothing. So a circle of them ends."""

    turn: Turn
    plan: Plan
    passed: frozenset[str] = frozenset()

    def enter(self, step: Step, signal: Signal, arguments: Mapping[str, Any]) -> Passage:
        """Issues the commands of `step`; `signal` is what a toolless step hands on to its own arcs."""
        if step.tool is None:
            return self._pass_through(step, signal)
        if step.loop:
            commands = loops.begin(self.turn, step, step.loop, arguments)
            return Passage(commands) if commands else self._loop_over_nothing(step)
        context = render_context(self.turn.execution, self.turn.signal("command_creation", step.step))
        return Passage((command(self.turn, step, step.tool, arguments, context),))

    def follow(self, step: Step, signal: Signal) -> Passage:
        """Evaluates the arcs of `step` for `signal`, in order, all against one context."""
        if step.next is None:
            return Passage(ended=True)
        context = render_context(self.turn.execution, signal)
        matched = raised = ended = False
        issued: list[tuple[str, tuple[IssuedCommand, ...]]] = []
        passed_on: list[IssuedCommand] = []
        for arc in step.next.arcs:
            holds = _holds(arc, context)
            raised = raised or holds is None
            target = self.turn.execution.playbook.step(arc.step)
            if not holds or target is None:
                continue
            matched = True
            if self.turn.execution.is_pending(target.step):
                ended = True
                continue
            passage = self._take(arc, target, signal, context)
            ended = ended or passage.ended
            if target.tool is None:
                passed_on.extend(passage.commands)
            elif passage.commands:
                issued.append((target.step, passage.commands))
            if step.next.mode == "exclusive":
                break
        no_match = not matched and not raised and not step.next.quiet
        commands = (*_annotated(self.plan, step.step, step.next, issued), *passed_on)
        return Passage(commands, ended=ended or no_match)

    def _take(self, arc: Arc, target: Step, signal: Signal, context: dict[str, Any]) -> Passage:
        execution = self.turn.execution
        if arc.set:
            execution.assign(render_value(arc.set, context, strict=True))
        passage = self.enter(target, signal, {})
        if passage.commands and target.tool is not None:
            execution.reopen(target.step)
        return passage

    def _pass_through(self, step: Step, signal: Signal) -> Passage:
        if step.step in self.passed:
            return Passage(ended=True)
        self.turn.execution.complete(step.step, None)
        apply_step_set(self.turn.execution, step, signal)
        return self._beyond(step).follow(step, signal)

    def _loop_over_nothing(self, step: Step) -> Passage:
        if step.step in self.passed:
            return Passage(ended=True)
        return self._beyond(step).follow(step, loops.finish(self.turn, step))

    def _beyond(self, step: Step) -> Walk:
        return replace(self, passed=self.passed | {step.step})


def apply_step_set(execution: Execution, step: Step, signal: Signal) -> None:
    """Applies the `set` of a step that is done. A key that does not render is left out (spec: noetl-python 1.7)."""
    if not step.set:
        return
    context = render_context(execution, signal)
    rendered = {}
    for key, written in step.set.items():
        try:
            rendered[key] = render_server(written, context)
        except Exception:  # noqa: BLE001, S112 - a template can raise anything, and the release goes on without the key
            continue
    execution.assign(rendered)


def _holds(arc: Arc, context: dict[str, Any]) -> bool | None:
    """Whether the arc's condition holds, loosely; None if it raised."""
    if not arc.when:
        return True
    try:
        value = render_server(arc.when, context)
    except Exception:  # noqa: BLE001 - a template can raise anything
        return None
    return value.lower() not in _FALSE_WORDS if isinstance(value, str) else bool(value)


def _annotated(
    plan: Plan, source: str, router: NextRouter, issued: list[tuple[str, tuple[IssuedCommand, ...]]]
) -> tuple[IssuedCommand, ...]:
    targets = list(dict.fromkeys(target for target, _ in issued))
    return tuple(
        replace(
            one,
            meta={
                **one.meta,
                **(plan.fork_meta(source, target, targets) if router.mode == "inclusive" else {}),
                **plan.reducer_meta(source, target),
            },
        )
        for target, commands in issued
        for one in commands
    )
