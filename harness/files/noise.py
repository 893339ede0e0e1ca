"""The noise that is on record: `reports/noise.json`. Every run reads it; only the verb `noise` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.files.project import noise_file
from harness.files.yaml import Document, checked, load_yaml, several
from harness.judge.noise_mask import hides_protected
from harness.judge.normalise import PROTECTED
from harness.model.errors import Location
from harness.model.noise import Kind, NoiseEntry, NoiseRecord, Spot
from harness.model.suite import Suite
from harness.recording.write import write_whole

SCHEMA = "noetl-harness/noise/1"

LIFETIME = timedelta(days=30)
"""How long an entry masks after it was last seen."""

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]


class NoiseLine(BaseModel):
    """One place; the meaning of each field is that of `harness.model.noise.NoiseEntry` and its `Spot`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: Text
    pool: Text
    where: Text
    at: str
    kind: Kind
    seen: Count
    runs: Count
    first: date
    last: date
    expires: date

    def entry(self) -> NoiseEntry:
        """The entry itself."""
        spot = Spot(self.where, self.at, self.kind)
        return NoiseEntry(self.case, self.pool, spot, self.seen, self.runs, self.first, self.last, self.expires)


class NoiseFile(BaseModel):
    """`reports/noise.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["noetl-harness/noise/1"] = Field(alias="schema")
    learned: tuple[Text, ...]
    noise: tuple[NoiseLine, ...]


def load_noise(suite: Suite, path: Path | None = None) -> NoiseRecord:
    """What is on record, expired entries too: the judge tells of those. Nothing where there is no file.

    Raises one `HarnessError` that lists all that is wrong: an unknown case, a place that stands twice, an entry that
    would mask what is protected, or one that is to last longer than 30 days after it was last seen.
    """
    path = path or noise_file()
    if not path.exists():
        return NoiseRecord()
    document = load_yaml(path)
    content = checked(document, NoiseFile)
    problems = list(_problems(document, content, set(suite.ids)))
    if problems:
        raise several(problems, "Remove the entry; `noetl-harness noise RECORDING` writes it again as it should be.")
    return NoiseRecord(content.learned, tuple(line.entry() for line in content.noise))


def save_noise(record: NoiseRecord, path: Path | None = None) -> None:
    """Write the record, sorted, so that a change shows what was learned."""
    ordered = sorted(record.entries, key=lambda one: (one.case_id, one.pool, one.spot))
    content = {
        "schema": SCHEMA,
        "learned": sorted(record.learned),
        "noise": [_line(one).model_dump(mode="json") for one in ordered],
    }
    write_whole(path or noise_file(), (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def _line(one: NoiseEntry) -> NoiseLine:
    return NoiseLine(
        case=one.case_id,
        pool=one.pool,
        where=one.spot.where,
        at=one.spot.at,
        kind=one.spot.kind,
        seen=one.seen,
        runs=one.runs,
        first=one.first,
        last=one.last,
        expires=one.expires,
    )


def _problems(document: Document, content: NoiseFile, cases: set[str]) -> Iterator[tuple[Location, str]]:
    places: dict[tuple[str, str, Spot], Location] = {}
    for number, line in enumerate(content.noise):
        where, entry = document.where(["noise", number]), line.entry()
        if line.case not in cases:
            yield document.where(["noise", number, "case"]), f"the suite has no case {line.case!r}"
        if hides_protected(entry.spot):
            names = ", ".join(sorted(PROTECTED))
            yield document.where(["noise", number, "at"]), f"this would mask what is protected: {names}"
        if line.seen > line.runs:
            yield document.where(["noise", number, "seen"]), "it was seen in more runs than there were"
        if line.expires > line.last + LIFETIME:
            text = f"expires more than {LIFETIME.days} days after it was last seen"
            yield document.where(["noise", number, "expires"]), text
        first = places.setdefault((line.case, line.pool, entry.spot), where)
        if first is not where:
            yield where, f"this place is on record at {first} already"
