"""The versioned list of what is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.json import JsonObject


class Terminal(StrEnum):
    """How a case can end. `REFUSED`: the server does not take the playbook, so there is no execution."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Case:
    """One entry of the suite.

    `path` is the catalog path, `source` the YAML text, `file` where it was read. `role` is the number of the one of
    NoETL's 53 regression playbooks that it plays, None for a case beyond them. `requires` are playbooks that must be in
    the catalog too (sub-playbooks): pairs of catalog path and YAML text. `tables` are queries on the lane's tenant
    database, run after the leg, whose rows are compared; `{{execution_id}}` in them is the leg's own. `timeout` is in
    seconds. `expect` is how the reference should end, None where nobody has said so; `fails` are the steps that should
    fail there, and no others, None where nobody has said so.
    """

    id: str
    path: str
    file: str
    source: str
    payload: JsonObject = field(default_factory=dict)
    requires: tuple[tuple[str, str], ...] = ()
    credentials: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    role: int | None = None
    sets: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    expect: Terminal | None = Terminal.COMPLETED
    fails: tuple[str, ...] | None = None
    shares: tuple[str, ...] = ()
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Suite:
    """All cases of a manifest. `roles` are the catalog paths of NoETL's 53 by their number, as far as they are played.
    `digest` is the SHA-256 over manifest and playbooks: it fixes the denominator."""

    cases: tuple[Case, ...]
    digest: str
    roles: Mapping[int, str] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    """Ids of all cases of the project, also where only some of them were loaded."""
