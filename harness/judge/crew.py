"""Which pool a worker belongs to, from what it registered as and from the form of its id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.evidence import Evidence, WorkerRow
from harness.model.pool import Dialect, PoolSpec


@dataclass(frozen=True, slots=True)
class Membership:
    """The pools that a worker can belong to. Empty: none is known. `why` says what the answer rests on."""

    pools: tuple[PoolSpec, ...]
    why: str
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Crew:
    """The workers of one lane: `pool` is under test, `python_pool` takes what routes to the `python` segment."""

    pool: PoolSpec
    python_pool: PoolSpec
    workers: Mapping[str, WorkerRow]

    @classmethod
    def of(cls, evidence: Evidence, pool: PoolSpec, python_pool: PoolSpec) -> Crew:
        """The crew of the lane that this evidence comes from."""
        return cls(pool, python_pool, {worker.worker_id: worker for worker in evidence.workers})

    @property
    def pools(self) -> tuple[PoolSpec, ...]:
        """The distinct pools of the lane."""
        return (self.pool,) if self.pool.id == self.python_pool.id else (self.pool, self.python_pool)

    def membership(self, worker_id: str) -> Membership:
        """`noetl.runtime` is asked first, then the worker-id pattern of each pool spec (design section 5).

        The two contradict each other when each names pools and no pool is named by both.
        """
        by_id = tuple(pool for pool in self.pools if re.fullmatch(pool.worker_id_pattern, worker_id))
        row = self.workers.get(worker_id)
        if row is None or row.runtime is None:
            return Membership(by_id, f"the form of its id: {worker_id}")
        by_runtime = tuple(pool for pool in self.pools if pool.runtime is row.runtime)
        both = tuple(pool for pool in by_runtime if pool in by_id)
        if by_runtime and by_id and not both:
            return Membership(by_runtime, f"noetl.runtime says {row.runtime}, its id {worker_id} does not", True)
        pools = both or by_runtime
        named = tuple(pool for pool in pools if pool.id == row.pool_name)
        return Membership(named or pools, f"noetl.runtime says {row.runtime}")

    def dialect(self, worker_id: str | None) -> Dialect | None:
        """How the worker spells its events; None where its pool is not known for certain."""
        spoken = {pool.dialect for pool in self.membership(worker_id).pools} if worker_id else set()
        return spoken.pop() if len(spoken) == 1 else None

    def is_dead(self, worker_id: str) -> bool:
        """Whether the process is known not to live, or, where processes can not be seen, the sweeper gave it up."""
        row = self.workers.get(worker_id)
        return row is not None and (row.alive is False or (row.alive is None and row.status == "offline"))
