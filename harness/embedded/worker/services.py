"""What every part of a worker may use."""

from __future__ import annotations

from dataclasses import dataclass, field

import aiohttp

from harness.embedded.worker.forks import Forks
from harness.embedded.worker.server import Server
from harness.embedded.worker.settings import Settings
from harness.model.pool import Behaviour, PoolSpec


@dataclass(frozen=True, slots=True)
class Services:
    """One worker's surroundings. `session` is for requests that playbooks make, `server` for NoETL's own."""

    pool: PoolSpec
    settings: Settings
    server: Server = field(repr=False)
    session: aiohttp.ClientSession = field(repr=False)
    forks: Forks = field(repr=False)

    @property
    def behaviour(self) -> Behaviour:
        """The profile's behaviour; a worker of ours always has one."""
        if self.pool.behaviour is None:
            raise TypeError(f"{self.pool.id} has no behaviour to play")
        return self.pool.behaviour


class WorkerEnds(Exception):
    """The release would end its process here, and so does ours, with exit code 1."""
