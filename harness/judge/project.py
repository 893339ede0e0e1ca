"""From a leg's evidence to its outcome: whatever dialect the events are in, one form comes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from harness.judge.crew import Crew
from harness.judge.dialect import BEGINNINGS, LETTERS, TERMINALS, is_known
from harness.judge.tokens import Tokens
from harness.judge.unwrap import unwrap
from harness.model.envelope import Call, CallKey, Envelope, Letter, Outcome, OutcomeClass
from harness.model.event import CommandRow, EventRow
from harness.model.evidence import Evidence, LegEnd, Stored
from harness.model.json import canonical

SUFFIX = ":task_sequence"
"""What the server appends to the step's name where a step is a sequence (spec: noetl-python 2.1)."""

CLOSED = frozenset({Letter.COMPLETED, Letter.FAILED, Letter.CANCELLED})
"""Letters after which nobody works on a command."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of a leg: the root or a descendant."""

    execution_id: int
    path: str
    parent: int | None
    terminals: tuple[str, ...]
    began_with: str


@dataclass(frozen=True, slots=True)
class _Command:
    execution: Execution
    command_id: int
    step: str
    iteration: int
    tool_kind: str
    events: tuple[EventRow, ...]
    row: CommandRow | None
    began: float


def executions(evidence: Evidence) -> dict[int, Execution]:
    """The executions of the leg by id: the root, and every descendant whose first event is there."""
    tokens = Tokens.of(evidence)
    found = {}
    for execution_id in dict.fromkeys(event.execution_id for event in evidence.events):
        own = [event for event in evidence.events if event.execution_id == execution_id]
        first = next((event for event in own if event.event_type in BEGINNINGS), None)
        parents = (event.parent_execution_id for event in own if event.parent_execution_id is not None)
        found[execution_id] = Execution(
            execution_id,
            tokens.text(first.node_name) if first else "",
            next(parents, None),
            tuple(TERMINALS[event.event_type] for event in own if event.event_type in TERMINALS),
            canonical(tokens.replace(first.context)) if first else "",
        )
    return found


def project(evidence: Evidence, crew: Crew) -> Outcome:
    """Fold the evidence. Calls are in order of issue; a command that nobody issued is put where it first shows."""
    family = executions(evidence)
    groups, stray = _grouped(evidence.events)
    rows = {(row.execution_id, row.command_id): row for row in evidence.commands}
    for key in rows:
        groups.setdefault(key, [])
        if key[0] not in family:
            stray.add("a command row of an execution without events")
    moments = [event.created_at for event in evidence.events]
    commands = [
        _command(family[execution_id], command_id, events, rows.get((execution_id, command_id)), moments)
        for (execution_id, command_id), events in groups.items()
        if execution_id in family
    ]
    tokens = Tokens.of(evidence)
    stored = {one.ref: one for one in evidence.stored}
    keys = _keys(commands)
    calls = sorted(
        (
            _call(command, keys[command.execution.execution_id, command.command_id], crew, tokens, stored)
            for command in commands
        ),
        key=lambda call: (call.issued_event, call.command_id),
    )
    root = family.get(evidence.execution_id) if evidence.execution_id is not None else None
    terminal = root.terminals[-1] if root and root.terminals else None
    closed = bool(calls) and all(CLOSED & set(call.letters) for call in calls)
    unknown = {event.event_type for event in evidence.events if not is_known(event.event_type)}
    return Outcome(
        calls=tuple(calls),
        terminal=terminal,
        inferred=terminal is None and closed and evidence.end is LegEnd.DRAINED,
        unknown_events=tuple(sorted(unknown | stray)),
        children=tuple(one for one in family if one != evidence.execution_id),
        seconds=(moments[-1] - moments[0]).total_seconds() if moments else 0.0,
    )


def _grouped(events: Iterable[EventRow]) -> tuple[dict[tuple[int, int], list[EventRow]], set[str]]:
    """Events by command, and what is left over. An event without a command id is the open command's of its step, when
    there is just one (spec: noetl-python 7.1: the last resort of a worker sends none)."""
    groups: dict[tuple[int, int], list[EventRow]] = defaultdict(list)
    stray = set()
    for event in sorted(events, key=lambda one: one.event_id):
        if event.event_type not in LETTERS:
            continue
        if event.command_id is not None:
            groups[event.execution_id, event.command_id].append(event)
            continue
        open_here = [
            key
            for key, own in groups.items()
            if key[0] == event.execution_id
            and own[0].node_name == event.node_name
            and not CLOSED & {LETTERS[one.event_type] for one in own}
        ]
        if len(open_here) == 1:
            groups[open_here[0]].append(event)
        else:
            stray.add(f"{event.event_type} without a command")
    return dict(groups), stray


def _command(
    execution: Execution, command_id: int, events: list[EventRow], row: CommandRow | None, moments: list[datetime]
) -> _Command:
    issued = next((event for event in events if event.event_type == "command.issued"), None)
    node = (issued or events[0]).node_name if events else row.step_name if row else ""
    meta = issued.meta if issued else row.meta if row else {}
    iteration = meta.get("loop_iteration_index")
    kind = (issued.node_type or issued.meta.get("tool_kind") if issued else None) or (row.tool_kind if row else "")
    return _Command(
        execution,
        command_id,
        node.removesuffix(SUFFIX),
        iteration if isinstance(iteration, int) else -1,
        str(kind or ""),
        tuple(events),
        row,
        (events[0].created_at - moments[0]).total_seconds() if events else 0.0,
    )


def _keys(commands: Iterable[_Command]) -> Mapping[tuple[int, int], CallKey]:
    """A visit is counted over all executions of one playbook. Executions that began with the same payload are counted
    in order of start, others in the order of their payloads: parallel children start in any order."""
    visits: dict[tuple[str, str, int], int] = defaultdict(int)
    keys = {}
    for command in sorted(commands, key=_visiting_order):
        place = (command.execution.path, command.step, command.iteration)
        visits[place] += 1
        keys[command.execution.execution_id, command.command_id] = CallKey(*place, visits[place])
    return keys


def _visiting_order(command: _Command) -> tuple[str, int, int]:
    first = command.events[0].event_id if command.events else command.command_id
    return command.execution.began_with, command.execution.execution_id, first


def _call(command: _Command, key: CallKey, crew: Crew, tokens: Tokens, stored: Mapping[str, Stored]) -> Call:
    claims = [event for event in command.events if event.event_type == "command.claimed"]
    ended = next((event for event in command.events if event.event_type in ("call.done", "call.error")), None)
    issued = next((event for event in command.events if event.event_type == "command.issued"), None)
    given = issued.context if issued and issued.context else command.row.context if command.row else {}
    asked = {name: given[name] for name in ("tool_config", "input") if name in given}
    return Call(
        key=key,
        command_id=command.command_id,
        execution_id=command.execution.execution_id,
        tool_kind=command.tool_kind,
        letters=tuple(LETTERS[event.event_type] for event in command.events),
        claimed_by=tuple(dict.fromkeys(event.worker_id or "" for event in claims)),
        envelope=_envelope(command, key, ended, crew, tokens, stored),
        issued_event=issued.event_id
        if issued
        else command.events[0].event_id
        if command.events
        else command.command_id,
        ended_event=ended.event_id if ended else None,
        issued_with=canonical(tokens.replace(asked)) if asked else "",
        times=tuple((event.created_at - command.events[0].created_at).total_seconds() for event in command.events),
        began=command.began,
    )


def _envelope(
    command: _Command,
    key: CallKey,
    ended: EventRow | None,
    crew: Crew,
    tokens: Tokens,
    stored: Mapping[str, Stored],
) -> Envelope:
    if ended is None:
        return Envelope(key, command.tool_kind, OutcomeClass.NONE)
    completed = next((event for event in command.events if event.event_type == "command.completed"), None)
    claims = [event.worker_id for event in command.events if event.event_type == "command.claimed"]
    worker = ended.worker_id or (claims[-1] if claims else None)
    said = unwrap(ended, command.tool_kind, crew.dialect(worker), completed, stored)
    return Envelope(
        key,
        command.tool_kind,
        said.outcome,
        tokens.replace(said.data),
        replace(said.error, message=tokens.text(said.error.message)) if said.error else None,
        tokens.replace(said.reference),
        said.lossy,
    )
