"""Small histories in either dialect, shaped like the recordings: enough for a checker to fire on, or not to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.model.event import EventRow
from harness.model.evidence import Consumer, Evidence, LegEnd, LogLine, StreamState, WorkerRow
from harness.model.lane import Side
from harness.model.pool import Dialect, PoolSpec, Runtime

START = datetime(2026, 1, 1, tzinfo=UTC)
_PATTERNS = {Runtime.PYTHON: r"worker-[0-9a-f]{8}", Runtime.RUST: r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"}
_DIALECTS = {Runtime.PYTHON: Dialect.PYTHON_4, Runtime.RUST: Dialect.RUST_5}
_ENDS = ("call.done", "command.completed", "call.error", "command.failed")


def pool(name: str) -> PoolSpec:
    """`python@…` or `rust@…`, without a behaviour: judging does not ask for it."""
    word, version = name.split("@")
    runtime = Runtime(word)
    return PoolSpec(name, runtime, version, _DIALECTS[runtime], _PATTERNS[runtime], None)


@dataclass(frozen=True, slots=True)
class Step:
    """One command. `stop` is the last event that it reaches, `skip` and `twice` are events that are missing or there
    two times; `error` makes it fail, `masked` inside a `call.done`. `loop` is the epoch of the loop that it is an
    `iteration` of; `cause` is the event that it follows from; `values` are those that its templates see."""

    name: str
    data: Any = None
    kind: str = "python"
    error: str | None = None
    masked: str | None = None
    stop: str | None = None
    worker: str | None = None
    iteration: int | None = None
    tool_config: Mapping[str, Any] = field(default_factory=lambda: {"code": "result = 1"})
    skip: frozenset[str] = frozenset()
    twice: frozenset[str] = frozenset()
    execution: str = "root"
    loop: str | None = None
    cause: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """Writes the history of one leg. `pool` is the one under test; `workers` has a worker of each runtime; ids count
    on from `last_id`."""

    side: Side
    pool: PoolSpec
    python_pool: PoolSpec
    path: str
    workers: Mapping[Runtime, str]
    last_id: int
    rows: list[EventRow] = field(default_factory=list)
    executions: dict[str, int] = field(default_factory=dict)
    commands: dict[str, int] = field(default_factory=dict)

    @property
    def root(self) -> int:
        """The id of the leg's own execution."""
        return self.executions["root"]

    def event(self, event_type: str, node: str, execution: str = "root", **columns: Any) -> EventRow:
        """Append one row; the time goes on by 10 ms."""
        row = EventRow(
            event_id=self._id(),
            execution_id=self.executions[execution],
            event_type=event_type,
            node_name=node,
            status=columns.pop("status", ""),
            created_at=START + timedelta(milliseconds=10 * len(self.rows)),
            **columns,
        )
        self.rows.append(row)
        return row

    def begin(
        self, execution: str = "root", path: str | None = None, payload: Mapping[str, Any] | None = None
    ) -> EventRow:
        """`playbook.initialized` of the root, or of a child of it."""
        parent = None if execution == "root" else self.root
        self.executions[execution] = self._id()
        context = {"result": {"workload": dict(payload or {})}}
        columns: dict[str, Any] = {"parent_execution_id": parent, "context": context}
        return self.event("playbook.initialized", path or self.path, execution, **columns)

    def end(self, word: str, execution: str = "root", path: str | None = None) -> None:
        """The terminal event."""
        self.event(f"playbook.{word}", path or self.path, execution)

    def run(self, step: Step) -> int:
        """All events of one command. Returns its id."""
        command = self.issue(step)
        self.work(step, command)
        return command

    def issue(self, step: Step) -> int:
        """`command.issued`. Returns the command's id."""
        command = self.commands[step.name] = self._id()
        meta: dict[str, Any] = {"command_id": command, "tool_kind": step.kind}
        meta |= {"loop_event_id": step.loop} if step.loop else {}
        meta |= {"loop_iteration_index": step.iteration} if step.iteration is not None else {}
        context = {"tool_config": dict(step.tool_config), "input": {}}
        context |= {"render_context": dict(step.values)} if step.values else {}
        columns: dict[str, Any] = {"node_type": step.kind, "meta": meta, "context": context}
        self._add(step, command, "command.issued", parent_event_id=step.cause, **columns)
        return command

    def work(self, step: Step, command: int) -> None:
        """What follows on the issue of a command, in the dialect of whoever claims it."""
        names = ["command.claimed", "command.started"]
        names += ["call.error", "command.failed"] if step.error else ["call.done", "command.completed"]
        names = names[: (["command.issued", *names].index(step.stop)) if step.stop else None]
        runtime = Runtime.PYTHON if step.kind == "task_sequence" else self.pool.runtime
        ends = {"result": _result(step, command, runtime), "error": step.error}
        for name in names:
            worker = step.worker or self.workers[runtime]
            self._add(step, command, name, worker_id=worker, **(ends if name in _ENDS else {}))

    def evidence(self, case_id: str, **changes: Any) -> Evidence:
        """What the probes would have collected."""
        runtimes = {Runtime.PYTHON: self.python_pool, self.pool.runtime: self.pool}
        values: dict[str, Any] = {
            "end": LegEnd.TERMINAL_EVENT,
            "execution_id": self.root,
            "seconds": 0.2,
            "workers": tuple(
                WorkerRow(self.workers[runtime], runtime, spec.id, "ready", True) for runtime, spec in runtimes.items()
            ),
            "stream": stream(),
        }
        return Evidence(case_id, self.side, self.pool.id, events=tuple(self.rows), **(values | changes))

    def log(self, step: str, text: str, level: str = "ERROR") -> LogLine:
        """A record that names the command of a step."""
        return LogLine("worker.log", text, self.pool.id, None, level, self.root, self.commands[step])

    def _id(self) -> int:
        self.last_id += 1
        return self.last_id

    def _add(self, step: Step, command: int, name: str, **columns: Any) -> None:
        node = f"{step.name}:task_sequence" if step.kind == "task_sequence" else step.name
        for _ in range(0 if name in step.skip else 2 if name in step.twice else 1):
            self.event(name, node, step.execution, command_id=command, **columns)


def stream(pending: int = 0, ack_pending: int = 0, last_seq: int = 9) -> StreamState:
    """The command stream with its one consumer."""
    return StreamState(last_seq, last_seq, (Consumer("shared", None, 9, 9, pending, ack_pending, 0, 1),))


def _result(step: Step, command: int, runtime: Runtime) -> dict[str, Any]:
    if step.error is not None:
        return {"status": "FAILED", "context": {"error": step.error, "status": "error", "command_id": command}}
    if runtime is Runtime.PYTHON:
        return {"status": "COMPLETED", "context": {**(step.data or {}), "command_id": command}}
    inner: dict[str, Any] = {"status": "success", "data": step.data, "duration_ms": 3, "command_id": command}
    if step.masked is not None:
        inner |= {"status": "error", "error": step.masked}
    return {"status": "FAILED" if step.masked else "COMPLETED", "context": inner}
