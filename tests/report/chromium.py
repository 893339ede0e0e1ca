"""Debian's Chromium without a window, watched: what it complains of and what it asks anybody for is noted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PROGRAM = shutil.which("chromium")
MISSING = "Chromium is not installed: apt-get install chromium"

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""As root, in a container, and without a word to the network of its own."""


@dataclass
class Window:
    """A page with a file in it. `complaints` are errors and console messages, `requests` all but for the file."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def go(self, place: str) -> Page:
        """To another place in the same file, as somebody does who follows a link; waits until it is shown."""
        self.page.evaluate("place => { location.hash = place }", place)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Until what was asked for is there: a view is shown in the task that follows, a case when it is unpacked."""
        self.page.wait_for_function(
            """() => {
              const [path] = location.hash.slice(1).split("?");
              if (!path.startsWith("case/")) return !document.querySelector("#view-" + (path || "overview")).hidden;
              const title = document.querySelector("#case-title");
              return title && !document.querySelector("#view-case").hidden &&
                title.textContent === decodeURIComponent(path.slice(5));
            }"""
        )


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, gone at the end."""
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=PROGRAM, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, file: Path, place: str = "", **options: Any) -> Iterator[Window]:
    """A window on `file` at `place`; `options` are those of a browser context."""
    size = {"width": 1280, "height": 800}
    context = browser.new_context(**{"viewport": size, "reduced_motion": "reduce", **options})
    window = Window(context.new_page())
    window.page.on("console", lambda message: window.complaints.append(message.text))
    window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
    window.page.on("request", lambda request: _note(window, file, request.url))
    try:
        window.page.goto(f"{file.as_uri()}{place}")
        yield window
    finally:
        context.close()


def _note(window: Window, file: Path, url: str) -> None:
    if url.partition("#")[0] != file.as_uri() and not url.startswith("data:,"):
        window.requests.append(url)
