"""A difference that is on record: known, printed as such, and not unexpected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Flaky:
    """How often a difference may show: in a share of `min` to `max` (0 to 1) of the newest `runs` runs. With fewer runs
    than that, nothing can be said of the share."""

    min: float
    max: float
    runs: int


@dataclass(frozen=True, slots=True)
class Past:
    """In how many of the `runs` stored runs that decided a case a flaky difference `shown`."""

    case_id: str
    fingerprint: str
    shown: int
    runs: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """Excuses one fingerprint of one case, for the pools and versions that it names, until it expires.

    `runtime` is that of the candidate; `versions` is a comma-separated list of bounds, `>=5.10.0,<5.15.1`, all of which
    must hold (empty: any). `source` is where the difference is on record. `expires` is the last day on which it holds,
    `since` the day on which it came on record.
    `file` and `line`, from 1, are where it stands. `flaky` marks a difference that shows in some runs only, at a place
    that is noise or any other.
    """

    case_id: str
    fingerprint: str
    runtime: str
    versions: str
    reason: str
    source: str
    owner: str
    expires: date
    file: str
    line: int = 1
    flaky: Flaky | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """A flaky expectation with its rate: it was `shown` in so many of `runs` runs, the one that is judged included."""

    expectation: Expectation
    shown: int
    runs: int

    @property
    def within(self) -> bool:
        """Whether the rate is as expected, in both directions, or there are too few runs to say that it is not."""
        flaky = self.expectation.flaky
        return flaky is None or self.runs < flaky.runs or flaky.min <= self.shown / self.runs <= flaky.max
