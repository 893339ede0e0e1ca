"""Which event names mean what. Pools and servers spell them differently (spec: noetl-python 5.5, noetl-rust 2.3, 6)."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.envelope import Letter

LETTERS: Mapping[str, Letter] = {
    "command.issued": Letter.ISSUED,
    "command.claimed": Letter.CLAIMED,
    "command.started": Letter.STARTED,
    "call.done": Letter.DONE,
    "call.error": Letter.ERROR,
    "command.completed": Letter.COMPLETED,
    "command.failed": Letter.FAILED,
    "command.cancelled": Letter.CANCELLED,
}
"""What both pools say of a command."""

EVENT_NAMES: Mapping[Letter, str] = {letter: name for name, letter in LETTERS.items()}

TERMINALS: Mapping[str, str] = {
    **{f"playbook{mark}{word}": word for mark in "._" for word in ("completed", "failed", "cancelled")},
    "execution.cancelled": "cancelled",
    "execution_cancelled": "cancelled",
}
"""What ends an execution, in the spelling of the engine and in that of the Rust server's finalize and cancel routes."""

BEGINNINGS = frozenset({"playbook.initialized", "playbook_initialized", "playbook.started", "playbook_started"})

_SILENT = BEGINNINGS | {
    "workflow.initialized",
    "workflow.completed",
    "workflow.failed",
    "step.enter",
    "step.exit",
    "step.skipped",
    "case.evaluated",
    "command.heartbeat",
    "loop.done",
    "loop.item",
    "loop.stalled",
    "stage.opened",
    "stage.closed",
}
_SILENT_PREFIXES = ("batch.", "frame.")
"""Only one pool or server says these, or they are bookkeeping: they are known, and nothing is made of them."""


def is_known(event_type: str) -> bool:
    """Whether some dialect has this event name."""
    return (
        event_type in LETTERS
        or event_type in TERMINALS
        or event_type in _SILENT
        or event_type.startswith(_SILENT_PREFIXES)
    )
