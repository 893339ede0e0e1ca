"""One format per file. Each has `write(verdict, out)`; none computes anything."""

from __future__ import annotations

from importlib import import_module
from typing import TextIO

from harness.model.verdict import RunVerdict


def write(form: str, verdict: RunVerdict, out: TextIO) -> None:
    """Write `verdict` as the module `harness.report.<form>` does."""
    import_module(f"harness.report.{form}").write(verdict, out)
