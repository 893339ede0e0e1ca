"""Children of one Python interpreter that has everything imported: a python step starts in 2 ms instead of 25."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from harness.embedded.processes import die_with_parent
from harness.embedded.worker.child import python_step
from harness.embedded.worker.processes import Finished, environment


class Forks:
    """The interpreter starts with the first request; it and all of its children end with this process."""

    def __init__(self) -> None:
        self._interpreter: tuple[socket.socket, subprocess.Popen[bytes]] | None = None

    async def run(self, request: Mapping[str, Any]) -> Finished:
        """Run one python step in a process of its own (`child/python_step.py` has the shape of `request`).

        It and what it started are killed when the caller is cancelled. Raises `OSError` when it can not be started.
        """
        out, err, status = [await _opened(read) for read in self._start(json.dumps(request, default=str).encode())]
        begun = asyncio.ensure_future(status.readline())
        try:
            stdout, stderr, _ = await asyncio.gather(out.read(), err.read(), asyncio.shield(begun))
            code = await status.read()
        except asyncio.CancelledError:
            if pid := await begun:
                with suppress(ProcessLookupError):
                    os.killpg(int(pid), signal.SIGKILL)
            await status.read()
            raise
        return Finished(int(code or -signal.SIGKILL), stdout.decode(errors="replace"), stderr.decode(errors="replace"))

    def close(self) -> None:
        """End the interpreter."""
        if self._interpreter:
            orders, process = self._interpreter
            orders.close()
            process.wait()
            self._interpreter = None

    def _start(self, request: bytes) -> list[int]:
        """Have a child forked. Returns the ends to read of its standard output, standard error, and status."""
        pipes = [os.pipe() for _ in range(3)]
        with os.fdopen(os.memfd_create("request"), "w+b") as standard_input:
            standard_input.write(request)
            standard_input.seek(0)
            socket.send_fds(self._orders(), [b"f"], [standard_input.fileno(), *(write for _, write in pipes)])
        for _, write in pipes:
            os.close(write)
        return [read for read, _ in pipes]

    def _orders(self) -> socket.socket:
        if self._interpreter is None:
            ours, theirs = socket.socketpair()
            with theirs:
                process = subprocess.Popen(
                    (sys.executable, "-I", str(Path(python_step.__file__)), python_step.FORK),
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    env=environment(),
                    preexec_fn=partial(die_with_parent, os.getpid()),
                )
            self._interpreter = ours, process
        return self._interpreter[0]


async def _opened(pipe: int) -> asyncio.StreamReader:
    """A reader of a pipe, which is closed at its end."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0)
    )
    return reader
