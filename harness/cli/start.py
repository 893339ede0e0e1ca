"""The first code that runs. Until the rest is loaded, an interruption ends the process at once."""

from __future__ import annotations

import os
import signal
from types import FrameType


def main() -> None:
    """The program `noetl-harness`."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    from harness.cli.main import main as run

    run()


def _end(signum: int, frame: FrameType | None) -> None:
    os.write(2, b"noetl-harness: interrupted\n")
    os._exit(130)
