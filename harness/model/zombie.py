"""Executions that hang, for a person who must do something about them."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.errors import Exit
from harness.model.finding import Edge
from harness.model.lane import Side


@dataclass(frozen=True, slots=True)
class Zombie:
    """One execution that hangs. `case_id` and `side` say which leg of a recording it is; both are None on a deployment.

    `step` and `worker` are None where no command is open or nobody claimed it. `quiet` are the seconds since its last
    event of any type, `grace` those that it could have been quiet while all was well, None where nothing was measured.
    `todo` is what to do about it.
    """

    execution_id: int
    path: str
    step: str | None
    edge: Edge
    signals: tuple[str, ...]
    quiet: float
    grace: float | None
    worker: str | None
    todo: str
    evidence: tuple[str, ...]
    case_id: str | None = None
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Census:
    """All executions that were looked at. `unclear` are sentences on those of which nothing could be proven."""

    looked_at: int
    zombies: tuple[Zombie, ...]
    unclear: tuple[str, ...]

    @property
    def exit(self) -> Exit:
        """A zombie outweighs what is not known (design section 8)."""
        if self.zombies:
            return Exit.DIVERGED
        return Exit.INDETERMINATE if self.unclear else Exit.OK
