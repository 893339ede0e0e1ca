"""How long somebody waits for `--help`: each verb in a process of its own, imports and all."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row
from harness.cli.main import VERBS

AIM = 0.15
_TIMES = 5


def rows() -> Iterator[Row]:
    """The slowest verb, by the best of a few times."""
    seconds, verb = max((min(_help(verb) for _ in range(_TIMES)), verb) for verb in VERBS)
    yield Row(f"--help of the slowest verb ({verb})", f"{seconds * 1000:.0f} ms", f"{AIM * 1000:.0f} ms", AIM / seconds)


def _help(verb: str) -> float:
    """Seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = str(Path(sys.executable).with_name("noetl-harness"))
    subprocess.run([program, verb, "--help"], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
