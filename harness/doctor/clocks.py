"""How far the clocks of the server and of its database are from ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import psycopg

from harness.model.doctor import Answer, Site, State
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Lane
from harness.noetl.events import unreadable
from harness.noetl.streams import TIMEOUT

_NOTED = 2.0
"""Seconds. Logs of pods are read from the start of a run on, by our clock and to the second."""

_TOO_FAR = 30.0
"""Seconds. As long as that a harness's Lease counts: with clocks further apart two of them would each think that the
other one's had run out."""


@dataclass(frozen=True, slots=True)
class Skew:
    """`seconds` by which the clock of `whose` is ahead, known to within `within` seconds."""

    whose: str
    seconds: float
    within: float

    @property
    def least(self) -> float:
        """Seconds by which the clocks differ for certain."""
        return max(0.0, abs(self.seconds) - self.within)


async def check(site: Site, lane: Lane) -> Answer:
    """The database is asked for its time, and the server's answers have a date."""
    return answer([await _of_database(lane), *await _of_server(lane)])


def answer(skews: list[Skew]) -> Answer:
    """By the clock that is furthest from ours."""
    worst = max(skews, key=lambda skew: skew.least)
    said = f"the clock of {worst.whose} is {abs(worst.seconds):.1f} s {'ahead' if worst.seconds > 0 else 'behind'}"
    todo = "Set the clocks by one source (NTP): logs are matched with runs by their times."
    if worst.least > _TOO_FAR:
        return Answer(State.FAIL, said, todo)
    if worst.least > _NOTED:
        return Answer(State.WARN, said, todo)
    return Answer(State.OK, f"{' and '.join(skew.whose for skew in skews)} agree with this machine")


async def _of_database(lane: Lane) -> Skew:
    try:
        async with await psycopg.AsyncConnection.connect(lane.dsn, connect_timeout=5, autocommit=True) as connection:
            before = datetime.now(UTC)
            row = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
            after = datetime.now(UTC)
    except psycopg.Error as error:
        raise unreadable(error, lane.schema) from None
    assert row
    return _skew("the database", row[0], before, after, 0.0)


async def _of_server(lane: Lane) -> list[Skew]:
    """Nothing where its answer has no date."""
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            before = datetime.now(UTC)
            async with session.get(f"{lane.server_url.rstrip('/')}/api/health") as response:
                date = response.headers.get("Date")
            after = datetime.now(UTC)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise HarnessError(
            f"The NoETL server at {lane.server_url} does not answer ({type(error).__name__}).",
            "Check that it runs and that the URL is right.",
            Exit.ENVIRONMENT,
        ) from None
    return [] if date is None else [_skew("the server", parsedate_to_datetime(date), before, after, 1.0)]


def _skew(whose: str, theirs: datetime, before: datetime, after: datetime, step: float) -> Skew:
    """`step`: their clock was read in steps of so many seconds."""
    middle = before + (after - before) / 2
    return Skew(whose, (theirs - middle).total_seconds(), (after - before).total_seconds() / 2 + step)
