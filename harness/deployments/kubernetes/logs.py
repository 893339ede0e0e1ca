"""Logs of pods, followed into files that the drive reads like any other log.

A stream of the API may break at any time. It is taken up again from the time of the last line, which the API has to
send once more: that is the proof that nothing lies between. If it does not, the container may have been replaced; then
its own log (`previous`) has to show that line, and what followed it. If that does not either, lines are missing, and
that is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import aiohttp

from harness.deployments.kubernetes.api import Api, Refused, path_of
from harness.model.errors import HarnessError

_AGAIN = 0.2
"""Seconds before a stream that ended is opened again."""


class PodLog:
    """Follows one container of a pod, and those that replace it, from `begin` on (UTC). `gaps` says where lines are
    known to be missing."""

    def __init__(self, api: Api, namespace: str, pod: str, container: str, file: Path, begin: datetime) -> None:
        self._api = api
        self._whose = f"{pod}, container {container},"
        self._path = path_of("v1", "pods", namespace, pod, "log")
        self._query = {"container": container, "timestamps": "true"}
        self._file = file
        self._since = begin.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._seen: set[bytes] = set()
        """Lines of the second in which the last one came: `sinceTime` knows no smaller step."""
        self._opened = False
        self._in_order = False
        self.gaps: list[str] = []

    async def follow(self) -> None:
        """Until the pod is gone. Cancel it when nobody needs the rest."""
        while True:
            self._in_order, before = False, self._in_order
            try:
                await self._follow()
                self._in_order = True
            except Refused as refused:
                if refused.code == 404:
                    if not before:
                        self._gap("the pod is gone, and the end of its log with it")
                    return
                if refused.code == 403:
                    self._gap(refused.what)
                    return
                self._in_order = before  # a container that is about to start has no log yet
            except (HarnessError, aiohttp.ClientError, ConnectionError):
                pass
            await asyncio.sleep(_AGAIN)

    async def _follow(self) -> None:
        async with self._api.stream(self._path, **self._query, sinceTime=self._since, follow="true") as stream:
            if self._opened and not self._seen:
                await self._read_previous()
            self._opened = True
            resumed = not self._seen
            async for line in _lines(stream):
                if not resumed and line not in self._seen:
                    await self._read_previous()
                resumed = True
                self._take(line)

    async def _read_previous(self) -> None:
        """What the container before this one said behind the last line that is known."""
        resumed = not self._seen
        try:
            async with self._api.stream(self._path, **self._query, sinceTime=self._since, previous="true") as stream:
                async for line in _lines(stream):
                    resumed = resumed or line in self._seen
                    self._take(line)
        except Refused as refused:
            if refused.code != 400:  # that is: there was none
                raise
        if not resumed:
            self._gap("lines are missing")

    def _take(self, line: bytes) -> None:
        """Write a line that is new, without the time that the API put before it."""
        if line in self._seen:
            return
        if _second(line) != self._since:
            self._seen.clear()
            self._since = _second(line)
        self._seen.add(line)
        with self._file.open("ab") as file:
            file.write(line.partition(b" ")[2] + b"\n")

    def _gap(self, what: str) -> None:
        self.gaps.append(f"the log of {self._whose} is incomplete behind {self._since}: {what}")


async def _lines(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Whole lines only: half of one comes again when the stream is taken up."""
    held = b""
    async for chunk in stream.iter_any():
        *whole, held = (held + chunk).split(b"\n")
        for line in whole:
            yield line


def _second(line: bytes) -> str:
    return f"{line[:19].decode('ascii', 'replace')}Z"
