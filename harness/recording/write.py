"""Writes a recording, fact by fact, while the run goes on."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic_core import PydanticSerializationError

from harness.model.errors import Exit, HarnessError
from harness.model.evidence import Evidence, LegEnd, LegKey
from harness.recording.facts import (
    EVIDENCE,
    FACT,
    MANIFEST,
    SCHEMA,
    CaseFact,
    Fact,
    Footer,
    LegFact,
    LossFact,
    Manifest,
)
from harness.recording.redact import Redactor

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

MANIFEST_FILE = "manifest.json"
RECORDING_FILE = "recording.jsonl"


def new_run_id(now: datetime) -> str:
    """A name that sorts by time and that no other run has: `20261125T080512-3f2a91`."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


class Recorder:
    """One run's folder. Facts are appended as they come, evidence files appear whole or not at all.

    Nothing here is a promise of the run's end: only `close` writes the footer, and a recording without one says of
    itself that it is incomplete.
    """

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self.folder = folder
        self._redactor = redactor
        self._facts = 0
        self._cases: dict[str, str] = {}
        self._lines = hashlib.sha256()
        self._file = (folder / RECORDING_FILE).open("xb", buffering=0)

    @classmethod
    def create(cls, runs: Path, manifest: Manifest, redactor: Redactor) -> Recorder:
        """A new folder in `runs`, with the manifest in it. `HarnessError` (environment) when it can not be made."""
        folder = runs / manifest.run_id
        try:
            (folder / "cases").mkdir(parents=True)
            write_whole(folder / MANIFEST_FILE, manifest_bytes(manifest))
            return cls(folder, redactor)
        except OSError as error:
            raise _unwritten(folder, error) from error

    def add(self, fact: Fact) -> None:
        """Append one line. A case and a loss are written free of secrets."""
        match fact:
            case CaseFact(case):
                self._cases[case.id] = f"{len(self._cases) + 1:03d}-{_slug(case.id)}"
                fact = CaseFact(self._redactor.case(case))
            case LossFact(what):
                fact = LossFact(self._redactor.text(what))
            case _:
                pass
        line = line_of(self._facts, fact)
        try:
            self._file.write(line)
        except OSError as error:
            raise _unwritten(self.folder, error) from error
        self._lines.update(line)
        self._facts += 1

    def leg(self, evidence: Evidence) -> None:
        """Write a leg's evidence, free of secrets, and the fact that it is over. Its case was added before."""
        key = evidence.key
        try:
            clean = self._redactor.evidence(evidence)
            content = EVIDENCE.dump_json(clean)
        except (RecursionError, PydanticSerializationError):
            clean = unreadable(key, evidence.seconds, "its evidence is nested too deeply to be recorded")
            content = EVIDENCE.dump_json(clean)
        name = f"cases/{self._cases[key.case_id]}/{key.side}-{key.turn}.json"
        try:
            write_whole(self.folder / name, content)
        except OSError as error:
            raise _unwritten(self.folder, error) from error
        digest = hashlib.sha256(content).hexdigest()
        self.add(LegFact(key, clean.end, clean.seconds, len(clean.events), longest_silence(clean), name, digest))

    def close(self, seconds: float) -> None:
        """The footer: the run came to its end after `seconds`."""
        self.add(footer_of(self._facts, self._lines, seconds))
        self._file.close()

    def abandon(self) -> None:
        """Leave the recording as it is: without a footer, unless it was closed before."""
        self._file.close()


def unreadable(key: LegKey, seconds: float, problem: str) -> Evidence:
    """What stands for a leg whose evidence can not be had: evidence of nothing, so that nothing is called equal."""
    return Evidence(
        key.case_id, key.side, "", LegEnd.LOST, None, seconds, complete=False, problem=problem, turn=key.turn
    )


def line_of(seq: int, fact: Fact) -> bytes:
    """The line that holds `fact`."""
    return f'{{"schema":"{SCHEMA}","seq":{seq},'.encode() + FACT.dump_json(fact)[1:] + b"\n"


def footer_of(facts: int, lines: Hash, seconds: float) -> Footer:
    """The footer behind `facts` lines; its digest covers them and what the footer itself says."""
    digest = lines.copy()
    digest.update(f"{facts} {seconds!r}".encode())
    return Footer(facts, digest.hexdigest(), seconds)


def manifest_bytes(manifest: Manifest) -> bytes:
    """What stands in `manifest.json`."""
    return MANIFEST.dump_json(manifest, indent=2) + b"\n"


def manifest_digest(manifest: Manifest) -> str:
    """The SHA-256 of `manifest.json`."""
    return hashlib.sha256(manifest_bytes(manifest)).hexdigest()


def longest_silence(evidence: Evidence) -> float | None:
    """The longest time between two events of a leg that ended, in seconds; None for any other leg."""
    if evidence.end is not LegEnd.TERMINAL_EVENT:
        return None
    times: Iterable[datetime] = sorted(event.created_at for event in evidence.events)
    return max(((later - earlier).total_seconds() for earlier, later in pairwise(times)), default=0.0)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is never seen half-written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)


def _slug(case_id: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "-", case_id.lower()).strip("-")[:60]


def _unwritten(folder: Path, error: OSError) -> HarnessError:
    return HarnessError(
        f"the recording can not be written to {folder}: {error.strerror}",
        "Make room there, or name another folder: --runs DIR.",
        Exit.ENVIRONMENT,
    )
