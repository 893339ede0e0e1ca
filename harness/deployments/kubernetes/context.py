"""Which clusters the harness may touch."""

from __future__ import annotations

from fnmatch import fnmatchcase

from harness.model.errors import HarnessError

ALLOWED = "kind-*"
"""Contexts that kind makes: what breaks there is one's own (spec: noetl-operations 1.1)."""


def check_context(context: str, allowed: str | None) -> None:
    """Raises `HarnessError` (usage) for a context that is neither kind's nor the one that was allowed by its name."""
    if fnmatchcase(context, ALLOWED) or context == allowed:
        return
    raise HarnessError(
        f"The context {context} is not one of kind ({ALLOWED}), and a run changes the cluster behind it.",
        f"If that is what you want, say so by its exact name: --allow-context {context}",
    )
