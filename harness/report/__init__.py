"""One format per file, found through the entry-point group `noetl_harness.reports`, ours and anybody else's.

The name of an entry is the format's, its value a module with `write(run, out)` for a format that is one text, or with
`write_folder(run, folder)` for one that is several files. None computes anything: all they tell is in the `Judged`.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TextIO, cast

from harness.model.errors import HarnessError

if TYPE_CHECKING:
    from harness.judged import Judged

GROUP = "noetl_harness.reports"


def write(form: str, run: Judged, out: TextIO) -> None:
    """Write `run` in the format `form`, which is one text. Raises `HarnessError` where it is none or several files."""
    module = find(form)
    if not hasattr(module, "write"):
        raise HarnessError(
            f"{form} is a folder of files", f"Name the folder: report RECORDING --to {form} --output DIR."
        )
    module.write(run, out)


def write_to(form: str, run: Judged, path: Path) -> None:
    """Write `run` to the file `path`, or into the folder `path` where the format is several files: a new or an empty
    one, because test reports count all files that lie in it. Raises `HarnessError` where that can not be."""
    module = find(form)
    try:
        if hasattr(module, "write"):
            with path.open("w", encoding="utf-8", errors="backslashreplace") as out:
                module.write(run, out)
            return
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise HarnessError(f"the folder {path} is not empty", "Name a new folder, or empty this one.")
        module.write_folder(run, path)
    except OSError as error:
        raise HarnessError(
            f"{path} can not be written: {error.strerror}", "Name another place: --output PATH."
        ) from error


def find(form: str) -> ModuleType:
    """The module of a format. Raises `HarnessError` for a name that there is not, or that does not load."""
    entries = _entries()
    if form not in entries:
        raise HarnessError(f"there is no report {form!r}", f"Name one of: {', '.join(sorted(entries))}.")
    try:
        return cast("ModuleType", entries[form].load())
    except ImportError as error:
        raise HarnessError(
            f"the report {form} can not be loaded from {entries[form].value}: {error}",
            "Mend or remove the package that brings it.",
        ) from error


@cache
def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
