"""Measuring one thing in a process of its own, so that its memory is its own too."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TypeVar

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Measured:
    """Seconds of processor time, and the process's greatest resident memory in MiB."""

    seconds: float
    memory: float


@dataclass(frozen=True)
class Row:
    """A line of the table. `reached` is how many times over the aim was met: 1.0 is just met, less is missed."""

    what: str
    measured: str
    aim: str
    reached: float


def cpu(work: Callable[[], ResultT]) -> tuple[float, ResultT]:
    """The processor time that `work` takes in this process, and what it returns."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    result = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, result


def alone(work: Callable[[str], object], argument: str) -> Measured:
    """`work(argument)` in a fresh interpreter, its imports included."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_report, args=(theirs, work, argument))
    process.start()
    theirs.close()
    measured: Measured = ours.recv()
    process.join()
    return measured


def _report(pipe: Connection, work: Callable[[str], object], argument: str) -> None:
    work(argument)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    pipe.send(Measured(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit))
