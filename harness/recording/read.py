"""Reads a recording back. What can not be read is told and makes the run indeterminate; it is never passed over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from harness.judge.grace import grace
from harness.judge.run import JudgeRequest
from harness.judge.yardstick import Yardstick
from harness.model.errors import HarnessError, Location
from harness.model.evidence import Evidence, LaneEvidence, LegKey
from harness.model.footprint import Footprint
from harness.model.lane import Side
from harness.model.suite import Case
from harness.recording.facts import (
    EVIDENCE,
    FACT,
    MANIFEST,
    PLACE,
    CaseFact,
    Fact,
    Footer,
    FootprintFact,
    Header,
    LaneFact,
    LegFact,
    LossFact,
    Manifest,
    YardstickFact,
)
from harness.recording.write import MANIFEST_FILE, RECORDING_FILE, footer_of, line_of, unreadable


@dataclass(slots=True)
class Recording:
    """One run's folder, read. Evidence stays in its files until it is asked for.

    `problems` are sentences on what is missing or broken; a recording without any is exactly what its run wrote.
    """

    folder: Path
    manifest: Manifest
    header: Header
    yardstick: Yardstick
    cases: list[Case] = field(default_factory=list)
    legs: dict[LegKey, LegFact] = field(default_factory=dict)
    lanes: list[LaneEvidence] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    footprints: list[Footprint] = field(default_factory=list)
    footer: Footer | None = None
    problems: list[str] = field(default_factory=list)

    def request(self, yardstick: Yardstick | None = None) -> JudgeRequest:
        """What the judge needs, by the yardstick of the day or by another one."""
        header = self.header
        return JudgeRequest(
            run_id=header.run_id,
            cases=self.cases,
            evidence=EvidenceFiles(self.folder, self.legs),
            lanes=self.lanes,
            graces={side: grace(leg.silence for key, leg in self.legs.items() if key.side is side) for side in Side},
            pools={Side.REFERENCE: header.reference, Side.CANDIDATE: header.candidate},
            python_pool=header.python_pool,
            routing=header.routing,
            target=header.target,
            yardstick=yardstick or self.yardstick,
            seconds=self.footer.seconds if self.footer else 0.0,
            suite_digest=header.suite_digest,
            problems=self.problems,
            losses=self.losses,
            footprints=self.footprints,
        )


class EvidenceFiles(Mapping[LegKey, Evidence]):
    """The evidence of a recording's legs, read from its file whenever it is asked for and kept nowhere."""

    def __init__(self, folder: Path, legs: Mapping[LegKey, LegFact]) -> None:
        self._folder = folder
        self._legs = legs

    def __getitem__(self, key: LegKey) -> Evidence:
        return _evidence(self._folder, self._legs[key])

    def __iter__(self) -> Iterator[LegKey]:
        return iter(self._legs)

    def __len__(self) -> int:
        return len(self._legs)


def open_recording(folder: Path) -> Recording:
    """Read a run's folder. Raises `HarnessError` where there is no recording, or one whose beginning can not be read:
    then nothing in it could be understood."""
    if folder.name == RECORDING_FILE:
        folder = folder.parent
    path = folder / RECORDING_FILE
    lines = _content(path).split(b"\n")
    ended = lines.pop() == b""
    facts = [_fact(line) for line in lines]
    match facts[:2]:
        case [Header() as header, YardstickFact(yardstick)]:
            pass
        case _:
            raise HarnessError(
                "this is not the recording of a run, or its beginning is lost",
                "Name the folder of a run: it holds recording.jsonl and manifest.json.",
                where=Location(str(path), 1),
            )
    recording = Recording(folder, _manifest(folder, header), header, yardstick)
    recording.problems += _line_problems(lines, facts, ended)
    for fact in facts[2:]:
        if fact is not None:
            _take(recording, fact)
    if recording.footer is None:
        recording.problems.append("the recording has no footer: the run did not come to its end")
    return recording


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HarnessError(
            f"{path} can not be read: {error.strerror}", "Name the folder of a run, such as reports/runs/RUN-ID."
        ) from error


def _manifest(folder: Path, header: Header) -> Manifest:
    path = folder / MANIFEST_FILE
    content = _content(path)
    try:
        manifest = MANIFEST.validate_json(content)
    except ValidationError:
        manifest = None
    if manifest is None or hashlib.sha256(content).hexdigest() != header.manifest:
        raise HarnessError(
            "this is not the manifest that the recording was written with",
            "Restore the run's folder as it was: nothing says any more what was run.",
            where=Location(str(path)),
        )
    return manifest


def _fact(line: bytes) -> Fact | None:
    try:
        return FACT.validate_json(line)
    except ValidationError:
        return None


def _line_problems(lines: list[bytes], facts: list[Fact | None], ended: bool) -> Iterator[str]:
    if not ended:
        yield f"line {len(lines) + 1} of the recording is cut off"
    for number, (line, fact) in enumerate(zip(lines, facts, strict=True)):
        if fact is None or _seq(line) != number:
            yield f"line {number + 1} of the recording is not the one that was written there"
            return
    for number, fact in enumerate(facts):
        if isinstance(fact, Footer):
            before = hashlib.sha256(b"".join(line + b"\n" for line in lines[:number]))
            if lines[number] + b"\n" != line_of(number, footer_of(number, before, fact.seconds)):
                yield "the recording is not the one that its footer was written for"
            if number != len(facts) - 1:
                yield "the recording goes on after its footer"


def _seq(line: bytes) -> int | None:
    try:
        return PLACE.validate_json(line).seq
    except ValidationError:
        return None


def _take(recording: Recording, fact: Fact) -> None:
    match fact:
        case CaseFact(case):
            recording.cases.append(case)
        case LegFact(key):
            if key in recording.legs:
                recording.problems.append(f"the leg {key.case_id} on {key.side} {key.turn} stands twice")
            recording.legs[key] = fact
        case LaneFact(lane):
            recording.lanes.append(lane)
        case LossFact(what):
            recording.losses.append(what)
        case FootprintFact(footprint):
            recording.footprints.append(footprint)
        case Footer():
            recording.footer = fact
        case Header() | YardstickFact():
            recording.problems.append("the recording begins twice")


def _evidence(folder: Path, fact: LegFact) -> Evidence:
    """The leg's evidence, or, where its file is not what was written, evidence of nothing."""
    path = folder / fact.file
    key = fact.leg
    problem = "its evidence file is missing"
    inside = path.resolve().is_relative_to(folder.resolve())
    if inside and path.is_file():
        content = path.read_bytes()
        problem = "its evidence file is not the one that was written"
        if hashlib.sha256(content).hexdigest() == fact.sha256:
            try:
                evidence = EVIDENCE.validate_json(content)
            except ValidationError:
                problem = "its evidence file is of another form"
            else:
                if evidence.key == key:
                    return evidence
    return unreadable(key, fact.seconds, problem)
