"""The programs `kind` and `kubectl`, as child processes."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping

from harness.model.errors import Exit, HarnessError

_HOMES: Mapping[str, str] = {
    "kind": "https://kind.sigs.k8s.io/docs/user/quick-start/",
    "kubectl": "https://kubernetes.io/docs/tasks/tools/",
}


def check_programs() -> None:
    """Raises `HarnessError` (environment) that names every program that is missing."""
    absent = [name for name in _HOMES if shutil.which(name) is None]
    if absent:
        raise HarnessError(
            f"A kind cluster needs the program {' and the program '.join(absent)}, which can not be found here.",
            f"Install it: {' and '.join(_HOMES[name] for name in absent)}. Without a cluster: --target embedded",
            Exit.ENVIRONMENT,
        )


async def call(program: str, *arguments: str, stdin: str = "") -> str:
    """What it writes to stdout. It is in a session of its own, so that Ctrl-C reaches only us.

    Raises `HarnessError` (environment) with the end of what it wrote to stderr when it fails. A caller that is
    cancelled ends it."""
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = await process.communicate(stdin.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = "\n".join(err.decode(errors="replace").splitlines()[-20:])
        raise HarnessError(
            f"`{program} {arguments[0]}` failed with exit code {process.returncode}:\n{said or '(it said nothing)'}",
            f"Mend what {program} names, and start again.",
            Exit.ENVIRONMENT,
        )
    return out.decode(errors="replace")
