"""What checkers say."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.lane import Side
from harness.model.noise import Spot


class Checker(StrEnum):
    """The checkers of the design, section 7."""

    PROVENANCE = "provenance"
    LIFECYCLE = "lifecycle"
    TERMINAL = "terminal"
    ZOMBIE = "zombie"
    LOG = "log"
    ENVELOPE = "envelope"
    DIALECT = "dialect"
    EFFECTS = "effects"
    NOISE = "noise"


class Edge(StrEnum):
    """The edge that a zombie's history lacks (design section 5, Hangs)."""

    NOT_ISSUED = "not issued"
    NOT_PUBLISHED = "issued and not published"
    UNCLAIMED = "published and unclaimed"
    NOT_STARTED = "claimed and not started"
    NOT_FINISHED = "started and never finished"
    NOT_TERMINAL = "finished and never terminal"
    STALE_STATUS = "terminal and status stale"
    CHILD_HANGS = "waiting on a child that hangs"


class Weight(StrEnum):
    """What a finding does to a verdict. `INFO` never changes one; `UNKNOWN` makes it indeterminate.

    `NOISE` is a difference at a place where the reference differs from itself: then equal places prove nothing either.
    `UNSTABLE` says that the reference differs from itself in what is protected: then nothing of the pair counts.
    """

    DIVERGES = "diverges"
    EQUIVALENT = "equivalent"
    INFO = "info"
    CONTAMINATES = "contaminates"
    UNKNOWN = "unknown"
    NOISE = "noise"
    UNSTABLE = "unstable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a checker says about a leg (`side` set) or a pair (`side` None).

    `fingerprint` names the cause: equal on every machine and in every run, free of ids, numbers and names of steps;
    readable, e.g. `Tool not found: task_sequence`. `pointer` is an RFC 6901 pointer into the envelope's data.
    `evidence` are lines that a person can check: log records, event rows, both values. `edge` is set for zombies.
    `consequence` marks what follows from an earlier departure in the same leg: shown, never counted as a cause.
    `spots` are all places of a difference in data; what is protected has none.
    """

    checker: Checker
    case_id: str
    fingerprint: str
    message: str
    weight: Weight
    side: Side | None = None
    step: str | None = None
    pointer: str | None = None
    edge: Edge | None = None
    evidence: tuple[str, ...] = field(default_factory=tuple)
    ends_differently: bool = False
    consequence: bool = False
    spots: tuple[Spot, ...] = ()
