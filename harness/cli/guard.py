"""What stands around every verb: errors become one message and an exit code, signals stop everything first."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from threading import Event
from types import FrameType
from typing import Any, TextIO, TypeVar

import click

from harness.model.errors import Exit, HarnessError
from harness.model.secrets import blotted

T = TypeVar("T")

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def guarded(verb: Callable[[], Any]) -> int:
    """Call `verb` and return the exit code: its own where it returns one, else what its error stands for.

    Whatever happens, the terminal sees one message on stderr and never a traceback.
    """
    interrupted = Event()

    def interrupt(signum: int, frame: FrameType | None) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    for stream in (sys.stdout, sys.stderr):
        _tolerant(stream)
    try:
        answer = verb()
        sys.stdout.flush()
    except (HarnessError, BaseExceptionGroup) as error:
        return _hung_up() if _is_hang_up(error) else _say(*told(error))
    except click.ClickException as error:
        return _say(_usage(error), Exit.USAGE)
    except (KeyboardInterrupt, click.Abort):
        return _say("interrupted", Exit.INTERRUPTED)
    except BrokenPipeError:
        return _hung_up()
    except OSError as error:
        return _unwritten(error) if error.errno in _NO_ROOM else _say(*told(error))
    except Exception as error:  # noqa: BLE001  the last place before a person: becomes exit 70 and a file
        # What is interrupted while a module loads may end as an error of another kind.
        return _say("interrupted", Exit.INTERRUPTED) if interrupted.is_set() else _say(*told(error))
    return int(answer or Exit.OK)


def _is_hang_up(error: BaseException) -> bool:
    """Whether nothing but a reader that has gone stands behind it, as in `run 2>&1 | head`."""
    return all(isinstance(one, BrokenPipeError) for one in _leaves(error))


def told(error: BaseException) -> tuple[str, Exit]:
    """What a person is told of an error that ended the work, and the exit code. Of a task group's errors the first one
    that is for a person speaks for all, if all are; the trace of a defect goes to a file."""
    leaves = list(_leaves(error))
    for_people = [one for one in leaves if isinstance(one, HarnessError)]
    if len(for_people) == len(leaves):
        return str(for_people[0]), for_people[0].exit
    return _defect(error), Exit.DEFECT


def run_async(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end. The first SIGINT or SIGTERM cancels it, so that all it opened is closed; further
    ones are not heard while that goes on. Raises KeyboardInterrupt after such an end.
    """
    import asyncio

    async def watched() -> T:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()

        def stop() -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, lambda: None)
            click.echo("stopping ...", err=True)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        return await main

    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _tolerant(stream: TextIO) -> None:
    """Log lines may hold what a terminal's encoding has no sign for; that must not end a run."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _say(message: str, code: Exit) -> int:
    print(f"noetl-harness: {blotted(message)}", file=sys.stderr)
    return int(code)


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    hint = "" if context is None else f"\n  `{context.command_path} --help` shows what it takes."
    return f"{error.format_message()}{hint}"


def _hung_up() -> int:
    """The reader of our output has gone (`| head`); Python must not stumble over it once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    return 128 + signal.SIGPIPE


def _unwritten(error: OSError) -> int:
    """The disk behind stdout is full; what Python still holds for it is given up."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _say(f"the output could not be written: {error.strerror}\n  Make room, and run again.", Exit.ENVIRONMENT)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error


def _defect(error: BaseException) -> str:
    import tempfile
    import traceback

    descriptor, path = tempfile.mkstemp(prefix="noetl-harness-", suffix=".txt")
    with os.fdopen(descriptor, "w", errors="backslashreplace") as file:
        file.write(blotted("".join(traceback.format_exception(error))))
    return f"a defect of the harness ({type(error).__name__})\n  Its trace is in {path}."
