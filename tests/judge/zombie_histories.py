"""Histories of executions, healthy and stranded, with a label that is known because of how each was made.

`python tests/judge/zombie_histories.py` judges them and prints how often which label was found.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from builders import PATH, PYTHON, PYTHON_WORKER, RUST, RUST_WORKER, TODAY

from harness.judge.controls.histories import START
from harness.judge.hangs import hangs
from harness.judge.run import JudgeRequest, leg_context
from harness.judge.yardstick import Yardstick
from harness.model.event import EventRow
from harness.model.evidence import Consumer, Evidence, LegEnd, LogLine, StreamState, WorkerRow
from harness.model.finding import Edge
from harness.model.lane import Side
from harness.model.pool import Runtime
from harness.model.suite import Case

SEED = 20260602
ROUNDS = 8
OTHER = {Runtime.PYTHON: "worker-00c0ffee", Runtime.RUST: "7c6f0f2a-2f7c-4d35-8c31-0a4a5c4f2d10"}
OWN = {Runtime.PYTHON: PYTHON_WORKER, Runtime.RUST: RUST_WORKER}


@dataclass(frozen=True)
class Labelled:
    """`label` is the missing edge, None of a healthy execution. `grace` is what was measured on its lane: seconds."""

    name: str
    label: Edge | None
    evidence: Evidence
    grace: float


class History:
    """Writes the events of one leg on a clock of its own. On the Python runtime results come in batches and long
    commands send heartbeats; on the Rust runtime neither."""

    def __init__(self, rng: random.Random, runtime: Runtime) -> None:
        self.rng = rng
        self.runtime = runtime
        self.now = START
        self.rows: list[EventRow] = []
        self.log: list[LogLine] = []
        self.ids = 700_000_000_000_000_000 + rng.randrange(10**9) * 1000
        self.root = self._id()
        self.worker = OWN[runtime]
        self.published = START
        self.grace = rng.uniform(10.0, 60.0)

    def _id(self) -> int:
        self.ids += self.rng.randint(1, 9)
        return self.ids

    def wait(self, seconds: float) -> History:
        self.now += timedelta(seconds=seconds)
        return self

    def event(self, event_type: str, node: str, execution: int, **columns: Any) -> EventRow:
        self.wait(self.rng.uniform(0.001, 0.05))
        columns.setdefault("status", "")
        row = EventRow(self._id(), execution, event_type, node, created_at=self.now, **columns)
        self.rows.append(row)
        return row

    def begin(self, parent: int | None = None) -> int:
        execution = self._id() if parent else self.root
        name = "playbook.initialized" if self.runtime is Runtime.PYTHON else "playbook_started"
        self.event(name, f"{PATH}/child" if parent else PATH, execution, parent_execution_id=parent)
        return execution

    def issue(self, step: str, execution: int, kind: str = "python", *, publish: bool = True, **meta: Any) -> int:
        command = self._id()
        meta |= {"command_id": command, "tool_kind": kind}
        self.event("command.issued", step, execution, command_id=command, node_type=kind, meta=meta)
        self.steps = {**getattr(self, "steps", {}), command: (step, execution)}
        if publish:
            self.published = self.wait(0.002).now
        return command

    def say(self, event_type: str, command: int, worker: str | None = None, **columns: Any) -> None:
        step, execution = self.steps[command]
        self.event(event_type, step, execution, command_id=command, worker_id=worker or self.worker, **columns)

    def claim(self, command: int, worker: str | None = None, **meta: Any) -> None:
        self.say("command.claimed", command, worker, meta=meta)

    def start(self, command: int, worker: str | None = None) -> None:
        self.claim(command, worker)
        self.say("command.started", command, worker)

    def beat(self, command: int, seconds: float, worker: str | None = None) -> None:
        """Time passes while a worker is at work."""
        while seconds > 15.0 and self.runtime is Runtime.PYTHON:
            self.wait(15.0).say("command.heartbeat", command, worker)
            seconds -= 15.0
        self.wait(seconds)

    def finish(
        self, command: int, *, batch: str = "completed", failed: bool = False, worker: str | None = None
    ) -> None:
        """The result, in a batch that the control plane comes so far with."""
        name = f"batch-{command}"
        meta = {"batch_request_id": name} if self.runtime is Runtime.PYTHON else {}
        stages = ("accepted", "processing", batch)
        if meta:
            self.say("batch.accepted", command, worker, meta=meta)
        names = ("call.error", "command.failed") if failed else ("call.done", "command.completed")
        for one in names:
            self.say(one, command, worker, meta=meta, error="boom" if failed else None)
        for stage in dict.fromkeys(stages[1:]) if meta else ():
            self.say(f"batch.{stage}", command, worker, meta=meta)

    def run(self, step: str, execution: int, **meta: Any) -> None:
        """A whole command, now and then one that fails."""
        command = self.issue(step, execution, **meta)
        self.start(command)
        self.wait(self.rng.uniform(0.0, 2.0))
        self.finish(command, failed=self.rng.random() < 0.1)

    def lead(self) -> int:
        """The root with a few commands behind it."""
        execution = self.begin()
        for number in range(self.rng.randint(0, 4)):
            self.run(f"step_{number}", execution)
        return execution

    def end(self, word: str, execution: int) -> None:
        dotted = self.rng.random() < 0.5 or self.runtime is Runtime.PYTHON
        self.event(f"playbook{'.' if dotted else '_'}{word}", PATH, execution)

    def gave_up(self, command: int, worker: str | None = None, text: str = "Command execution failed") -> None:
        execution = self.steps[command][1]
        line = f"ERROR noetl_worker::worker: {text} execution_id={execution} command_id={command} error=oops"
        self.log.append(LogLine("w.log", line, None, worker or self.worker, "ERROR", execution, command))

    def beyond(self) -> float:
        """A silence longer than the grace and than three heartbeats."""
        return max(self.grace, 45.0) * self.rng.uniform(1.1, 4.0)

    def seen(
        self,
        quiet: float,
        end: LegEnd = LegEnd.TIMEOUT,
        *,
        alive: tuple[str, ...] | None = None,
        dead: tuple[str, ...] = (),
        pending: int = 0,
        ack_pending: int = 0,
        waiting: int = 1,
        fresh_stream: bool = False,
        row_status: str = "RUNNING",
    ) -> Evidence:
        """What the probes find `quiet` seconds after the last event of any kind."""
        news = [row for row in self.rows if not row.event_type.startswith(("batch.", "command.heartbeat"))]
        own = Consumer("noetl_worker_pool_shared", None, 9, 9, pending, ack_pending, 0, waiting)
        idle = Consumer("noetl_worker_pool_python", None, 0, 0, 0, 0, 0, waiting)
        last_seq = 0 if fresh_stream else 9
        return Evidence(
            "example",
            Side.CANDIDATE,
            RUST.id if self.runtime is Runtime.RUST else PYTHON.id,
            end,
            self.root,
            (self.now - START).total_seconds() + quiet,
            events=tuple(self.rows),
            row_status=row_status,
            log=tuple(self.log),
            workers=tuple(self._workers((self.worker,) if alive is None else alive, dead)),
            stream=StreamState(last_seq, last_seq, (own, idle), None if fresh_stream else self.published),
            quiet_seconds=quiet + (self.now - news[-1].created_at).total_seconds(),
        )

    def _workers(self, alive: tuple[str, ...], dead: tuple[str, ...]) -> Iterator[WorkerRow]:
        pool = RUST.id if self.runtime is Runtime.RUST else PYTHON.id
        for worker in alive:
            yield WorkerRow(worker, self.runtime, pool, "ready", self.rng.choice((True, None)))
        for worker in dead:
            yield WorkerRow(worker, self.runtime, pool, *self.rng.choice((("ready", False), ("offline", None))))


def _open(history: History, stop: str, execution: int | None = None) -> int:
    """A command that comes as far as `stop`."""
    command = history.issue("last", history.lead() if execution is None else execution)
    if stop in ("claimed", "started"):
        history.claim(command)
    if stop == "started":
        history.say("command.started", command)
    return command


# stranded: one function for each way


def not_issued_at_all(h: History) -> Evidence:
    h.begin()
    return h.seen(h.beyond())


def not_issued_after_a_result(h: History) -> Evidence:
    h.runtime, h.worker = Runtime.PYTHON, OWN[Runtime.PYTHON]
    command = _open(h, "started")
    h.finish(command, batch=h.rng.choice(("processing", "failed")))
    return h.seen(h.beyond(), LegEnd.DRAINED)


def not_published(h: History) -> Evidence:
    execution = h.lead()
    if h.rng.random() < 0.3:
        execution = h.root
    h.wait(1.0).issue("last", execution, publish=False)
    return h.seen(h.beyond(), fresh_stream=h.rng.random() < 0.4)


def unclaimed_and_lost(h: History) -> Evidence:
    """Published before the durable was there: the stream keeps nothing of it for anybody (spec: noetl-live 1.5)."""
    _open(h, "issued")
    return h.seen(h.beyond())


def unclaimed_without_worker(h: History) -> Evidence:
    _open(h, "issued")
    return h.seen(h.beyond(), alive=(), dead=(h.worker,), pending=1, waiting=0)


def unclaimed_and_no_worker_ever(h: History) -> Evidence:
    _open(h, "issued")
    return h.seen(h.beyond(), alive=(), pending=h.rng.choice((0, 1)), waiting=0)


def killed_after_the_claim(h: History) -> Evidence:
    _open(h, "claimed")
    ack = 1 if h.runtime is Runtime.PYTHON else 0
    return h.seen(h.beyond(), alive=(OTHER[h.runtime],), dead=(h.worker,), ack_pending=ack)


def claimed_and_given_up(h: History) -> Evidence:
    h.runtime, h.worker = Runtime.RUST, OWN[Runtime.RUST]
    command = _open(h, "claimed")
    h.gave_up(command)
    return h.seen(0.6, LegEnd.STUCK)


def killed_at_work(h: History) -> Evidence:
    command = _open(h, "started")
    h.beat(command, h.rng.uniform(0, 100))
    ack = 1 if h.runtime is Runtime.PYTHON else 0
    return h.seen(h.beyond(), alive=(OTHER[h.runtime],), dead=(h.worker,), ack_pending=ack)


def deregistered_at_work(h: History) -> Evidence:
    h.runtime, h.worker = Runtime.PYTHON, OWN[Runtime.PYTHON]
    _open(h, "started")
    return h.seen(h.beyond(), alive=(OTHER[h.runtime],), ack_pending=1)


def the_second_one_died_too(h: History) -> Evidence:
    """A poison pill: taken over, and the next worker dies of it (spec: noetl-live 1.8)."""
    command = _open(h, "started")
    h.wait(180).start(command, OTHER[h.runtime])
    return h.seen(h.beyond(), alive=(), dead=(h.worker, OTHER[h.runtime]))


def started_and_given_up(h: History) -> Evidence:
    """What 5.9.0 does with an alias (spec: noetl-rust 1.2)."""
    h.runtime, h.worker = Runtime.RUST, OWN[Runtime.RUST]
    command = _open(h, "started")
    h.gave_up(command)
    return h.seen(h.rng.uniform(0.6, 40), h.rng.choice((LegEnd.STUCK, LegEnd.TIMEOUT)))


def hung_in_a_live_worker(h: History) -> Evidence:
    """Nothing but silence tells: a Rust worker that is busy looks the same, so nobody can know this one yet."""
    h.runtime, h.worker = Runtime.RUST, OWN[Runtime.RUST]
    _open(h, "started")
    return h.seen(h.beyond())


def killed_and_not_noticed_yet(h: History) -> Evidence:
    """Its row says `ready` until the heartbeat has aged, and NATS counts the message as taken."""
    h.runtime, h.worker = Runtime.PYTHON, OWN[Runtime.PYTHON]
    h.grace = 10.0
    _open(h, "started")
    return h.seen(h.rng.uniform(46, 60), ack_pending=1)


def never_terminal(h: History) -> Evidence:
    execution = h.begin()
    for number in range(h.rng.randint(1, 4)):
        h.run(f"step_{number}", execution)
    known = h.runtime is Runtime.PYTHON and h.rng.random() < 0.6
    return h.seen(h.rng.uniform(1.0, 3.0) if known else h.beyond(), LegEnd.DRAINED)


def stale_status(h: History) -> Evidence:
    h.end(h.rng.choice(("completed", "failed")), h.lead())
    return h.seen(h.beyond(), LegEnd.TERMINAL_EVENT)


def child_hangs(h: History) -> Evidence:
    """The parent's worker asks for the child again and again, and says on a Python pool that it lives."""
    call = h.issue("call", h.lead(), "playbook")
    h.start(call)
    child = h.begin(h.root)
    if h.rng.random() < 0.3:
        inner = h.issue("call_inner", child, "playbook")
        h.start(inner)
        child = h.begin(child)
    way = h.rng.choice(("issued", "started", "given_up", "nothing"))
    if way == "given_up":
        h.gave_up(_open(h, "started", child))
        h.beat(call, 40.0)
        return h.seen(1.0, alive=(h.worker,))
    if way != "nothing":
        _open(h, way, child)
        h.steps[max(h.steps)] = ("last", child)
    h.beat(call, h.beyond())
    own = (h.worker,) if way != "started" else ()
    return h.seen(1.0, alive=own, dead=() if own else (h.worker,))


# healthy


def ended(h: History) -> Evidence:
    word = h.rng.choice(("completed", "failed", "cancelled"))
    h.end(word, h.lead())
    return h.seen(h.beyond(), LegEnd.TERMINAL_EVENT, row_status="RUNNING" if word == "cancelled" else word.upper())


def slow_at_work(h: History) -> Evidence:
    command = _open(h, "started")
    h.beat(command, h.beyond() * 3)
    ack = 1 if h.runtime is Runtime.PYTHON else 0
    return h.seen(h.rng.uniform(0, 14), ack_pending=ack)


def slow_and_the_stream_was_lost(h: History) -> Evidence:
    """NATS was restarted with its memory; the running step goes on (spec: noetl-live 5)."""
    h.grace = 10.0
    command = _open(h, "started")
    h.beat(command, h.rng.uniform(10.5, 60))
    return h.seen(0.4, fresh_stream=True)


def slow_on_rust_without_a_row(h: History) -> Evidence:
    """A Rust worker whose row was removed goes on working and never registers again (spec: noetl-rust 2.4)."""
    h.runtime, h.worker = Runtime.RUST, OWN[Runtime.RUST]
    _open(h, "started")
    return h.seen(h.beyond(), alive=(OTHER[h.runtime],))


def late_finalisation(h: History) -> Evidence:
    """All is done, and the end comes up to 393 s later (spec: noetl-operations 4.2), as it did on this lane before."""
    h.runtime, h.worker = Runtime.RUST, OWN[Runtime.RUST]
    execution = h.begin()
    for number in range(h.rng.randint(1, 4)):
        h.run(f"step_{number}", execution)
    h.grace = 2 * 349.0
    return h.seen(h.rng.uniform(1, 393), LegEnd.DRAINED)


def late_and_it_came(h: History) -> Evidence:
    execution = h.lead()
    h.wait(h.rng.uniform(30, 393)).end("completed", execution)
    return h.seen(0.1, LegEnd.TERMINAL_EVENT, row_status="COMPLETED")


def result_in_hand(h: History) -> Evidence:
    """The control plane has the result and is at it."""
    h.runtime, h.worker = Runtime.PYTHON, OWN[Runtime.PYTHON]
    command = _open(h, "started")
    h.finish(command, batch="processing")
    return h.seen(h.rng.uniform(0.1, 9.0), h.rng.choice((LegEnd.DRAINED, LegEnd.TIMEOUT)))


def terminal_then_heartbeat(h: History) -> Evidence:
    command = _open(h, "started")
    h.finish(command)
    h.end("completed", h.root)
    h.say("command.heartbeat", command)
    h.say("batch.completed", command)
    return h.seen(h.beyond(), LegEnd.TERMINAL_EVENT, row_status="COMPLETED")


def retried(h: History) -> Evidence:
    """Errors in the log, and the worker is at it again."""
    command = _open(h, "started")
    for _ in range(h.rng.randint(1, 5)):
        h.gave_up(command, text="Tool execution failed, will retry")
        h.beat(command, h.rng.uniform(1, 20))
    ack = 1 if h.runtime is Runtime.PYTHON else 0
    return h.seen(h.rng.uniform(0, 14), ack_pending=ack)


def taken_over(h: History) -> Evidence:
    """The first worker gave it up or died; the second one lives and is at work."""
    command = _open(h, "started")
    h.gave_up(command)
    h.wait(180).start(command, OTHER[h.runtime])
    h.beat(command, h.rng.uniform(0, 200), OTHER[h.runtime])
    ack = 1 if h.runtime is Runtime.PYTHON else 0
    return h.seen(5.0, alive=(OTHER[h.runtime],), dead=(h.worker,), ack_pending=ack)


def taken_over_and_ended(h: History) -> Evidence:
    command = _open(h, "started")
    h.wait(180).start(command, OTHER[h.runtime])
    h.finish(command, worker=OTHER[h.runtime])
    h.end("completed", h.root)
    return h.seen(1.0, LegEnd.TERMINAL_EVENT, alive=(), dead=tuple(OWN.values()), row_status="COMPLETED")


def slow_child(h: History) -> Evidence:
    call = h.issue("call", h.lead(), "playbook")
    h.start(call)
    inner = _open(h, "started", h.begin(h.root))
    h.beat(inner, h.beyond())
    ack = 2 if h.runtime is Runtime.PYTHON else 0
    return h.seen(h.rng.uniform(0, 14), ack_pending=ack)


def child_that_ended(h: History) -> Evidence:
    call = h.issue("call", h.lead(), "playbook")
    h.start(call)
    child = h.begin(h.root)
    h.run("inner", child)
    h.end("completed", child)
    return h.seen(h.rng.uniform(0, 2.0), ack_pending=1)


def loop_at_work(h: History) -> Evidence:
    execution = h.begin()
    for number in range(h.rng.randint(3, 12)):
        h.run("loop", execution, loop_iteration_index=number)
    command = h.issue("loop", execution, loop_iteration_index=99)
    h.start(command)
    h.beat(command, h.beyond())
    ack = 1 if h.runtime is Runtime.PYTHON else 0
    return h.seen(h.rng.uniform(0, 14), ack_pending=ack)


def queued_behind_others(h: History) -> Evidence:
    _open(h, "issued")
    return h.seen(h.beyond(), pending=h.rng.randint(1, 9), waiting=0, ack_pending=4)


def just_issued(h: History) -> Evidence:
    _open(h, "issued")
    return h.seen(h.rng.uniform(0.1, 9.0))


def parked(h: History) -> Evidence:
    """It waits for a callback from outside (spec: noetl-rust 2.3)."""
    h.runtime, h.worker = Runtime.RUST, OWN[Runtime.RUST]
    command = _open(h, "started")
    h.say("command.completed", command, result={"status": "COMPLETED", "context": {"pending_callback": True}})
    return h.seen(h.beyond(), LegEnd.DRAINED)


STRANDED: tuple[tuple[Edge, tuple[Callable[[History], Evidence], ...]], ...] = (
    (Edge.NOT_ISSUED, (not_issued_at_all, not_issued_after_a_result)),
    (Edge.NOT_PUBLISHED, (not_published,)),
    (Edge.UNCLAIMED, (unclaimed_and_lost, unclaimed_without_worker, unclaimed_and_no_worker_ever)),
    (Edge.NOT_STARTED, (killed_after_the_claim, claimed_and_given_up)),
    (
        Edge.NOT_FINISHED,
        (
            killed_at_work,
            deregistered_at_work,
            the_second_one_died_too,
            started_and_given_up,
            hung_in_a_live_worker,
            killed_and_not_noticed_yet,
        ),
    ),
    (Edge.NOT_TERMINAL, (never_terminal,)),
    (Edge.STALE_STATUS, (stale_status,)),
    (Edge.CHILD_HANGS, (child_hangs,)),
)

HEALTHY: tuple[Callable[[History], Evidence], ...] = (
    ended,
    slow_at_work,
    slow_and_the_stream_was_lost,
    slow_on_rust_without_a_row,
    late_finalisation,
    late_and_it_came,
    result_in_hand,
    terminal_then_heartbeat,
    retried,
    taken_over,
    taken_over_and_ended,
    slow_child,
    child_that_ended,
    loop_at_work,
    queued_behind_others,
    just_issued,
    parked,
)


def histories(seed: int = SEED) -> Iterator[Labelled]:
    """Every way, in both dialects, several times over with other numbers."""
    rng = random.Random(seed)
    ways = [(edge, way) for edge, members in STRANDED for way in members]
    for edge, way in (*ways, *((None, way) for way in HEALTHY)):
        for number in range(ROUNDS):
            history = History(rng, (Runtime.PYTHON, Runtime.RUST)[number % 2])
            evidence = way(history)
            yield Labelled(f"{way.__name__}-{number}", edge, evidence, history.grace)


def found(one: Labelled) -> Edge | None:
    """What the judge says of it."""
    on_rust = one.evidence.pool_id == RUST.id
    request = JudgeRequest(
        run_id="run",
        cases=(),
        evidence={one.evidence.key: one.evidence},
        lanes=(),
        graces=dict.fromkeys(Side, one.grace),
        pools={Side.REFERENCE: PYTHON, Side.CANDIDATE: RUST if on_rust else PYTHON},
        python_pool=PYTHON,
        routing="4.12.0",
        yardstick=Yardstick((), (), (), TODAY),
        seconds=0.0,
        suite_digest="",
    )
    hung = hangs(leg_context(request, Case("example", PATH, "x.yaml", ""), Side.CANDIDATE))
    return hung[0].edge if hung else None


@dataclass(frozen=True)
class Score:
    """`confusion` counts pairs of label and answer."""

    confusion: Counter[tuple[Edge | None, Edge | None]]
    wrong: tuple[str, ...]

    @property
    def flagged(self) -> int:
        return sum(count for (_, answer), count in self.confusion.items() if answer)

    @property
    def hits(self) -> int:
        return sum(count for (label, answer), count in self.confusion.items() if label and answer)

    @property
    def precision(self) -> float:
        return self.hits / self.flagged

    @property
    def right_class(self) -> float:
        return sum(count for (label, answer), count in self.confusion.items() if label and label is answer) / self.hits

    @property
    def recall(self) -> float:
        return self.hits / sum(count for (label, _), count in self.confusion.items() if label)


def score(seed: int = SEED) -> Score:
    answers = [(one, found(one)) for one in histories(seed)]
    wrong = tuple(
        f"{one.name}: {one.label or 'healthy'}, said {answer or 'healthy'}"
        for one, answer in answers
        if one.label is not answer
    )
    return Score(Counter((one.label, answer) for one, answer in answers), wrong)


def table(one: Score) -> str:
    """Labels down, answers across."""
    names = [*Edge, None]
    lines = [f"{'made as':<32}" + "".join(f"{number:>5}" for number in range(1, len(names) + 1))]
    for number, label in enumerate(names, 1):
        counts = "".join(f"{one.confusion[label, answer] or '·':>5}" for answer in names)
        lines.append(f"{number} {label or 'healthy':<30}{counts}")
    total = sum(one.confusion.values())
    lines.append(
        f"{total} histories: precision {one.precision:.1%}, right class {one.right_class:.1%}, recall {one.recall:.1%}"
    )
    return "\n".join((*lines, *one.wrong))


if __name__ == "__main__":
    print(table(score()))
