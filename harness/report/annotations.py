"""Workflow commands by which GitHub marks lines of the playbooks: one for each cause, for it shows only a few."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from harness.files.playbook import step_place
from harness.judged import Judged
from harness.model.check import CheckState, gravest
from harness.model.errors import Location
from harness.model.secrets import blotted
from harness.model.verdict import Cause, Pair
from harness.report import words


def write(run: Judged, out: TextIO) -> None:
    """What fails the run as errors, the gravest first; what nobody could decide as warnings. A difference on record is
    marked nowhere."""
    for sentence in words.alarms(run.verdict):
        out.write(_command("error", "the run as a whole", sentence))
    told = set[str]()
    for cause in run.verdict.causes:
        if not cause.known:
            told.update(cause.cases)
            out.write(_of_cause(run, cause))
    for pair in run.verdict.pairs:
        if pair.case.id not in told:
            for line in _of_pair(run, pair):
                out.write(line)


def _of_cause(run: Judged, cause: Cause) -> str:
    pair = next(pair for pair in run.verdict.pairs if pair.case.id == cause.sample.case_id)
    message = "\n".join((words.cases(cause), words.finding(cause.sample), words.reproduce(run.verdict, pair)))
    return _command(
        "error", cause.fingerprint, message, step_place(pair.case.source, pair.case.file, cause.sample.step)
    )


def _of_pair(run: Judged, pair: Pair) -> Iterator[str]:
    level = {CheckState.FAILED: "error", CheckState.UNDECIDED: "warning"}.get(gravest(run.checks[pair.case.id]))
    if level is not None:
        message = "\n".join((words.standing(pair), *words.departures(pair), words.reproduce(run.verdict, pair)))
        yield _command(level, pair.case.id, message, Location(pair.case.file, 1))


def _command(level: str, title: str, message: str, where: Location | None = None) -> str:
    """`::error file=playbooks/x.yaml,line=3,title=...::...` on one line."""
    properties = {"file": where.path, "line": str(where.line or 1)} if where else {}
    properties["title"] = title
    told = ",".join(f"{name}={_property(blotted(value))}" for name, value in properties.items())
    return f"::{level} {told}::{_data(words.shown(blotted(message)))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
