"""The one engine run of a pytest session, beside the tests that wait for it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event, Thread

from harness import session
from harness.cli.guard import told
from harness.drive.events import DriveEvent, Examined, RecordingBegun
from harness.judge.yardstick import Yardstick
from harness.judged import Judged
from harness.model.secrets import blotted
from harness.report.board import warnings
from harness.testing.desk import Desk, Ended

_GLANCE = 0.1
"""Seconds between two looks at whether the run is to end."""


class Engine:
    """Starts when it is made. What it sees goes to the recording that `desk` names."""

    def __init__(self, request: session.RunRequest, yardstick: Yardstick, desk: Desk) -> None:
        self._request = request
        self._yardstick = yardstick
        self._desk = desk
        self._told = Event()
        self.ended = Ended()
        self.run: Judged | None = None
        self.warnings: list[str] = []
        # What a session that is interrupted twice leaves behind ends with the process, and its deployment with it.
        self._thread = Thread(target=self._work, name="noetl-harness", daemon=True)
        self._thread.start()

    def tell_to_end(self) -> None:
        """Leave off as soon as all that was opened is closed."""
        self._told.set()

    def wait(self) -> None:
        """Return when nothing of it is left. From then on `run` is what it came to, or `ended` says why not;
        `warnings` are the doctor's."""
        self._thread.join()

    def _work(self) -> None:
        try:
            self.run = asyncio.run(self._until_told())
        except asyncio.CancelledError:
            self.ended = Ended("the run was told to end before it had seen all its cases", told=True)
        except BaseException as error:  # noqa: BLE001  tests wait in other processes: they are told, whatever it is
            self.ended = Ended(blotted(told(error)[0]))
        finally:
            self._desk.end(self.ended)

    async def _until_told(self) -> Judged:
        compared = session.compare(self._request, yardstick=self._yardstick, listener=self._hear)
        work = asyncio.create_task(compared)
        while not work.done() and not self._told.is_set():
            await asyncio.wait({work}, timeout=_GLANCE)
        if not work.done():
            work.cancel()
            await asyncio.wait({work})
        return work.result()

    def _hear(self, event: DriveEvent) -> None:
        match event:
            case RecordingBegun(folder):
                self._desk.begin(Path(folder))
            case Examined():
                self.warnings += warnings(event)
            case _:
                pass
