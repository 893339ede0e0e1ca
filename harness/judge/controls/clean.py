"""Pairs in which nothing is wrong, and that a judge who is too strict would not let pass."""

from __future__ import annotations

from dataclasses import replace

from harness.judge.controls.draw import Control, Draw, control
from harness.judge.controls.histories import Step
from harness.model.evidence import LogLine
from harness.model.finding import Checker
from harness.model.pool import Runtime
from harness.model.suite import Terminal
from harness.model.verdict import PairVerdict


def both_pass(draw: Draw) -> Control:
    """Each pool in its own words: ids, addresses and workers of its lane, other names for the same data, and a list
    that no event of a Python worker carries."""
    name, number, deep = draw.name(), draw.number(), draw.name()
    histories = draw.histories()
    lanes = [f"http://{draw.name()}:8080", f"http://{draw.name()}:9090"]
    for history, address in zip(histories, lanes, strict=True):
        on_python = history.pool.runtime is Runtime.PYTHON
        own = {name: number, "at": f"{address}/x/{history.root}", "by": draw.worker(history.pool.runtime)}
        history.run(Step("start", own if on_python else {**own, deep: [number]}))
        history.run(Step(name, {name: None, "status_code": 200}, kind="http"))
        history.run(Step("rows", {"rows": [{name: number}], "columns": [name], "row_count": 1}, kind="postgres"))
        history.run(Step("insert", {"row_count" if on_python else "affected_rows": number}, kind="postgres"))
        history.end("completed")
    seen = [{"addresses": ((address, "<server>"),)} for address in lanes]
    said = (Checker.LATENCY, "time from letter to letter")
    return control("both pass", histories, PairVerdict.SAME_PASS, said, reference=seen[0], candidate=seen[1])


def both_fail(draw: Draw) -> Control:
    """The same error on both sides is a failure, and no difference."""
    step = draw.step(error=f"no {draw.name()} today")
    histories = draw.legs([step], [step], ends=("failed", "failed"))
    return control("both fail", histories, PairVerdict.SAME_FAIL, expect=Terminal.FAILED)


def same_sqlstate(draw: Draw) -> Control:
    """Python's postgres tool says what PostgreSQL says, without the code."""
    table = draw.name()
    texts = (f'relation "{table}" does not exist', f"query failed (SQLSTATE 42P01) on {table}")
    return _equivalent("same SQLSTATE in other words", draw, "postgres", texts, "sql")


def same_http_status(draw: Draw) -> Control:
    """Another sentence about the same answer."""
    texts = ("HTTP_404: there is nothing here", "the server answered HTTP 404")
    return _equivalent("same HTTP status in other words", draw, "http", texts, "http-status")


def _equivalent(name: str, draw: Draw, kind: str, texts: tuple[str, str], error: str) -> Control:
    step = draw.step(kind=kind)
    histories = draw.legs(*([replace(step, error=text)] for text in texts), ends=("failed", "failed"))
    said = (Checker.ENVELOPE, f"{kind}: another text for the error {error}")
    return control(name, histories, PairVerdict.EQUIVALENT_ERROR, said, expect=Terminal.FAILED)


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


RECIPES = (both_pass, both_fail, same_sqlstate, same_http_status, parallel_in_another_order, log_of_another_execution)
