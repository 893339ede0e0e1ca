"""Some acts are a person's: nothing may do them in a pipeline."""

from __future__ import annotations

import os

from harness.model.errors import HarnessError

_MACHINES = ("CI", "PYTEST_XDIST_WORKER")
"""Variables that are set where no person looks."""


def refuse_machines(act: str) -> None:
    """Raises `HarnessError` in CI and inside a parallel test run. `act` says what is refused, as in "a baseline"."""
    for name in _MACHINES:
        if os.environ.get(name, "").lower() not in ("", "0", "false"):
            raise HarnessError(
                f"{act} is changed by a person, and {name} says that a machine runs this",
                "Run it at a terminal, look at what changes, and commit the file.",
            )
