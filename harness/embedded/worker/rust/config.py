"""From a claimed command to what the Rust registry takes (spec: noetl-rust 1.2, 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.embedded.worker.command import Command

_COMMON = ("kind", "timeout", "retry", "auth")
"""Keys that the common struct takes for itself: no tool sees them in its own configuration."""


def tool_config(command: Command) -> dict[str, Any]:
    """The configuration of a command before aliases are resolved.

    A list, the form that the Rust control plane gives a task sequence, is wrapped as since 5.11.1. `input` of the
    command is not looked at: Rust workers read `args`, and so the Python control plane's input never reaches them.
    """
    given = command.context.get("tool_config")
    config = dict(given) if isinstance(given, Mapping) else {"tool_config": given} if isinstance(given, list) else {}
    config.setdefault("kind", command.tool_kind)
    if "args" not in config and "args" in command.context:
        config["args"] = command.context["args"]
    return config


def own_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a configuration for the tool itself."""
    return {key: value for key, value in config.items() if key not in _COMMON}
