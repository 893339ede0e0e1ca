"""Pairs in which nothing is wrong, and that a judge who is too strict would not let pass."""

from __future__ import annotations

from dataclasses import replace

from harness.judge.controls.draw import Control, Draw, control
from harness.judge.controls.histories import Step
from harness.model.evidence import LogLine
from harness.model.finding import Checker
from harness.model.suite import Terminal
from harness.model.verdict import PairVerdict


def both_pass(draw: Draw) -> Control:
    """Each pool in its own words: ids, addresses and workers of its lane, and other names for the same data."""
    name, number = draw.name(), draw.number()
    histories = draw.histories()
    lanes = [f"http://{draw.name()}:8080", f"http://{draw.name()}:9090"]
    for history, address in zip(histories, lanes, strict=True):
        own = {name: number, "at": f"{address}/x/{history.root}", "by": draw.worker(history.pool.runtime)}
        history.run(Step("start", own))
        history.run(Step(name, {name: None, "status_code": 200}, kind="http"))
        history.run(Step("rows", {"rows": [{name: number}], "columns": [name], "row_count": 1}, kind="postgres"))
        history.end("completed")
    seen = [{"addresses": ((address, "<server>"),)} for address in lanes]
    said = (Checker.LATENCY, "time from letter to letter")
    return control("both pass", histories, PairVerdict.SAME_PASS, said, reference=seen[0], candidate=seen[1])


def both_fail(draw: Draw) -> Control:
    """The same error on both sides is a failure, and no difference."""
    step = draw.step(error=f"no {draw.name()} today")
    histories = draw.legs([step], [step], ends=("failed", "failed"))
    return control("both fail", histories, PairVerdict.SAME_FAIL, expect=Terminal.FAILED)


def equivalent_error(draw: Draw) -> Control:
    """The same SQLSTATE in other words."""
    step, table = draw.step(kind="postgres"), draw.name()
    texts = (f'relation "{table}" does not exist', f"query failed (SQLSTATE 42P01) on {table}")
    histories = draw.legs(*([replace(step, error=text)] for text in texts), ends=("failed", "failed"))
    said = (Checker.ENVELOPE, "postgres: another text for the error sql")
    return control("equivalent error", histories, PairVerdict.EQUIVALENT_ERROR, said, expect=Terminal.FAILED)


def parallel_in_another_order(draw: Draw) -> Control:
    """Two branches that come back in any order, and a step that each of them leads to."""
    branches = (draw.step(), draw.step())
    name, number = draw.name(), draw.number()
    joins = [Step(name, {name: number + turn}, tool_config={"turn": turn}) for turn in range(2)]
    histories = draw.histories()
    for history, order in zip(histories, ((0, 1), (1, 0)), strict=True):
        commands = [history.issue(step) for step in branches]
        for turn in order:
            history.work(branches[turn], commands[turn])
        for turn in order:
            history.run(joins[turn])
        history.end("completed")
    return control("parallel work in another order", histories, PairVerdict.SAME_PASS)


def log_of_another_execution(draw: Draw) -> Control:
    """A known complaint that is about something else."""
    step = draw.step()
    histories = draw.legs([step], [step])
    line = LogLine("worker.log", f"Tool not found: {draw.name()}", level="ERROR", execution_id=draw.number())
    return control("log of another execution", histories, PairVerdict.SAME_PASS, candidate={"log": (line,)})


RECIPES = (both_pass, both_fail, equivalent_error, parallel_in_another_order, log_of_another_execution)
