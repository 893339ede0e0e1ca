"""What checkers say."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.lane import Side
from harness.model.noise import Spot


class Checker(StrEnum):
    """The checkers of the design, section 7, in the order in which their findings come. All but `ENVELOPE` and `NOISE`
    are found by name in the entry-point group `noetl_harness.checkers`; whoever adds one there needs no line here."""

    PROVENANCE = "provenance"
    LIFECYCLE = "lifecycle"
    DUPLICATES = "duplicates"
    TERMINAL = "terminal"
    CHAIN = "chain"
    ZOMBIE = "zombie"
    LOG = "log"
    SECRETS = "secrets"
    ENVELOPE = "envelope"
    ORDER = "order"
    EFFECTS = "effects"
    LATENCY = "latency"
    DIALECT = "dialect"
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


class Departs(StrEnum):
    """Which side departs from the reference implementations."""

    REFERENCE = "reference"
    CANDIDATE = "candidate"
    BOTH = "both"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the reference implementations say of a departure. `because` names the rule, or says that none decides."""

    departs: Departs
    because: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a checker says about a leg (`side` set) or a pair (`side` None).

    `checker` is the name of who says it; `Checker` has the harness's own. `fingerprint` names the cause: equal on every
    machine and in every run, free of ids, numbers and names of steps; readable, e.g. `Tool not found: task_sequence`.
    `pointer` is an RFC 6901 pointer into the envelope's data, or, for a secret, into the row that shows it.
    `evidence` are lines that a person can check: log records, event rows, both values. `edge` is set for zombies.
    `consequence` marks what follows from an earlier departure in the same leg: shown, never counted as a cause.
    `spots` are all places of a difference in data; what is protected has none.
    `opinion` is set where two legs part at a call, or in how they end.
    """

    checker: str
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
    opinion: Opinion | None = None
