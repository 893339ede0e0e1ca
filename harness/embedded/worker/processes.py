"""Child processes of tools: bounded in time, without the worker's environment, and dead when the worker is."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from harness.embedded.processes import die_with_parent

_FROM_WORKER = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""All that a child gets of the worker's environment: the rest holds the addresses and passwords of a lane."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a child ended. `code` is negative for a signal and None when time ran out."""

    code: int | None
    stdout: str
    stderr: str


async def run(
    command: Sequence[str],
    *,
    text: str = "",
    env: Mapping[str, str] | None = None,
    folder: str | None = None,
    seconds: float | None = None,
) -> Finished:
    """Run a command with `text` on its standard input. `env` is added to the little that a child gets.

    It and what it started are killed when time runs out and when the caller is cancelled. Raises `OSError` when it can
    not be started.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**environment(), **(env or {})},
        start_new_session=True,
        preexec_fn=partial(die_with_parent, os.getpid()),
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate(text.encode())
    except TimeoutError:
        await _kill(process)
        return Finished(None, "", "")
    except asyncio.CancelledError:
        await _kill(process)
        raise
    return Finished(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))


def environment() -> dict[str, str]:
    """What a child gets to see of the worker's environment."""
    return {name: os.environ[name] for name in _FROM_WORKER if name in os.environ}


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
