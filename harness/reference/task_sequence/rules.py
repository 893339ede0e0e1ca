"""Which directive a task's policy rules give (spec: noetl-python 2.6, NoETL 4.12.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.reference.templates import render_policy

_NO_MATCH = object()


@dataclass(frozen=True, slots=True)
class Directive:
    """A `then` block. Nothing in it is checked: a wrong type shows where the executor uses it.

    `do` is continue, retry, jump, break or fail, and whatever else it is counts as fail. `delay` is in seconds.
    """

    do: Any
    to: Any = None
    attempts: Any = 3
    backoff: Any = "none"
    delay: Any = 1.0
    set: Any = None

    def wait(self, retry: int) -> Any:
        """Seconds to wait before the retry with this number, counted from 1.

        Without a backoff the delay does not count; a backoff with any other name is the constant delay. Raises
        TypeError where the delay is no number.
        """
        match self.backoff:
            case "none":
                return 0
            case "linear":
                return self.delay * retry
            case "exponential":
                return self.delay * 2 ** (retry - 1)
            case _:
                return self.delay


def decide(rules: Any, context: dict[str, Any], *, failed: bool) -> Directive:
    """The directive of the first rule that matches; none matches: fail after an error, else continue.

    Raises ValueError for what the release refuses: `expr`, `set_vars`, a `when` that matches and has no `then`, a
    `then` that is no dict or has no `do`. Rules behind the first that matches are never looked at.
    """
    for rule in rules or ():
        if isinstance(rule, dict) and (then := _then(rule, context)) is not _NO_MATCH:
            return _directive(then)
    return Directive("fail" if failed else "continue")


def _then(rule: dict[str, Any], context: dict[str, Any]) -> Any:
    if "else" in rule:
        # The short form, `else: {do: ...}`, has no `then` and no effect.
        return rule["else"].get("then", _NO_MATCH) if isinstance(rule["else"], dict) else _NO_MATCH
    if "expr" in rule:
        raise ValueError(
            "Policy rule uses 'expr' which is not allowed in v10. Use 'when' as the ONLY conditional keyword."
        )
    condition = rule.get("when")
    if condition is None:
        return rule.get("then", _NO_MATCH)
    if not _holds(condition, context):
        return _NO_MATCH
    if "then" not in rule:
        raise ValueError(f"Policy rule with 'when' must have 'then' block in v10. Rule: {rule}")
    return rule["then"]


def _holds(condition: Any, context: dict[str, Any]) -> bool:
    """Strict: only the words true, 1 and yes hold, so `{{ 5 }}` and `{{ [1] }}` do not; nor does a number or list."""
    if isinstance(condition, bool):
        return condition
    return isinstance(condition, str) and str(render_policy(condition, context)).lower() in ("true", "1", "yes")


def _directive(then: Any) -> Directive:
    if not isinstance(then, dict):
        raise ValueError("Policy rule 'then' must be an object in v10")
    if "set_vars" in then:
        raise ValueError(
            "Policy rule uses 'set_vars' which is not allowed in v10. Use 'set' for scoped variable mutations."
        )
    if "do" not in then:
        raise ValueError(f"Policy rule 'then' must have 'do' field in v10. Got: {then}")
    given = {key: then[key] for key in ("do", "to", "attempts", "backoff", "set") if key in then}
    return Directive(**given, delay=_seconds(then.get("delay", 1.0)))


def _seconds(delay: Any) -> Any:
    if not isinstance(delay, str):
        return delay
    try:
        return float(delay)
    except ValueError:
        return 1.0
