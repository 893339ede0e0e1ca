"""The lines of a recording, and the manifest beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from harness.judge.yardstick import Yardstick
from harness.model.evidence import Evidence, LaneEvidence, LegEnd, LegKey
from harness.model.footprint import Footprint
from harness.model.lane import Side
from harness.model.pool import PoolSpec
from harness.model.suite import Case


@dataclass(frozen=True, slots=True)
class PoolIdentity:
    """Which pool stood on a lane. `digest` is the SHA-256 of an emulated pool's profile or of a real worker's program;
    None where the program could not be read."""

    side: Side
    id: str
    version: str
    emulated: bool
    digest: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was run, on what, and how: `manifest.json`. `tools` are versions by name; `argv` is free of secrets; `seed`
    is that of the order in which the cases ran, None for the suite's own. `images` are what a cluster runs, with their
    digests, by the part of NoETL that they are; empty elsewhere."""

    run_id: str
    started: datetime
    suite_digest: str
    routing: str
    deployment: str
    pools: tuple[PoolIdentity, ...]
    tools: Mapping[str, str]
    seed: int | None
    argv: tuple[str, ...]
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    """The first fact. `manifest` is the SHA-256 of `manifest.json`. `target` is where the pools ran, as `--target`
    names it; None where nothing ran."""

    run_id: str
    manifest: str
    suite_digest: str
    routing: str
    reference: PoolSpec
    candidate: PoolSpec
    python_pool: PoolSpec
    target: str | None = "embedded"
    type: Literal["header"] = "header"


@dataclass(frozen=True, slots=True)
class YardstickFact:
    """What the run was judged by on the day."""

    yardstick: Yardstick
    type: Literal["yardstick"] = "yardstick"


@dataclass(frozen=True, slots=True)
class CaseFact:
    """A case of the run, whether or not its legs came to run."""

    case: Case
    type: Literal["case"] = "case"


@dataclass(frozen=True, slots=True)
class LegFact:
    """A leg that is over. `file` holds its evidence, relative to the run's folder, and `sha256` is that file's digest.
    `silence` is the longest pause in its history in seconds, None where the history has no end."""

    leg: LegKey
    end: LegEnd
    seconds: float
    events: int
    silence: float | None
    file: str
    sha256: str
    type: Literal["leg"] = "leg"


@dataclass(frozen=True, slots=True)
class LaneFact:
    """A lane's stream counters around the run."""

    lane: LaneEvidence
    type: Literal["lane"] = "lane"


@dataclass(frozen=True, slots=True)
class LossFact:
    """A process of the deployment that ended while it was needed. Nothing that ran then is worth anything."""

    what: str
    type: Literal["loss"] = "loss"


@dataclass(frozen=True, slots=True)
class FootprintFact:
    """What the run left behind on a NoETL that is not its own."""

    footprint: Footprint
    type: Literal["footprint"] = "footprint"


@dataclass(frozen=True, slots=True)
class Footer:
    """The last fact: the run came to its end. `facts` counts those before it, `sha256` covers their lines
    and what the footer says (`harness.recording.write.footer_of`)."""

    facts: int
    sha256: str
    seconds: float
    type: Literal["footer"] = "footer"


Fact: TypeAlias = Annotated[
    Header | YardstickFact | CaseFact | LegFact | LaneFact | LossFact | FootprintFact | Footer,
    Field(discriminator="type"),
]


@dataclass(frozen=True, slots=True)
class Place:
    """What every line has beside its fact. `seq` counts from 0 without a gap."""

    schema: Literal["noetl-harness/recording/1"]
    seq: int


SCHEMA = "noetl-harness/recording/1"

PLACE: TypeAdapter[Place] = TypeAdapter(Place)
FACT: TypeAdapter[Fact] = TypeAdapter(Fact)
MANIFEST: TypeAdapter[Manifest] = TypeAdapter(Manifest)
EVIDENCE: TypeAdapter[Evidence] = TypeAdapter(Evidence)
"""A leg's evidence file: one JSON object, the fields of `Evidence`."""
