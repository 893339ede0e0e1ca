"""Live executions: each has an engine, a lock, and the rows that its decisions become."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from harness.embedded.control_plane import commands, store
from harness.embedded.control_plane.database import Cursor, Database
from harness.embedded.control_plane.engine.engine import Engine
from harness.embedded.control_plane.engine.types import CallEvent, Decision, EmittedEvent, IssuedCommand
from harness.embedded.control_plane.ids import Snowflakes
from harness.embedded.control_plane.keychain import Keychain
from harness.embedded.control_plane.log import log
from harness.embedded.control_plane.publisher import Notification, Publisher
from harness.embedded.control_plane.references import References

_ENDS = {"playbook.completed", "playbook.failed"}


@dataclass(slots=True)
class Execution:
    """One execution in this process.

    `answered` are commands whose outcome has driven the engine. `waiting` counts batches that are accepted and not yet
    processed. The event ids are those of the engine's own events: the first (`playbook.initialized`), the last, and the
    last of each node.
    """

    execution_id: int
    catalog_id: int
    path: str
    parent_execution_id: int | None
    engine: Engine
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    commands: dict[int, IssuedCommand] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    root_event_id: int | None = None
    last_event_id: int | None = None
    node_event_ids: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    ended: bool = False

    def find(self, command_id: int | None, step: str) -> int | None:
        """The command that an outcome belongs to; one that names no command is that of its step's latest open one."""
        if command_id is not None:
            return command_id if command_id in self.commands else None
        return next(
            (
                known
                for known in reversed(self.commands)
                if self.commands[known].node == step and known not in self.answered
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class Cause:
    """Why the engine decides: the event that drove it and what its commands' meta tells of it."""

    event_id: int | None
    trigger: Mapping[str, Any]


class Executions:
    """All executions that were started in this process."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        ids: Snowflakes,
        references: References,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._ids = ids
        self._references = references
        self._keychain = Keychain(database, now)
        self._now = now
        self._live: dict[int, Execution] = {}

    def live(self, execution_id: int) -> Execution | None:
        """The execution, if this process started it."""
        return self._live.get(execution_id)

    async def start(
        self,
        catalog_id: int,
        path: str,
        playbook: dict[str, Any],
        payload: dict[str, Any],
        parent: int | None,
        execution_pool: str | None,
    ) -> tuple[int, int]:
        """Start an execution: its id and how many commands it issued. Raises `commands.InvalidCommand`."""
        execution_id = self._ids.next()
        if execution_pool:
            self._publisher.assign(execution_id, execution_pool)
        engine = Engine(
            playbook,
            execution_id=execution_id,
            catalog_id=catalog_id,
            path=path,
            payload=payload,
            now=self._now,
            parent_execution_id=parent,
        )
        execution = Execution(execution_id, catalog_id, path, parent, engine)
        self._live[execution_id] = execution
        log.info("Execution started path=%s execution_id=%s", path, execution_id)
        trigger = {
            "execution_id": str(execution_id),
            "catalog_id": str(catalog_id),
            "attempt": 1,
            "max_attempts": 3,
        }
        async with execution.lock:
            async with self._database.transaction() as cursor:
                await store.open_execution(cursor, execution_id, catalog_id, parent)
            if section := playbook.get("keychain"):
                variables = {**(playbook.get("workload") or {}), **payload}
                await self._keychain.fill(section, catalog_id, execution_id, variables)
            issued = await self._carry_out(execution, engine.start(), Cause(None, trigger))
        return execution_id, issued

    async def drive(self, execution: Execution, event: CallEvent, trigger: Mapping[str, Any]) -> int:
        """Hand an outcome to the engine, under the execution's lock; how many commands it issued.

        A second outcome of a command, or one after the end, changes nothing. Raises `commands.InvalidCommand`.
        """
        if execution.ended or event.command_id in execution.answered:
            return 0
        execution.answered.add(event.command_id)
        return await self._carry_out(execution, execution.engine.handle(event), Cause(event.event_id, trigger))

    async def fail(self, execution: Execution, reason: str) -> None:
        """End an execution as failed from outside, under its lock."""
        execution.engine.cancel()
        await self._carry_out(execution, _failure(execution, reason), Cause(None, {}))

    async def _carry_out(self, execution: Execution, decision: Decision, cause: Cause) -> int:
        """Store a decision, then announce its commands. A command that may not be issued fails the execution."""
        refused: commands.InvalidCommand | None = None
        try:
            for command in decision.commands:
                commands.check(command)
        except commands.InvalidCommand as error:
            refused = error
            execution.engine.cancel()
            decision = replace(_failure(execution, str(error)), events=decision.events)
        before = [self._emitted(execution, event) for event in decision.events]
        issued = [await self._issued(execution, command, cause) for command in decision.commands]
        after = [self._emitted(execution, event) for event in decision.final_events]
        parent = cause.event_id or execution.root_event_id
        rows = [*before, *(_issue_row(command, parent) for command in issued), *after]
        async with self._database.transaction() as cursor:
            await self._store(cursor, execution, decision, rows, issued)
        for row in issued:
            await self._publisher.publish(_notification(row, execution.path))
        if any(event.event_type in _ENDS for event in after):
            execution.ended = True
            log.info("Execution ended %s execution_id=%s", after[-1].event_type, execution.execution_id)
        if refused is not None:
            raise refused
        return len(issued)

    async def _store(
        self,
        cursor: Cursor,
        execution: Execution,
        decision: Decision,
        rows: list[store.NewEvent],
        issued: list[store.NewCommand],
    ) -> None:
        if rows:
            await store.append(cursor, rows)
        if issued:
            await store.issue(cursor, issued)
        state = {
            **execution.engine.state(),
            "last_event_id": execution.last_event_id,
            "step_event_ids": execution.node_event_ids,
        }
        await store.save_state(cursor, execution.execution_id, decision.status, state)

    def _emitted(self, execution: Execution, event: EmittedEvent) -> store.NewEvent:
        event_id = self._ids.next()
        whole = event.node_name == execution.path
        row = store.NewEvent(
            event_id=event_id,
            execution_id=execution.execution_id,
            catalog_id=execution.catalog_id,
            event_type=event.event_type,
            node=event.node_name,
            status=event.status,
            context=event.context,
            result=event.result,
            error=event.error,
            parent_event_id=execution.root_event_id if whole else execution.last_event_id,
            parent_execution_id=execution.parent_execution_id,
            duration=0.0,
        )
        execution.root_event_id = execution.root_event_id or event_id
        execution.last_event_id = event_id
        execution.node_event_ids[event.node_name] = event_id
        return row

    async def _issued(self, execution: Execution, command: IssuedCommand, cause: Cause) -> store.NewCommand:
        command_id, event_id = self._ids.next(), self._ids.next()
        execution.commands[command_id] = command
        return store.NewCommand(
            command_id=command_id,
            event_id=event_id,
            execution_id=execution.execution_id,
            catalog_id=execution.catalog_id,
            parent_execution_id=execution.parent_execution_id,
            step=command.node,
            tool_kind=command.tool_kind,
            context=await self._references.compacted(execution.execution_id, command.node, command_id, command.context),
            meta=commands.meta(command, command_id, cause.trigger),
        )


def _notification(command: store.NewCommand, path: str) -> Notification:
    return Notification(
        command.execution_id, command.event_id, command.command_id, command.step, command.tool_kind, path
    )


def _issue_row(command: store.NewCommand, parent_event_id: int | None) -> store.NewEvent:
    return store.NewEvent(
        event_id=command.event_id,
        execution_id=command.execution_id,
        catalog_id=command.catalog_id,
        event_type="command.issued",
        node=command.step,
        status="PENDING",
        node_type=command.tool_kind,
        context=command.context,
        meta=command.meta,
        command_id=command.command_id,
        parent_event_id=parent_event_id,
        parent_execution_id=command.parent_execution_id,
    )


def _failure(execution: Execution, reason: str) -> Decision:
    context = {
        "status": "failed",
        "final_step": execution.engine.current_step,
        "result": None,
        "error": {"message": reason},
    }
    return Decision(
        final_events=(
            EmittedEvent("workflow.failed", "workflow", "failed", context=context, error=reason),
            EmittedEvent("playbook.failed", execution.path, "failed", context=context, error=reason),
        ),
        status="FAILED",
    )
