"""What a person sees while a run goes on. Listens, and writes to stderr only."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, assert_never

from harness.drive.events import (
    DeploymentReady,
    DriveEvent,
    Examined,
    LegEnded,
    LegStarted,
    Listener,
    RecordingBegun,
    RunPlanned,
)
from harness.report.board import Board, ready, warnings

_REFRESHES = 4.0
"""Pictures a second: enough for a clock that counts seconds."""


@contextmanager
def watching(out: TextIO, expected: float | None = None) -> Iterator[Listener]:
    """A listener that keeps a table with a progress bar on a terminal, and writes plain lines anywhere else, also on
    what CI calls a terminal. `expected` is how many seconds such a run takes, None where nobody knows."""
    if not out.isatty() or os.environ.get("CI") or os.environ.get("TERM") in ("dumb", "unknown"):
        yield _Lines(out)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from harness.preview import previewing

    console = Console(file=out)
    board = Board(expected, time.monotonic)

    def picture() -> Text:
        return Text("\n").join(Text(line, style) for line, style in board.lines(console.width, console.height))

    folders: list[str] = []

    def remember(event: DriveEvent) -> None:
        if isinstance(event, RecordingBegun):
            folders.append(event.folder)

    try:
        with (
            previewing(board.causes) as preview,
            Live(console=console, get_renderable=picture, refresh_per_second=_REFRESHES, transient=True),
        ):
            yield _all(board, preview, remember)
    finally:
        for folder in folders:
            print(f"recorded in {folder}", file=out, flush=True)


def _all(*listeners: Listener) -> Listener:
    def listen(event: DriveEvent) -> None:
        for one in listeners:
            one(event)

    return listen


class _Lines:
    """One line for each thing that happened."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._planned = 0
        self._ended = 0

    def __call__(self, event: DriveEvent) -> None:
        match event:
            case RunPlanned(legs, reference, candidate):
                self._planned = legs
                self._say(f"{reference} against {candidate}: {legs} legs")
            case DeploymentReady():
                self._say(ready(event))
            case RecordingBegun(folder):
                self._say(f"recording to {folder}")
            case Examined():
                for line in warnings(event):
                    self._say(line)
            case LegStarted():
                pass
            case LegEnded(leg, end, seconds):
                self._ended += 1
                place = f"{leg.case_id} on {leg.side.value}{' again' if leg.turn > 1 else ''}"
                self._say(f"[{self._ended}/{self._planned}] {place}: {end.value}, {seconds:.2f} s")
            case _:
                assert_never(event)

    def _say(self, text: str) -> None:
        print(text, file=self._out, flush=True)
