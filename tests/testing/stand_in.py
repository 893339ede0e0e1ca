"""A plugin for sessions that the tests start: it puts small histories in the place of the engine.

`STAND_IN` in the environment names what becomes of the run as a whole: a name of `Run`. What was driven is in the file
`driven`, a case a line.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import pytest
from builders import KNOWN, PATH, TODAY, Step, candidate, reference, stranded
from recorded import MANIFEST, begun

from harness import session
from harness.drive.events import Examined, Listener, RecordingBegun
from harness.judge.yardstick import Yardstick
from harness.judged import Judged, judged
from harness.model.doctor import Answer, Finding, State
from harness.model.errors import Exit, HarnessError
from harness.model.evidence import Evidence
from harness.model.expectation import Expectation
from harness.model.verdict import Controls, Misjudged
from harness.recording.facts import LossFact
from harness.recording.read import open_recording
from harness.recording.write import new_run_id

DRIVEN, REPORTED, CLOSED, KILLED = Path("driven"), Path("reported"), Path("closed"), Path("killed")
HELD, SECRET = "arcs/exclusive", "s3cr3t-pass"
UNFINISHED = 15
"""Seconds in which something that will not happen would have happened."""


class Run(StrEnum):
    """What becomes of the run as a whole. `HOLDS`: the case `HELD` is driven only after another's tests were reported.
    `STAYS`: behind `HELD` it goes on until it is told to end."""

    WHOLE = "whole"
    MISJUDGED = "misjudged"
    NOT_READY = "not_ready"
    BROKEN = "broken"
    LOST = "lost"
    TORN = "torn"
    HOLDS = "holds"
    STAYS = "stays"


def _expectation(case_id: str) -> Expectation:
    return Expectation(
        case_id,
        "http data at /status has another value",
        "rust",
        "",
        "The Rust worker answers 201.",
        "noetl/worker#98",
        "noetl-harness",
        date(2027, 2, 1),
        f"playbooks/expectations/{case_id}.yaml",
    )


def alike(case_id: str) -> list[Evidence]:
    return [one(Step("start", {"a": 1}), case_id=case_id) for one in (reference, candidate)]


def other_status(case_id: str) -> list[Evidence]:
    return [
        reference(Step("start", {"status": 200}, kind="http"), case_id=case_id),
        candidate(Step("start", {"status": 201}, kind="http"), case_id=case_id),
    ]


def hangs(case_id: str) -> list[Evidence]:
    left = reference(Step("start", {"rows": 1}, kind="postgres"), case_id=case_id)
    return [left, replace(stranded("start", "expected struct AuthConfig"), case_id=case_id)]


def unread(case_id: str) -> list[Evidence]:
    left, right = alike(case_id)
    return [left, replace(right, complete=False, problem="the log of the worker is lost")]


HISTORIES: dict[str, Callable[[str], list[Evidence]]] = {
    "sequence/retry": other_status,
    "workbook/named_task": other_status,
    "postgres/by_alias": hangs,
    "http/by_alias": unread,
}
"""All other cases are alike on both sides."""

YARDSTICK = Yardstick(
    tuple(map(_expectation, ("workbook/named_task", "vars/workload_payload"))), (), tuple(KNOWN), TODAY
)


def pytest_configure() -> None:
    session.compare = compare  # type: ignore[assignment]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """The first worker that comes to the test named in `KILL` ends there."""
    if item.nodeid.endswith(os.environ.get("KILL", "nothing")) and not KILLED.exists():
        KILLED.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """For `HOLDS`; and what stands in `INTERRUPT` is what a person does who has seen enough."""
    REPORTED.touch()
    if os.environ.get("INTERRUPT") and "PYTEST_XDIST_WORKER" not in os.environ:
        os.kill(os.getpid(), signal.SIGINT)


async def compare(request: session.RunRequest, *, yardstick: Yardstick, listener: Listener) -> Judged:
    """In the place of `harness.session.compare`."""
    run = Run(os.environ.get("STAND_IN", Run.WHOLE))
    _note(DRIVEN, "".join(f"{case.id}\n" for case in request.cases))
    if run is Run.NOT_READY:
        raise HarnessError(f"no postgresql://noetl:{SECRET}@db", "Start one.", Exit.ENVIRONMENT)
    if run is Run.BROKEN:
        raise ZeroDivisionError
    cases = [replace(case, path=PATH, expect=None, fails=None, tables=(), needs=()) for case in request.cases]
    manifest = replace(MANIFEST, run_id=new_run_id(datetime.now(UTC)))
    recorder = begun(request.runs, cases, manifest=manifest, yardstick=YARDSTICK)
    listener(Examined((Finding("clocks", "reference", Answer(State.WARN, "they differ by 3 s")),)))
    listener(RecordingBegun(str(recorder.folder)))
    try:
        for case in cases:
            if case.id == HELD and run is Run.HOLDS:
                await _until(REPORTED)
            if run is Run.LOST:
                recorder.add(LossFact("nats ended"))
                break
            for leg in HISTORIES.get(case.id, alike)(case.id):
                recorder.leg(leg)
            if case.id == HELD and run is Run.STAYS:
                await asyncio.sleep(UNFINISHED)
        recorder.close(1.0)
    finally:
        recorder.abandon()
        _note(CLOSED)
    if run is Run.TORN:
        with (recorder.folder / "recording.jsonl").open("ab") as file:
            file.write(b"more\n")
    verdict = judged(open_recording(recorder.folder))
    if run is Run.MISJUDGED:
        wrong = Controls(55, 56, (Misjudged("status", "diverged", "same_pass"),))
        verdict = replace(verdict, verdict=replace(verdict.verdict, controls=wrong))
    return verdict


async def _until(file: Path) -> None:
    async with asyncio.timeout(UNFINISHED):
        while not _is_there(file):  # noqa: ASYNC110  another process makes it
            await asyncio.sleep(0.01)


def _is_there(file: Path) -> bool:
    return file.exists()


def _note(file: Path, text: str = "") -> None:
    file.write_text(text)
