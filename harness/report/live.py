"""What a person sees while a run goes on. Listens, and writes to stderr only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, assert_never

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
from harness.model.doctor import State, said
from harness.model.lane import Side

if TYPE_CHECKING:
    from rich.console import RenderableType

ROWS = 12
"""Cases that the table shows at a time: the ones that moved last."""


@contextmanager
def watching(out: TextIO) -> Iterator[Listener]:
    """A listener that keeps a table with a progress bar on a terminal, and writes plain lines anywhere else."""
    if not out.isatty():
        yield _Lines(out)
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(file=out), auto_refresh=False, transient=True) as live:
        yield _Table(lambda picture: live.update(picture, refresh=True))


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
                self._say(_ready(event))
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


class _Table:
    """The cases in flight, and a bar over all legs."""

    def __init__(self, draw: Callable[[RenderableType], None]) -> None:
        self._draw = draw
        self._head = ""
        self._foot = ""
        self._warnings: list[str] = []
        self._planned = 0
        self._ended = 0
        self._cells: dict[str, dict[Side, str]] = {}

    def __call__(self, event: DriveEvent) -> None:
        match event:
            case RunPlanned(legs, reference, candidate):
                self._planned = legs
                self._head = f"{reference} against {candidate}: starting the deployment"
            case DeploymentReady():
                self._head = _ready(event)
            case RecordingBegun(folder):
                self._foot = f", recording to {folder}"
            case Examined():
                self._warnings += warnings(event)
            case LegStarted(leg):
                self._set(leg.case_id, leg.side, "running")
            case LegEnded(leg, end, seconds):
                self._ended += 1
                self._set(leg.case_id, leg.side, f"{end.value} {seconds:.2f} s")
            case _:
                assert_never(event)
        self._draw(self._picture())

    def _set(self, case_id: str, side: Side, text: str) -> None:
        row = self._cells.pop(case_id, {})
        self._cells[case_id] = {**row, side: text}

    def _picture(self) -> RenderableType:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for name in ("case", *Side):
            table.add_column(str(name), no_wrap=True)
        for case_id, row in list(self._cells.items())[-ROWS:]:
            table.add_row(Text(case_id), *(Text(row.get(side, "")) for side in Side))
        bar = ProgressBar(total=max(self._planned, 1), completed=self._ended, width=40)
        head = Text("\n".join((self._head + self._foot, *self._warnings)))
        return Group(head, table, bar, Text(f"{self._ended}/{self._planned} legs"))


def warnings(event: Examined) -> list[str]:
    """A line for each thing that the doctor warned of."""
    told = [one for one in event.findings if one.answer.state is State.WARN]
    return [f"warning: {said(one)}" for one in told]


def _ready(event: DeploymentReady) -> str:
    """A deployment whose pools work one after the other is ready once for each."""
    what = "deployment" if len(event.sides) == len(Side) else f"pool of the {event.sides[0].value}"
    return f"{'kept ' if event.kept else ''}{what} ready after {event.seconds:.1f} s"
