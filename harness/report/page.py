"""Lines on a terminal, or in a file: wrapped and coloured there, plain here."""

from __future__ import annotations

import textwrap
from typing import TextIO

from rich.console import Console
from rich.text import Text

from harness.report.words import visible

WIDEST = 110


class Page:
    """Writes paragraphs to `out`. Nothing in a text is markup."""

    def __init__(self, out: TextIO) -> None:
        self._console = Console(file=out, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self.width = min(self._console.width, WIDEST)

    def heading(self, text: str) -> None:
        self.line()
        self.line(text, style="bold")

    def paragraph(self, text: str, *, indent: int = 0, hang: int = 0, style: str = "") -> None:
        """`text` within the width; all lines after the first stand `hang` deeper."""
        first, *others = text.splitlines() or [""]
        self._wrapped(first, indent, indent + hang, style)
        for line in others:
            self._wrapped(line.strip(), indent + hang, indent + hang, style)

    def line(self, text: str = "", *, style: str = "") -> None:
        """One line, however long: a command must stay one piece, and so must the score."""
        self._console.print(Text(visible(text), style))

    def _wrapped(self, text: str, first: int, others: int, style: str) -> None:
        for line in textwrap.wrap(text, self.width, initial_indent=" " * first, subsequent_indent=" " * others):
            self.line(line, style=style)
