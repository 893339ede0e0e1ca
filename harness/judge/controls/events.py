"""Pairs in which the history itself is not as it should be, whatever the calls came to."""

from __future__ import annotations

from dataclasses import replace

from harness.judge.controls.draw import PYTHON, RUST, Control, Draw, control
from harness.judge.controls.histories import History, Step
from harness.model.evidence import LegEnd
from harness.model.finding import Checker, Edge
from harness.model.pool import Runtime
from harness.model.secrets import LEAKED
from harness.model.verdict import PairVerdict


def _candidate_with(name: str, draw: Draw, step: Step, broken: Step, checker: Checker, fingerprint: str) -> Control:
    histories = draw.legs([step], [broken])
    return control(name, histories, PairVerdict.DIVERGED, (checker, fingerprint))


def wrong_claimant(draw: Draw) -> Control:
    """A worker of the reference's pool did the candidate's work."""
    step = draw.step()
    histories = draw.legs([step], [replace(step, worker=draw.worker(Runtime.PYTHON))])
    said = (Checker.PROVENANCE, f"claimed by {PYTHON.id} instead of {RUST.id}")
    return control("wrong claimant", histories, PairVerdict.CONTAMINATED, said)


def stranded_start(draw: Draw) -> Control:
    """The first step was begun and given up, and the execution is RUNNING for ever."""
    step = draw.step()
    reference, candidate = draw.histories()
    reference.run(step)
    reference.end("completed")
    candidate.run(replace(step, stop="command.started"))
    line = candidate.log(step.name, "Command execution failed error=the tide is too low")
    seen = {"end": LegEnd.STUCK, "log": (line,)}
    said = (Checker.ZOMBIE, str(Edge.NOT_FINISHED))
    return control("stranded start", (reference, candidate), PairVerdict.REFERENCE_ONLY, said, candidate=seen)


def healthy_slow_step(draw: Draw) -> Control:
    """One signal proves no hang: a worker that lives may still be at work."""
    step = draw.step()
    reference, candidate = draw.histories()
    reference.run(step)
    reference.end("completed")
    candidate.run(replace(step, stop="command.started"))
    seen = {"end": LegEnd.TIMEOUT, "quiet_seconds": 60.0}
    return control("slow step", (reference, candidate), PairVerdict.INDETERMINATE, candidate=seen)


def missing_event(draw: Draw) -> Control:
    """A command of which nobody says that it was begun."""
    step = draw.step()
    broken = replace(step, skip=frozenset({"command.started"}))
    return _candidate_with("missing event", draw, step, broken, Checker.LIFECYCLE, "command.started is missing")


def executed_twice(draw: Draw) -> Control:
    """A command that one worker did two times."""
    step = draw.step()
    broken = replace(step, twice=frozenset({"command.started", "call.done"}))
    return _candidate_with("executed twice", draw, step, broken, Checker.DUPLICATES, "command executed twice")


def iteration_twice(draw: Draw) -> Control:
    """A loop that has one of its indexes two times."""
    step = draw.step(iteration=0)
    histories = draw.histories()
    for history, times in zip(histories, (1, 2), strict=True):
        for _ in range(times):
            history.run(replace(step, loop=f"loop_{history.root}"))
        history.end("completed")
    said = (
        (Checker.DUPLICATES, "loop iteration issued twice"),
        (Checker.ENVELOPE, "python call issued by the candidate only"),
    )
    return control("iteration issued twice", histories, PairVerdict.DIVERGED, *said)


def call_not_issued(draw: Draw) -> Control:
    """A step that the candidate never comes to."""
    first, second = draw.step(), draw.step()
    histories = draw.legs([first, second], [first])
    said = (Checker.ENVELOPE, "python call not issued")
    return control("step not issued", histories, PairVerdict.DIVERGED, said)


def steps_in_another_order(draw: Draw) -> Control:
    """The same steps one after the other, the other way round."""
    first, second = draw.step(), draw.step()
    histories = draw.legs([first, second], [second, first])
    return control("order of steps", histories, PairVerdict.DIVERGED, (Checker.ORDER, "steps in another order"))


def two_terminals(draw: Draw) -> Control:
    """An execution that ends two times."""
    step = draw.step()
    histories = draw.legs([step], [step])
    histories[1].end("completed")
    said = (Checker.TERMINAL, "more than one terminal event: completed, completed")
    return control("two terminal events", histories, PairVerdict.DIVERGED, said)


def broken_chain(draw: Draw) -> Control:
    """An event that follows on one which is not there, in a store that keeps a chain."""
    step = draw.step()
    histories = draw.legs([step], [step])
    for history in histories:
        _chain(history)
    gone = histories[1].rows[3]
    histories[1].rows[3] = replace(gone, prev_event_id=gone.event_id + 1_000)
    said = (Checker.CHAIN, "chain of events: an event after one that is not there")
    return control("broken chain", histories, PairVerdict.DIVERGED, said)


def _chain(history: History) -> None:
    before = [None, *(event.event_id for event in history.rows)]
    history.rows = [
        replace(event, prev_event_id=previous) for event, previous in zip(history.rows, before, strict=False)
    ]


def unknown_event(draw: Draw) -> Control:
    """An event that no dialect has: what it means can not be said."""
    step, name = draw.step(), f"call.{draw.name()}"
    reference, candidate = draw.histories()
    for history in (reference, candidate):
        history.run(step)
    candidate.event(name, step.name)
    for history in (reference, candidate):
        history.end("completed")
    said = (Checker.DIALECT, f"unknown event: {name}")
    return control("unknown event", (reference, candidate), PairVerdict.INDETERMINATE, said)


def log_fingerprint(draw: Draw) -> Control:
    """A known complaint in the log of a worker; by itself it changes no verdict."""
    step, kind = draw.step(), draw.name()
    histories = draw.legs([step], [step])
    seen = {"log": (histories[1].log(step.name, f"Tool not found: {kind}"),)}
    said = (Checker.LOG, f"Tool not found: {kind}")
    return control("log fingerprint", histories, PairVerdict.SAME_PASS, said, candidate=seen)


def secret_in_event(draw: Draw) -> Control:
    """What stands in a recording for a secret of the lane, in a result, on both sides alike."""
    step = draw.step({draw.name(): f"{LEAKED}{draw.number():08x}***"})
    histories = draw.legs([step], [step])
    said = ((Checker.SECRETS, "secret in call.done"), (Checker.SECRETS, "secret in command.completed"))
    return control("secret in an event", histories, PairVerdict.DIVERGED, *said)


def secret_in_log(draw: Draw) -> Control:
    """The same in a worker's log."""
    step = draw.step()
    histories = draw.legs([step], [step])
    seen = {"log": (histories[1].log(step.name, f"connecting with {LEAKED}{draw.number():08x}***", "INFO"),)}
    said = (Checker.SECRETS, "secret in a log record")
    return control("secret in a log record", histories, PairVerdict.DIVERGED, said, candidate=seen)


def not_seen_whole(draw: Draw) -> Control:
    """A probe failed: nothing may be called equal."""
    step = draw.step()
    histories = draw.legs([step], [step])
    return control("incomplete evidence", histories, PairVerdict.INDETERMINATE, candidate={"complete": False})


RECIPES = (
    wrong_claimant,
    stranded_start,
    healthy_slow_step,
    missing_event,
    executed_twice,
    iteration_twice,
    call_not_issued,
    steps_in_another_order,
    two_terminals,
    broken_chain,
    unknown_event,
    log_fingerprint,
    secret_in_event,
    secret_in_log,
    not_seen_whole,
)
