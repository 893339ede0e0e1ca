"""A supervisor process (`harness.embedded.supervisor`) from the harness's side: the pipe that ties its life to ours."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from harness.embedded.pipe import KEEP, KEPT, LOST
from harness.embedded.wire import Broken, Refused
from harness.model.errors import Exit, HarnessError

ReadyT = TypeVar("ReadyT")

ENDING = 8.0
"""Seconds for a supervisor to end; it takes a tenth of one unless the machine is stuck."""


class Supervisor(Generic[ReadyT]):
    """Starts it with `request`, one line of JSON; `answers` reads what it says. `ending` is how many seconds it gets to
    end before it is killed."""

    def __init__(
        self,
        command: Sequence[str],
        request: bytes,
        answers: TypeAdapter[ReadyT | Refused | Broken],
        ending: float = ENDING,
    ) -> None:
        self._answers = answers
        self._ending = ending
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, bufsize=0
        )
        self._say(request + b"\n")

    def answer(self) -> ReadyT:
        """Wait until it is ready. `HarnessError` as the supervisor says; `RuntimeError` for a defect of its."""
        line = self._hear()
        if not line:
            code = self._process.wait()
            if -code in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                raise HarnessError("The deployment was told to end while it started.", "Start again.", Exit.INTERRUPTED)
            raise RuntimeError(f"the supervisor ended without an answer (exit code {code})")
        match self._answers.validate_json(line):
            case Refused(what, todo, code):
                raise HarnessError(what, todo, Exit(code))
            case Broken(trace):
                raise RuntimeError(f"the supervisor broke:\n{trace}")
            case ready:
                return ready

    def keep(self) -> None:
        """Let it outlive us."""
        self._say(KEEP)
        if self._hear() != KEPT:
            raise RuntimeError("the supervisor ended before it could be kept")
        self._process.returncode = 0  # from here on it is not ours to wait for
        self._close()

    def stop(self) -> Refused | None:
        """End it, and return when nothing of it is left: what it says of something that it could not take away."""
        if self._process.stdin:
            self._process.stdin.close()
        lines: list[bytes] = []
        try:
            self._process.wait(self._ending)
            lines = self._hear().splitlines()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()
        last = self._answers.validate_json(lines[-1]) if lines else None
        return last if isinstance(last, Refused) else None

    def _say(self, data: bytes) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(data)
        except BrokenPipeError:
            return

    def _hear(self) -> bytes:
        assert self._process.stdout
        line = bytearray()
        while not line.endswith(b"\n") and (part := self._process.stdout.read(65_536)):
            line += part
        return bytes(line)

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


def losses(folder: Path) -> tuple[str, ...]:
    """A line for every process that the supervisor with this run folder has seen end."""
    try:
        return tuple((folder / "private" / LOST).read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        return ()
