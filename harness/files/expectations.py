"""The differences that are on record: one file a case in `playbooks/expectations/`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from harness.files.playbook import yaml_files
from harness.files.project import project_root
from harness.files.yaml import Document, checked, load_yaml, several
from harness.model.errors import HarnessError, Location
from harness.model.expectation import Expectation, Flaky
from harness.model.pool import Runtime
from harness.model.suite import Suite
from harness.model.versions import parse_condition

LONGEST = timedelta(days=90)
"""How far ahead an entry may expire (design section 7)."""

Text = Annotated[str, Field(min_length=1)]


def _versions(text: str) -> str:
    parse_condition(text)
    return text


class FlakyEntry(BaseModel):
    """How often a difference may show; the meaning of each field is that of `harness.model.expectation.Flaky`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: Annotated[float, Field(gt=0, lt=1)]
    max: Annotated[float, Field(gt=0, lt=1)]
    runs: Annotated[int, Field(ge=2, le=1000)]

    @model_validator(mode="after")
    def _can_be_met(self) -> FlakyEntry:
        if self.min > self.max:
            raise ValueError("min is above max")
        if not any(self.min <= shown / self.runs <= self.max for shown in range(1, self.runs)):
            raise ValueError(f"no number of {self.runs} runs lies between min and max")
        return self

    def flaky(self) -> Flaky:
        """The bounds themselves."""
        return Flaky(self.min, self.max, self.runs)


class KnownEntry(BaseModel):
    """One difference: what it is (`fingerprint`), whose (`candidate` runtime and `versions`), why, since when it is on
    record and until when.

    `flaky` is for a difference that shows in some runs only; always and never are no share.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fingerprint: Text
    candidate: Runtime
    versions: Annotated[str, AfterValidator(_versions)] = ""
    reason: Text
    source: Text
    owner: Text
    since: date
    expires: date
    flaky: FlakyEntry | None = None


class ExpectationFile(BaseModel):
    """`playbooks/expectations/<case id>.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str
    known: Annotated[tuple[KnownEntry, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class _Read:
    """One checked file, with its name inside the folder of expectations."""

    name: Path
    document: Document
    content: ExpectationFile


def expectations_folder(root: Path | None = None) -> Path:
    """Where the files are."""
    return (root or project_root()) / "playbooks" / "expectations"


def load_expectations(suite: Suite, today: date, root: Path | None = None) -> tuple[Expectation, ...]:
    """Every expectation, expired ones too: the judge reports those.

    Raises one `HarnessError` that lists all that is wrong: an unknown case, a file that is not named after its case, an
    expiry more than 90 days after `today`, two entries for one fingerprint whose versions overlap.
    """
    folder = expectations_folder(root)
    files, problems = [], []
    known = set(suite.ids)
    for file in yaml_files(folder):
        try:
            document = load_yaml(file)
            read = _Read(file.relative_to(folder), document, checked(document, ExpectationFile))
        except HarnessError as error:
            problems.append((error.where or Location(str(file)), error.what))
        else:
            files.append(read)
            problems += _problems(read, known, today)
    if problems:
        raise several(problems, "Mend the entry, or remove it when the difference is gone.")
    return tuple(expectation for file in files for expectation in _expectations(file))


def _problems(file: _Read, known: set[str], today: date) -> Iterator[tuple[Location, str]]:
    where = file.document.where
    if file.content.case not in known:
        yield where(["case"]), f"the suite has no case {file.content.case!r}"
    elif file.name.as_posix() != f"{file.content.case}.yaml":
        yield where(["case"]), f"the file of this case is expectations/{file.content.case}.yaml"
    for index, entry in enumerate(file.content.known):
        if entry.expires > today + LONGEST:
            yield where(["known", index, "expires"]), f"expires more than {LONGEST.days} days from {today}"
    for (first, one), (second, other) in combinations(enumerate(file.content.known), 2):
        if _overlap(one, other):
            yield where(["known", second]), f"excuses the same as the entry at {where(['known', first])}"


def _overlap(one: KnownEntry, other: KnownEntry) -> bool:
    same = one.fingerprint == other.fingerprint and one.candidate is other.candidate
    return same and parse_condition(one.versions).overlaps(parse_condition(other.versions))


def _expectations(file: _Read) -> Iterator[Expectation]:
    for number, entry in enumerate(file.content.known):
        yield Expectation(
            case_id=file.content.case,
            fingerprint=entry.fingerprint,
            runtime=entry.candidate.value,
            versions=entry.versions,
            reason=entry.reason,
            source=entry.source,
            owner=entry.owner,
            expires=entry.expires,
            file=f"playbooks/expectations/{file.name.as_posix()}",
            line=file.document.where(["known", number]).line or 1,
            flaky=entry.flaky.flaky() if entry.flaky else None,
            since=entry.since,
        )
