"""Targets by their name on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from harness.deployments.base import Target
from harness.model.errors import HarnessError

TARGETS: Mapping[str, str] = {
    "embedded": "embedded",
    "processes": "processes:FILE",
    "kubernetes": "kubernetes:FILE",
}
"""The word before the colon, and the form in which it is given. The target `x` is what `target` in
`harness.deployments.x` makes of the text behind the colon and of the options that it knows, its `OPTIONS`."""


def target_of(text: str, options: Mapping[str, str | None]) -> Target:
    """The target that `text` names. `options` are those of the command line that are for targets, None where not given.

    Raises `HarnessError` (usage) for a name that there is not, and for an option that this target does not have.
    """
    kind, _, place = text.partition(":")
    if kind not in TARGETS or bool(place) is (TARGETS[kind] == kind):
        raise HarnessError(f"there is no target {text!r}", f"Give --target as {' or '.join(TARGETS.values())}.")
    module = import_module(f"harness.deployments.{kind}")
    given = {name: value for name, value in options.items() if value is not None}
    for name in given.keys() - set(module.OPTIONS):
        flag = f"--{name.replace('_', '-')}"
        raise HarnessError(f"{flag} is not for --target {kind}", f"Leave {flag} out, or name another target.")
    found: Target = module.target(place, given)
    return found
