"""The first code that runs. Until the rest is loaded, an interruption ends the process at once and without a word."""

from __future__ import annotations

import os
import signal


def main() -> None:
    """The program `noetl-harness`."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(130))
    from harness.cli.main import main as run

    run()
