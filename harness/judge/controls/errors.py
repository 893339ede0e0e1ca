"""Pairs in which a call, and with it perhaps the execution, ends another way."""

from __future__ import annotations

from dataclasses import replace

from harness.judge.controls.draw import Control, Draw, control
from harness.judge.controls.histories import Step
from harness.model.evidence import LegEnd
from harness.model.finding import Checker
from harness.model.suite import Terminal
from harness.model.verdict import PairVerdict


def _both_fail(name: str, draw: Draw, kind: str, texts: tuple[str, str], fingerprint: str) -> Control:
    step = draw.step(kind=kind)
    histories = draw.legs(*([replace(step, error=text)] for text in texts), ends=("failed", "failed"))
    return control(name, histories, PairVerdict.DIVERGED, (Checker.ENVELOPE, fingerprint), expect=Terminal.FAILED)


def error_class(draw: Draw) -> Control:
    """One side has no such tool, the other did not reach the server."""
    texts = ("Cannot connect to host", "the request timed out")
    return _both_fail("error class", draw, "http", texts, f"{texts[1]} where the reference says {texts[0]}")


def sqlstate(draw: Draw) -> Control:
    """A table that is not there, and a column that is not."""
    name = draw.name()
    texts = (f'relation "{name}" does not exist', f'column "{name}" does not exist')
    said = 'column "..." does not exist where the reference says relation "..." does not exist'
    return _both_fail("SQLSTATE", draw, "postgres", texts, said)


def http_status(draw: Draw) -> Control:
    """Not found, and broken."""
    texts = ("answered HTTP 404", "answered HTTP 500")
    return _both_fail("HTTP status", draw, "http", texts, f"{texts[1]} where the reference says {texts[0]}")


def exit_code(draw: Draw) -> Control:
    """Scripts that hide what was raised, and end with other codes."""
    texts = ("Python script exited with code 3", "Python script exited with code 4")
    return _both_fail("exit code", draw, "python", texts, f"{texts[1]} where the reference says {texts[0]}")


def unknown_error(draw: Draw) -> Control:
    """Errors of no known class are told apart by their texts."""
    texts = ("the moon is in the wrong quarter", "the tide is too low")
    return _both_fail("text of an error", draw, "noop", texts, f"{texts[1]} where the reference says {texts[0]}")


def fails_alone(draw: Draw) -> Control:
    """The candidate fails where the reference passes."""
    step = draw.step()
    histories = draw.legs([step], [replace(step, error="the tide is too low")], ends=("completed", "failed"))
    return control(
        "fails on one side", histories, PairVerdict.REFERENCE_ONLY, (Checker.ENVELOPE, "the tide is too low")
    )


def passes_alone(draw: Draw) -> Control:
    """The candidate passes where the reference fails."""
    step = draw.step()
    histories = draw.legs([replace(step, error="the tide is too low")], [step], ends=("failed", "completed"))
    said = (Checker.ENVELOPE, "python: no error where the reference says the tide is too low")
    return control("passes on one side", histories, PairVerdict.CANDIDATE_ONLY, said, expect=Terminal.FAILED)


def masked_error(draw: Draw) -> Control:
    """An error inside a `call.done`, after which the execution goes on as if nothing had happened."""
    step, last = draw.step(), draw.step()
    histories = draw.legs([replace(step, error="the tide is too low"), last], [replace(step, masked="too low"), last])
    said = (Checker.ENVELOPE, "python: error masked as call.done")
    return control("masked error", histories, PairVerdict.DIVERGED, said)


def terminal(draw: Draw) -> Control:
    """The same calls, and another word at the end."""
    step = draw.step()
    histories = draw.legs([step], [step], ends=("completed", "failed"))
    said = (Checker.TERMINAL, "ended failed instead of completed")
    return control("terminal event", histories, PairVerdict.REFERENCE_ONLY, said)


def terminal_missing(draw: Draw) -> Control:
    """All work done, and nobody says so."""
    step = draw.step()
    histories = draw.histories()
    for history in histories:
        history.run(step)
    histories[0].end("completed")
    said = (
        (Checker.TERMINAL, "no terminal event on the candidate only"),
        (Checker.TERMINAL, "finished and never terminal"),
    )
    seen = {"end": LegEnd.DRAINED}
    return control("missing terminal", histories, PairVerdict.DIVERGED, *said, candidate=seen)


def reference_fails(draw: Draw) -> Control:
    """Both fail alike, and the suite says that the case passes."""
    step = draw.step(error="the tide is too low")
    histories = draw.legs([step], [step], ends=("failed", "failed"))
    said = (Checker.TERMINAL, "reference ended failed, expected completed")
    return control("broken reference", histories, PairVerdict.DIVERGED, said)


def child_fails(draw: Draw) -> Control:
    """A child that fails behind its parent's back."""
    path, inner = f"controls/{draw.name()}", Step(draw.name(), {draw.name(): draw.number()}, execution="child")
    histories = draw.histories()
    for history, end in zip(histories, ("completed", "failed"), strict=True):
        history.begin("child", path)
        history.run(inner)
        history.end(end, "child", path)
        history.end("completed")
    said = (Checker.TERMINAL, "child ended otherwise: failed instead of completed")
    return control("child ends otherwise", histories, PairVerdict.DIVERGED, said)


RECIPES = (
    error_class,
    sqlstate,
    http_status,
    exit_code,
    unknown_error,
    fails_alone,
    passes_alone,
    masked_error,
    terminal,
    terminal_missing,
    reference_fails,
    child_fails,
)
