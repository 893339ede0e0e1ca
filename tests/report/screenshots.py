"""Takes the pictures in docs/img: a healthy run and the day of 2026-06-02, run again on the embedded deployment.

python tests/report/screenshots.py          # what `make screenshots` does
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from chromium import MISSING, PROGRAM, Window, chromium, opened

from harness.history.stored import run_folders

PICTURES = Path(__file__).parents[2] / "docs" / "img"
REPLAY = ("--candidate", "rust@5.9.0", "--routing", "4.11.0")
SHOTS = (
    ("healthy", "report-healthy", "#overview", "light"),
    ("healthy", "report-healthy-dark", "#overview", "dark"),
    ("healthy", "report-latency", "#latency", "light"),
    ("healthy", "report-coverage", "#coverage", "light"),
    ("healthy", "report-trend", "#trend", "light"),
    ("replay", "report-2026-06-02", "#overview", "light"),
    ("replay", "report-2026-06-02-dark", "#overview", "dark"),
    ("replay", "report-cases", "#cases?state=look", "light"),
    ("replay", "report-zombie", "#case/arcs/error_arc", "light"),
    ("replay", "report-timeline", "#case/composition/awaited?at=timeline", "light"),
    ("replay", "report-playbook", "#case/composition/awaited?at=playbook", "dark"),
)
"""Of which run, the picture's name, the place in the report, the theme."""


def main() -> None:
    """Run, report, and take all pictures."""
    if PROGRAM is None:
        sys.exit(MISSING)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        reports = {
            "healthy": _report(Path(folder) / "healthy", (), times=3),
            "replay": _report(Path(folder) / "replay", REPLAY, times=1),
        }
        for run, name, place, theme in SHOTS:
            with opened(browser, reports[run], place, color_scheme=theme) as window:
                _take(window, PICTURES / f"{name}.png")


def _report(runs: Path, options: tuple[str, ...], times: int) -> Path:
    """The report of the last of `times` runs of the smoke set. How they end is for the picture to say."""
    for _ in range(times):
        _harness("run", "set:smoke", *options, "--runs", str(runs))
    path = runs / "report.html"
    _harness("report", str(run_folders(runs)[-1]), "--to", "html", "--output", str(path))
    return path


def _harness(*arguments: str) -> None:
    program = str(Path(sys.executable).with_name("noetl-harness"))
    subprocess.run([program, *arguments], check=False, stdout=subprocess.DEVNULL)


def _take(window: Window, path: Path) -> None:
    window.settle()
    window.page.screenshot(path=path)
    if window.complaints or window.requests:
        sys.exit(f"{path.name}: {[*window.complaints, *window.requests]}")


if __name__ == "__main__":
    main()
