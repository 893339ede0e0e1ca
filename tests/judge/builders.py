"""Small histories in either dialect, shaped like the recordings: enough for a checker to fire on, or not to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from harness.judge.fingerprints import LogFingerprint
from harness.judge.grace import grace
from harness.judge.normalise import Rule
from harness.judge.run import JudgeRequest, judge
from harness.judge.yardstick import Yardstick
from harness.model.event import EventRow
from harness.model.evidence import Consumer, Evidence, LegEnd, LogLine, StreamState, WorkerRow
from harness.model.expectation import Expectation, Past
from harness.model.lane import Side
from harness.model.noise import NoiseEntry
from harness.model.pool import Dialect, PoolSpec, Runtime
from harness.model.suite import Case, Terminal
from harness.model.verdict import Pair, RunVerdict
from harness.recording.write import longest_silence

PYTHON_WORKER = "worker-b33acb15"
RUST_WORKER = "0b0d4a5e-6d0f-4c39-9a55-9d1f2f1a7c11"
PATH = "suite/example"
TODAY = date(2026, 11, 23)
START = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def pool(name: str) -> PoolSpec:
    """`python@…` or `rust@…`, without a behaviour: judging does not ask for it."""
    runtime, version = name.split("@")
    if runtime == "python":
        return PoolSpec(name, Runtime.PYTHON, version, Dialect.PYTHON_4, r"worker-[0-9a-f]{8}", None)
    return PoolSpec(name, Runtime.RUST, version, Dialect.RUST_5, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", None)


PYTHON = pool("python@4.12.0")
RUST = pool("rust@5.10.0")


@dataclass(frozen=True)
class Step:
    """One command. `stop` is the last letter that it reaches; `error` makes it fail, `masked` inside a `call.done`."""

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


@dataclass
class Lane:
    """Makes the evidence of one leg on one side. Ids of the two sides have nothing in common."""

    side: Side
    pool: PoolSpec
    next_id: int = 0
    rows: list[EventRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.next_id = 766_000_000_000_000_000 + (0 if self.side is Side.REFERENCE else 5_000_000)
        self.root = self._id()
        self.executions = {"root": self.root}
        self.commands: dict[str, int] = {}

    def _id(self) -> int:
        self.next_id += 1
        return self.next_id

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

    def begin(self, execution: str = "root", path: str = PATH, payload: Mapping[str, Any] | None = None) -> None:
        """`playbook.initialized` of the root, or of a child of it."""
        parent = None
        if execution != "root":
            parent = self.root
            self.executions[execution] = self._id()
        context = {"result": {"workload": dict(payload or {})}}
        self.event("playbook.initialized", path, execution, parent_execution_id=parent, context=context)

    def end(self, word: str, execution: str = "root", path: str = PATH) -> None:
        """The terminal event."""
        self.event(f"playbook.{word}", path, execution)

    def run(self, step: Step) -> int:
        """All events of one command, in the dialect of whoever claims it. Returns the command id."""
        on_python = step.kind == "task_sequence" or self.pool.runtime is Runtime.PYTHON
        worker = step.worker or (PYTHON_WORKER if on_python else RUST_WORKER)
        node = f"{step.name}:task_sequence" if step.kind == "task_sequence" else step.name
        command = self._id()
        self.commands[step.name] = command
        meta: dict[str, Any] = {"command_id": command, "tool_kind": step.kind}
        if step.iteration is not None:
            meta["loop_iteration_index"] = step.iteration
        names = ["command.issued", "command.claimed", "command.started"]
        names += ["call.error", "command.failed"] if step.error else ["call.done", "command.completed"]
        if step.stop:
            names = names[: names.index(step.stop) + 1]
        result = self._result(step, command, on_python)
        for name in names:
            if name in step.skip:
                continue
            columns: dict[str, Any] = {"command_id": command}
            if name == "command.issued":
                columns |= {"node_type": step.kind, "meta": meta}
                columns["context"] = {"tool_config": dict(step.tool_config), "input": {}}
            else:
                columns["worker_id"] = worker
            if name in ("call.done", "command.completed", "call.error", "command.failed"):
                columns["result"] = result
                columns["error"] = step.error
            for _ in range(2 if name in step.twice else 1):
                self.event(name, node, step.execution, **columns)
        return command

    def _result(self, step: Step, command: int, on_python: bool) -> dict[str, Any]:
        if step.error is not None:
            return {"status": "FAILED", "context": {"error": step.error, "status": "error", "command_id": command}}
        if on_python:
            return {"status": "COMPLETED", "context": {**(step.data or {}), "command_id": command}}
        inner: dict[str, Any] = {"status": "success", "data": step.data, "duration_ms": 3, "command_id": command}
        if step.masked is not None:
            inner |= {"status": "error", "error": step.masked}
        return {"status": "FAILED" if step.masked else "COMPLETED", "context": inner}

    def evidence(self, case_id: str = "example", **changes: Any) -> Evidence:
        """What the probes would have collected."""
        workers = [WorkerRow(PYTHON_WORKER, Runtime.PYTHON, PYTHON.id, "ready", True)]
        if self.pool.runtime is Runtime.RUST:
            workers.append(WorkerRow(RUST_WORKER, Runtime.RUST, self.pool.id, "ready", True))
        values: dict[str, Any] = {
            "end": LegEnd.TERMINAL_EVENT,
            "execution_id": self.root,
            "seconds": 0.2,
            "workers": tuple(workers),
            "stream": stream(),
        }
        values |= changes
        return Evidence(case_id, self.side, self.pool.id, events=tuple(self.rows), **values)

    def log(self, step: str, text: str, level: str = "ERROR") -> LogLine:
        """A record that names the command of a step."""
        return LogLine("worker.log", text, self.pool.id, None, level, self.root, self.commands[step])


def stream(pending: int = 0, ack_pending: int = 0, last_seq: int = 9) -> StreamState:
    """The command stream with its one consumer."""
    return StreamState(last_seq, last_seq, (Consumer("shared", None, 9, 9, pending, ack_pending, 0, 1),))


def leg(
    side: Side, spec: PoolSpec, steps: Sequence[Step], terminal: str | None = "completed", **changes: Any
) -> Evidence:
    """A leg of one execution. `terminal` None leaves it without a terminal event."""
    lane = Lane(side, spec)
    lane.begin()
    for step in steps:
        lane.run(step)
    if terminal is not None:
        lane.end(terminal)
    return lane.evidence(**changes)


def reference(*steps: Step, terminal: str | None = "completed", **changes: Any) -> Evidence:
    """A leg on the Python pool."""
    return leg(Side.REFERENCE, PYTHON, steps, terminal, **changes)


def candidate(*steps: Step, terminal: str | None = "completed", spec: PoolSpec = RUST, **changes: Any) -> Evidence:
    """A leg on the Rust pool."""
    return leg(Side.CANDIDATE, spec, steps, terminal, **changes)


def stranded(step: str, text: str, *before: Step, kind: str = "postgres", spec: PoolSpec = RUST) -> Evidence:
    """A candidate whose worker logged `text` for a step and left it open, as 5.9.0 does with an alias."""
    lane = Lane(Side.CANDIDATE, spec)
    lane.begin()
    for one in before:
        lane.run(one)
    lane.run(Step(step, kind=kind, stop="command.started"))
    return lane.evidence(end=LegEnd.STUCK, log=(lane.log(step, f"Command execution failed error={text}"),))


def verdict(
    *legs: Evidence,
    expect: Terminal | None = Terminal.COMPLETED,
    fails: tuple[str, ...] | None = None,
    expectations: Sequence[Expectation] = (),
    rules: Sequence[Rule] = (),
    fingerprints: Sequence[LogFingerprint] = (),
    candidate_pool: PoolSpec = RUST,
    routing: str = "4.12.0",
    tables: Sequence[str] = (),
    needs: Sequence[str] = (),
    noise: Sequence[NoiseEntry] = (),
    past: Sequence[Past] = (),
) -> RunVerdict:
    """Judge the cases that these legs belong to. `tables` and `needs` are those of each case."""
    names = dict.fromkeys(one.case_id for one in legs)
    return judge(
        JudgeRequest(
            run_id="run",
            cases=[
                Case(name, PATH, "x.yaml", "", expect=expect, fails=fails, tables=tuple(tables), needs=tuple(needs))
                for name in names
            ],
            evidence={one.key: one for one in legs},
            lanes=(),
            graces={side: grace(longest_silence(one) for one in legs if one.side is side) for side in Side},
            pools={Side.REFERENCE: PYTHON, Side.CANDIDATE: candidate_pool},
            python_pool=PYTHON,
            routing=routing,
            yardstick=Yardstick(
                tuple(expectations), tuple(rules), tuple(fingerprints), TODAY, tuple(noise), tuple(past)
            ),
            seconds=1.0,
            suite_digest="digest",
        )
    )


def pair(*legs: Evidence, **options: Any) -> Pair:
    """The one pair of these legs."""
    return verdict(*legs, **options).pairs[0]


def fingerprints(one: Pair, weight: str = "diverges") -> list[str]:
    """What counts: fingerprints of this weight that are no consequence."""
    return [found.fingerprint for found in one.findings if found.weight == weight and not found.consequence]
