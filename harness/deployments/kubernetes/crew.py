"""The pods of one part of NoETL under a run's eyes: their logs are kept, and what becomes of them is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from harness.deployments.kubernetes.api import Api, JsonBody
from harness.deployments.kubernetes.logs import PodLog
from harness.deployments.kubernetes.pods import containers, is_ready, restarts, watch, why_ended
from harness.model.errors import Exit, HarnessError
from harness.model.kubernetes import Part


class Crew:
    """Pods of `part`, and their logs in `folder`, a file `POD.CONTAINER.log` for each (None: nobody needs them)."""

    def __init__(self, api: Api, part: Part, folder: Path | None) -> None:
        self._api = api
        self._part = part
        self._folder = folder
        self._begin = datetime.now(UTC)
        self._pods: Mapping[str, JsonBody] = {}
        self._expected: Mapping[str, int] | None = None
        self._changed = asyncio.Event()
        self._logs: dict[tuple[str, str], tuple[PodLog, asyncio.Task[None]]] = {}
        self._blind: str | None = None
        self._losses: dict[str, None] = {}

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Crew]:
        """Watch inside the block."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, mode=0o700)
        watching = asyncio.create_task(self._watch())
        try:
            yield self
        finally:
            following = [task for _, task in self._logs.values()]
            for task in (watching, *following):
                task.cancel()
            await asyncio.gather(watching, *following, return_exceptions=True)

    def expect(self) -> None:
        """From now on, a pod of those that are there now that ends is a loss."""
        self._expected = {name: restarts(pod) for name, pod in self._pods.items()}

    def release(self) -> None:
        """Pods may come and go again."""
        self._expected = None

    def losses(self) -> tuple[str, ...]:
        """What ended while it was expected to stay, and where a log is known to be incomplete."""
        gaps = [gap for log, _ in self._logs.values() for gap in log.gaps]
        return (*self._losses, *gaps, *([self._blind] if self._blind else ()))

    def ready(self) -> int:
        """How many pods take work."""
        return sum(map(is_ready, self._pods.values()))

    def sees(self, pod: str) -> bool:
        """Whether a pod of this name is there."""
        return pod in self._pods

    async def until(self, count: int, seconds: float) -> None:
        """Wait until exactly `count` pods are there and all of them are ready. Raises `HarnessError` (environment)."""
        try:
            async with asyncio.timeout(seconds):
                while len(self._pods) != count or self.ready() != count:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise HarnessError(
                f"{self.ready()} of {len(self._pods)} pods of {self._part} are ready after {seconds:.0f} s, "
                f"and {count} should be.",
                f"See what holds them up: kubectl -n {self._part.namespace} get pods -l {self._part.labels}",
                Exit.ENVIRONMENT,
            ) from None

    async def _watch(self) -> None:
        try:
            async for pods in watch(self._api, self._part):
                self._pods = pods
                self._changed.set()
                self._compare()
                if self._folder is not None:
                    self._follow_new(self._folder)
        except HarnessError as error:
            self._blind = f"the pods of {self._part} can not be seen any more: {error.what}"

    def _compare(self) -> None:
        for name, before in (self._expected or {}).items():
            pod = self._pods.get(name)
            if pod is None:
                self._losses[f"the pod {name} was removed"] = None
            elif restarts(pod) > before:
                self._losses[f"the pod {name} was restarted: {why_ended(pod)}"] = None

    def _follow_new(self, folder: Path) -> None:
        there = {(name, container) for name, pod in self._pods.items() for container in containers(pod)}
        for name, container in there - self._logs.keys():
            file = folder / f"{name}.{container}.log"
            file.touch(mode=0o600)
            log = PodLog(self._api, self._part.namespace, name, container, file, self._begin)
            self._logs[name, container] = log, asyncio.create_task(log.follow())
