"""A folder of Allure results (https://allurereport.org): a test for each case and pair of pools."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import (
    ATTACHMENT_PATTERN,
    Attachment,
    GlobalError,
    Globals,
    Label,
    Link,
    Parameter,
    Status,
    StatusDetails,
    TestResult,
    TestStepResult,
)
from allure_commons.types import AttachmentType, LabelType, LinkType

from harness.judge.checkers.base import label
from harness.judge.dialect import EVENT_NAMES
from harness.judged import Judged
from harness.model.check import CheckState, gravest
from harness.model.envelope import Call, Letter
from harness.model.event import EventRow
from harness.model.evidence import Evidence, LegKey
from harness.model.json import canonical
from harness.model.lane import Side
from harness.model.secrets import blotted, blotted_value
from harness.model.verdict import Leg, Pair
from harness.report import history, words

_STATUS: Mapping[CheckState, str] = {
    CheckState.PASSED: Status.PASSED,
    CheckState.KNOWN: Status.SKIPPED,
    CheckState.UNDECIDED: Status.BROKEN,
    CheckState.FAILED: Status.FAILED,
}

_CAUSE = "cause: "
"""Begins a line of a test's message, by which `categories.json` knows the cause."""

_ISSUE = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)")
"""An issue or pull request as the sources of expectations spell it: `noetl/worker#98`."""


def write_folder(run: Judged, folder: Path) -> None:
    """Results, attachments, `categories.json` by cause and `environment.properties`; what is wrong with the run as a
    whole is a global error."""
    logger = AllureFileLogger(folder)
    for pair in run.verdict.pairs:
        _Case(run, pair, logger).write()
    wrong = [GlobalError(message=sentence, timestamp=_start(run)) for sentence in words.alarms(run.verdict)]
    if wrong:
        logger.report_globals(Globals(errors=wrong))
    categories = [_category(cause.fingerprint) for cause in run.verdict.causes]
    (folder / "categories.json").write_text(json.dumps(categories, indent=2, ensure_ascii=False) + "\n", "utf-8")
    (folder / "environment.properties").write_text("".join(_environment(run)), "utf-8")


class _Case:
    """One test with its attachments."""

    def __init__(self, run: Judged, pair: Pair, logger: AllureFileLogger) -> None:
        self._run = run
        self._pair = pair
        self._logger = logger
        self._checks = run.checks[pair.case.id]
        self._place = canonical([pair.case.id, run.verdict.reference, run.verdict.candidate, run.verdict.routing])
        self._evidence = {side: run.evidence.get(LegKey(pair.case.id, side)) for side in Side}

    def write(self) -> None:
        pair, verdict = self._pair, self._run.verdict
        legs = (pair.reference, pair.candidate)
        steps = [step for leg in legs if (step := _leg_step(pair, leg, self._evidence[leg.evidence.side]))]
        start = min((step.start for step in steps), default=_start(self._run))
        result = TestResult(
            uuid=_digest("result", verdict.run_id, self._place),
            historyId=_digest("history", self._place),
            testCaseId=_digest("case", pair.case.id),
            fullName=pair.case.id,
            name=pair.case.id,
            titlePath=pair.case.id.split("/")[:-1],
            status=_STATUS[gravest(self._checks)],
            statusDetails=self._details(),
            description=blotted(f"{words.standing(pair)}\n\n`{words.reproduce(verdict, pair)}`"),
            parameters=[
                Parameter(name=name, value=value)
                for name, value in (
                    ("reference", verdict.reference),
                    ("candidate", verdict.candidate),
                    ("routing", verdict.routing),
                )
            ],
            labels=list(self._labels()),
            links=list(_links(pair)),
            steps=steps,
            attachments=list(self._attachments()),
            start=start,
            stop=max((step.stop for step in steps), default=start),
        )
        self._logger.report_result(result)

    def _details(self) -> StatusDetails | None:
        lines = [words.standing(self._pair), *(f"{_CAUSE}{one}" for one in _causes(self._pair))]
        lines += (line for check in self._checks for line in words.on_record(check))
        evidence = (line for finding in self._pair.findings for line in finding.evidence)
        state = gravest(self._checks)
        if state is CheckState.PASSED:
            return None
        return StatusDetails(
            known=state is CheckState.KNOWN,
            message=_told(lines),
            trace=_told((*words.departures(self._pair), *map(words.shown, evidence))),
        )

    def _labels(self) -> Iterator[Label]:
        pair, verdict = self._pair, self._run.verdict
        area = pair.case.id.rpartition("/")[0] or pair.case.id
        kinds = sorted({call.tool_kind for leg in (pair.reference, pair.candidate) for call in leg.outcome.calls})
        yield Label(LabelType.PARENT_SUITE, f"{verdict.reference} against {verdict.candidate}")
        yield Label(LabelType.SUITE, area)
        yield Label(LabelType.FRAMEWORK, "noetl-harness")
        for name, values in (
            ("area", (area,)),
            ("tool", kinds),
            ("reference", (verdict.reference,)),
            ("candidate", (verdict.candidate,)),
            ("cause", _causes(pair)),
            ("owner", words.owners(pair)),
            (LabelType.TAG, pair.case.tags),
        ):
            for value in values:
                yield Label(name, blotted(value))

    def _attachments(self) -> Iterator[Attachment]:
        alone = replace(self._run, verdict=replace(self._run.verdict, pairs=(self._pair,)))
        told = io.StringIO()
        history.write(alone, told)
        yield self._attach("both histories side by side", told.getvalue(), AttachmentType.TEXT)
        for side, evidence in self._evidence.items():
            if evidence is not None:
                yield self._attach(f"event log of the {side.value}", _events(evidence.events), AttachmentType.CSV)
                log = "\n".join(line.text for line in evidence.log)
                yield self._attach(f"log of the {side.value}", blotted(log), AttachmentType.TEXT)
        yield self._attach("playbook", blotted(self._pair.case.source), AttachmentType.YAML)

    def _attach(self, name: str, body: str, kind: AttachmentType) -> Attachment:
        prefix = _digest("attachment", self._run.verdict.run_id, self._place, name)
        source = ATTACHMENT_PATTERN.format(prefix=prefix, ext=kind.extension)
        self._logger.report_attached_data(body, source)
        return Attachment(name=name, source=source, type=kind.mime_type)


def _leg_step(pair: Pair, leg: Leg, evidence: Evidence | None) -> TestStepResult | None:
    """One leg with its calls as steps; None where it left no event."""
    if evidence is None or not evidence.events:
        return None
    moments = {event.event_id: event for event in evidence.events}
    return TestStepResult(
        name=f"{leg.evidence.side.value} {leg.evidence.pool_id}: {leg.verdict.value}",
        status=Status.PASSED,
        start=min(map(_milliseconds, evidence.events)),
        stop=max(map(_milliseconds, evidence.events)),
        steps=[
            _call_step(pair, call, moments[call.issued_event])
            for call in leg.outcome.calls
            if call.issued_event in moments
        ],
    )


def _call_step(pair: Pair, call: Call, first: EventRow) -> TestStepResult:
    """A call with a step for each letter, which lasts from the letter before until this one."""
    times = [_milliseconds(first, seconds) for seconds in call.times]
    stages = [
        TestStepResult(name=EVENT_NAMES[letter], status=_letter_status(letter), start=min(before, time), stop=time)
        for letter, before, time in zip(call.letters, (times[:1] + times)[: len(times)], times, strict=True)
    ]
    closed = {Letter.COMPLETED, Letter.FAILED, Letter.CANCELLED} & set(call.letters)
    failed = {Letter.ERROR, Letter.FAILED} & set(call.letters)
    return TestStepResult(
        name=f"{label(call.key, pair.case)}: {call.tool_kind}",
        status=Status.FAILED if failed else Status.PASSED if closed else Status.BROKEN,
        start=min(times, default=None),
        stop=max(times, default=None),
        steps=stages,
    )


def _letter_status(letter: Letter) -> str:
    return str(Status.FAILED if letter in (Letter.ERROR, Letter.FAILED) else Status.PASSED)


def _causes(pair: Pair) -> tuple[str, ...]:
    known = (finding.fingerprint for finding, _ in pair.excused)
    return tuple(dict.fromkeys((*words.by_fingerprint(pair), *known)))


def _links(pair: Pair) -> Iterator[Link]:
    """The issues that the expectations of the pair name."""
    expectations = (*(one for _, one in pair.excused), *pair.unmet, *pair.expired)
    named = (found for one in expectations for found in _ISSUE.findall(f"{one.source} {one.reason}"))
    for repository, number in dict.fromkeys(named):
        url = f"https://github.com/{repository}/issues/{number}"
        yield Link(type=LinkType.ISSUE, url=url, name=f"{repository}#{number}")


def _category(fingerprint: str) -> Mapping[str, str]:
    """Java wants the pattern to match the whole message, JavaScript knows no flag inside of one."""
    name = re.sub(r"[\\^$.*+?()\[\]{}|]", r"\\\g<0>", _line(fingerprint))
    return {"name": _line(fingerprint), "messageRegex": rf"(?:[\s\S]*\n)?{_CAUSE}{name}(?:\n[\s\S]*)?"}


def _environment(run: Judged) -> Iterator[str]:
    verdict, manifest = run.verdict, run.manifest
    values = {
        "run": verdict.run_id,
        **dict(words.pools(verdict)),
        "deployment": manifest.deployment,
        "suite_digest": verdict.suite_digest,
        "summary": words.summary(verdict),
        **manifest.tools,
    }
    for name, value in values.items():
        yield f"{name}={blotted(_line(value)).replace(chr(92), chr(92) * 2)}\n"


def _events(events: Iterable[EventRow]) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("time", "event", "step", "status", "worker", "execution", "command", "error", "result"))
    for event in events:
        table.writerow(
            (
                event.created_at.isoformat(),
                event.event_type,
                event.node_name,
                event.status,
                event.worker_id or "",
                event.execution_id,
                event.command_id or "",
                blotted(event.error or ""),
                canonical(blotted_value(event.result)),
            )
        )
    return out.getvalue()


def _told(lines: Iterable[str]) -> str:
    return words.visible(blotted("\n".join(map(_line, lines))))


def _line(text: str) -> str:
    return " ".join(text.split())


def _digest(*parts: str) -> str:
    """The same id for the same parts, and for no others."""
    return str(uuid5(NAMESPACE_URL, canonical(parts)))


def _start(run: Judged) -> int:
    return round(1000 * run.manifest.started.timestamp())


def _milliseconds(event: EventRow, later: float = 0.0) -> int:
    return round(1000 * (event.created_at + timedelta(seconds=later)).timestamp())
