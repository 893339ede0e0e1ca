"""Programs that the harness was told to start, in a supervisor of their own: `python -m harness.deployments.programs`.

They are started in order. When the harness is done with them or is gone, however it went, those in the foreground are
told to end (SIGTERM to their process group, after a while SIGKILL), then what others have started is ended by their
`stop`, and at last everything that still descends from any of them is killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from harness.deployments.supervised import Supervisor, losses
from harness.embedded.accounts import Account
from harness.embedded.folder import RunFolder, alive
from harness.embedded.pipe import LOST
from harness.embedded.processes import die_with_parent, ending, last_complaint, stop_if_told, tail
from harness.embedded.supervisor import main
from harness.embedded.wire import Broken, Refused
from harness.model.errors import Exit, HarnessError
from harness.model.processes import Program
from harness.model.secrets import hidden, names_secret, url_passwords

COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "harness.deployments.programs")

_STARTING = 120.0
"""Seconds in which a `start` that has a `stop` must end: it may have images to fetch."""

_POLITE = 10.0
"""Seconds that a program in the foreground has to end after SIGTERM."""

_STOPPING = 60.0
"""Seconds in which a `stop` must end."""

_PATIENCE = 2 * (_POLITE + _STOPPING)

_TICK = 0.02
_GLANCE = 0.2
_SETTLED = "settled"
"""File in the private folder with the names of programs whose `stop` is due."""


@dataclass(frozen=True, slots=True)
class Started:
    """The programs run, or have settled. `logs` are what each of them prints, by name."""

    folder: str
    pid: int
    started: int
    logs: dict[str, str]


Answer: TypeAlias = Started | Refused | Broken
ORDER: TypeAdapter[tuple[Program, ...]] = TypeAdapter(tuple[Program, ...])
ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


@dataclass(frozen=True, slots=True)
class Held:
    """Programs that run. Without any there is no `folder`."""

    folder: Path | None = None
    logs: dict[str, str] | None = None

    def log(self, name: str) -> Path:
        """What this program prints."""
        assert self.logs is not None
        return Path(self.logs[name])

    def lost(self) -> tuple[str, ...]:
        """A line for each program in the foreground that has ended, its name first."""
        if self.folder is None:
            return ()
        return losses(self.folder) if alive(self.folder) else ("the supervisor of the programs has ended",)


@asynccontextmanager
async def held(programs: Sequence[Program]) -> AsyncIterator[Held]:
    """Start them, and leave nothing of them behind the block.

    Raises `HarnessError` (environment) for one that does not start, and at the end for one that does not stop.
    """
    if not programs:
        yield Held()
        return
    supervisor = Supervisor(COMMAND, ORDER.dump_json(tuple(programs)), ANSWER, _PATIENCE)
    try:
        started = await asyncio.to_thread(supervisor.answer)
        yield Held(Path(started.folder), started.logs)
    finally:
        refused = supervisor.stop()
        if refused is not None:
            raise HarnessError(refused.what, refused.todo, Exit(refused.exit))


class Programs:
    """The charge of the supervisor."""

    def __init__(self, programs: Sequence[Program], folder: RunFolder) -> None:
        self._programs = programs
        self._folder = folder
        self._held: dict[int, Program] = {}

    def start(self, request: bytes) -> dict[str, Any]:
        """Start each, and wait for those that settle."""
        for program in self._programs:
            if program.stop:
                with _settled(self._folder).open("a", encoding="utf-8") as file:
                    file.write(f"{program.name}\n")
                _call(program, program.start, self._folder.log(program.name), _STARTING, stop_if_told)
            else:
                process = _run(program, program.start, self._folder.log(program.name))
                process.returncode = 0  # reaped in `_ended`: whoever is not waited for here, Python reaps unseen
                self._held[process.pid] = program
        return {"logs": {one.name: str(self._folder.log(one.name)) for one in self._programs}}

    def watch(self) -> None:
        """Note every program in the foreground that ends, and reap what was left to us."""
        while True:
            stop_if_told()
            for program, status in self._ended():
                with (self._folder.private / LOST).open("a", encoding="utf-8") as file:
                    told = ending(os.waitstatus_to_exitcode(status)) + last_complaint(self._folder.log(program.name))
                    file.write(f"{program.name} {hidden(told, secrets_of(self._programs))}\n")
            time.sleep(_GLANCE)

    def stop(self) -> None:
        """In reverse order. `HarnessError` (environment) for a `stop` that fails: then it is due again."""
        for pid in reversed(self._held):
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + _POLITE
        while self._held and time.monotonic() < deadline:
            for _ in self._ended():
                pass
            time.sleep(_TICK)
        for pid in self._held:
            _signal(pid, signal.SIGKILL)
        stop_settled(self._programs, self._folder)

    def redact(self, error: HarnessError) -> HarnessError:
        """The same error without the secrets of the programs' environments."""
        return HarnessError(hidden(error.what, secrets_of(self._programs)), error.todo, error.exit)

    def _ended(self) -> Iterator[tuple[Program, int]]:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if program := self._held.pop(pid, None):
                yield program, status


class ProgramsKind:
    """What a supervisor of programs holds."""

    def charge(self, request: bytes, folder: RunFolder, account: Account | None) -> Programs:
        """The programs of this order."""
        return Programs(ORDER.validate_json(request), folder)

    def clear(self, request: bytes, folder: RunFolder) -> None:
        """Call each `stop` that is still due."""
        stop_settled(ORDER.validate_json(request), folder)


def stop_settled(programs: Sequence[Program], folder: RunFolder) -> None:
    """Call the `stop` of each program that has one due, the last one first, also where another one fails."""
    due = _settled(folder)
    names = due.read_text(encoding="utf-8").splitlines() if due.exists() else []
    errors: list[HarnessError] = []
    for program in reversed([one for one in programs if one.name in names]):
        try:
            _call(program, program.stop, folder.log(f"{program.name}-stop"), _STOPPING, lambda: None)
            names.remove(program.name)
        except HarnessError as error:
            errors.append(error)
    if due.exists():
        due.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    if errors:
        what = hidden(errors[0].what, secrets_of(programs))
        raise HarnessError(what, "See what still runs, and end it.", Exit.ENVIRONMENT)


def secrets_of(programs: Sequence[Program]) -> set[str]:
    """What must not be shown of their environments and arguments."""
    told = [pair for program in programs for pair in program.environment.items()]
    texts = [*(value for _, value in told), *(text for one in programs for text in (*one.start, *one.stop))]
    return {value for name, value in told if names_secret(name)} | url_passwords(*texts)


def _settled(folder: RunFolder) -> Path:
    return folder.private / _SETTLED


def _call(program: Program, command: Sequence[str], log: Path, seconds: float, meanwhile: Callable[[], None]) -> None:
    """Run a command that ends by itself. What `meanwhile` raises ends it."""
    process = _run(program, command, log)
    deadline = time.monotonic() + seconds
    try:
        while process.poll() is None and time.monotonic() < deadline:
            meanwhile()
            time.sleep(_TICK)
    finally:
        if process.returncode is None:
            _signal(process.pid, signal.SIGKILL)
    if process.returncode == 0:
        return
    said = "does not end" if process.returncode is None else ending(process.returncode)
    raise HarnessError(
        f"A command of {program.name}, {command[0]}, {said}. The end of its log:\n{tail(log) or '(empty)'}",
        "Mend the command. One that stays in the foreground has no `stop`.",
        Exit.ENVIRONMENT,
    )


def _run(program: Program, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    supervisor = os.getpid()
    try:
        with log.open("ab") as out:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=program.folder,
                env={**os.environ, **program.environment},
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(supervisor),
            )
    except OSError as error:
        raise HarnessError(
            f"A command of {program.name} can not be run: {command[0]}: {error.strerror}",
            "Name a program that is there. A relative path counts from the folder of the file.",
            Exit.ENVIRONMENT,
        ) from None


def _signal(pid: int, by: signal.Signals) -> None:
    """To the program's process group: it may be a script that has started what it is about."""
    with suppress(ProcessLookupError):
        os.killpg(pid, by)


if __name__ == "__main__":
    sys.exit(main(ProgramsKind(), _PATIENCE))
