"""What is on record to behave differently between the pools, or otherwise than it reads. One function a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.lint.walk import Keys, arcs, rules, steps, texts, tools

Found: TypeAlias = Iterator[tuple[Keys, str]]

PYTHON_ONLY = frozenset({"agent", "gcs", "workbook", "cursor_worker", "snowflake_transfer"})
RUST_ONLY = frozenset({"rhai", "result_fetch", "subscription", "provider", "wasm"})
_BACKOFFS = frozenset({"none", "linear", "exponential"})
_HIDDEN = re.compile(
    r"""["']([\w-]*(?:auth|token|secret|password|cert|pem|pwd|jwt|credential|keychain)[\w-]*)["']\s*:""", re.IGNORECASE
)
_NEVER_SENT = re.compile(r"step\.done|step\.failed")


@dataclass(frozen=True, slots=True)
class Rule:
    """A thing to look for, and why: what each pool or release does, with its source."""

    id: str
    because: str
    look: Callable[[Mapping[str, Any]], Found]


def _http_alias(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        if tool.kind == "http" and isinstance(tool.body.get("auth"), str):
            yield (*tool.keys, "auth"), "an alias as text in an http tool"


def _auth_mapping(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        if isinstance(tool.body.get("auth"), Mapping):
            yield (*tool.keys, "auth"), "`auth` is a mapping"


def _sql_command(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        for key in ("command", "commands"):
            if tool.kind in ("postgres", "duckdb") and key in tool.body:
                yield (*tool.keys, key), f"`{key}:` in a {tool.kind} tool"


def _step_depth(document: Mapping[str, Any]) -> Found:
    names = [re.escape(step.name) for step in steps(document) if step.name.isidentifier()]
    if not names:
        return
    field = re.compile(rf"\{{\{{[^}}]*?(?<![\w.])({'|'.join(names)})\.(?!context\b|status\b)(\w+)")
    for keys, text in texts(dict(document)):
        for name, key in field.findall(text):
            yield keys, f"`{name}.{key}` reads a step's result without `.context.data`"


def _short_else(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        for rule in rules(tool):
            other = rule.body.get("else")
            if isinstance(other, Mapping) and "then" not in other:
                yield (*rule.keys, "else"), "`else` without `then`"


def _retries(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        for rule in rules(tool):
            keys, then = _then(rule.keys, rule.body)
            if then.get("do") != "retry":
                continue
            backoff = then.get("backoff")
            if backoff is None and "delay" in then:
                yield (*keys, "delay"), "`delay` without `backoff` is ignored"
            elif backoff is not None and backoff not in _BACKOFFS:
                yield (*keys, "backoff"), f"`backoff: {backoff}` is no known kind: the delay is constant"
            if "attempts" in then and not isinstance(then["attempts"], int):
                yield (*keys, "attempts"), "`attempts` that is no number fails the whole step"


def _then(keys: Keys, rule: Mapping[str, Any]) -> tuple[Keys, Mapping[str, Any]]:
    other = rule.get("else")
    if isinstance(other, Mapping):
        keys, rule = (*keys, "else"), other
    then = rule.get("then")
    return ((*keys, "then"), then) if isinstance(then, Mapping) else (keys, {})


def _last_step(document: Mapping[str, Any]) -> Found:
    for step in steps(document):
        following = step.body.get("next")
        ends = not (isinstance(following, Mapping) and following.get("arcs"))
        if ends and step.is_sequence:
            yield step.keys, f"the last step {step.name} is a tool list or has policy rules"
        if not step.body.get("tool"):
            yield step.keys, f"the step {step.name} has no tool"


def _single_step(document: Mapping[str, Any]) -> Found:
    all_steps = list(steps(document))
    if len(all_steps) == 1:
        yield all_steps[0].keys, "a playbook of one step"


def _entry(document: Mapping[str, Any]) -> Found:
    first = next(steps(document), None)
    executor = document.get("executor")
    named = executor.get("spec", {}).get("entry_step") if isinstance(executor, Mapping) else None
    if first is not None and first.name != "start" and named is None:
        yield (*first.keys, "step"), f"the entry step is called {first.name}"


def _input_in_lists(document: Mapping[str, Any]) -> Found:
    for step in steps(document):
        if isinstance(step.body.get("tool"), list) and step.body.get("input"):
            yield (*step.keys, "input"), "step `input` beside a tool list"


def _python_dialect(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        code = tool.body.get("code")
        if tool.kind != "python" or not isinstance(code, str):
            continue
        for key in ("libs", "code_b64", "deps"):
            if key in tool.body:
                yield (*tool.keys, key), f"`{key}:` of a python tool"
        if re.search(r"\bcontext\s*(\.|\[)", code):
            yield (*tool.keys, "code"), "the variable `context`"
        if re.search(r"^def main\b", code, re.MULTILINE) and re.search(r"^(import|from)\s", code, re.MULTILINE):
            yield (*tool.keys, "code"), "an import outside `main`"
        if re.search(r"^return\b", code, re.MULTILINE):
            yield (*tool.keys, "code"), "`return` outside a function"


def _hidden_keys(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        code = tool.body.get("code")
        if tool.kind == "python" and isinstance(code, str):
            for name in sorted(set(_HIDDEN.findall(code))):
                yield (*tool.keys, "code"), f"a result key `{name}`"


def _http_body(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        for key in ("json", "form", "payload", "data"):
            if tool.kind == "http" and key in tool.body:
                yield (*tool.keys, key), f"`{key}:` as body of an http tool"


def _one_pool_kinds(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        if tool.kind in PYTHON_ONLY | RUST_ONLY:
            pool = "Python" if tool.kind in PYTHON_ONLY else "Rust"
            yield (*tool.keys, "kind"), f"kind `{tool.kind}` exists only on the {pool} pool"


def _dead_events(document: Mapping[str, Any]) -> Found:
    for arc in arcs(document):
        found = _NEVER_SENT.search(str(arc.body.get("when", "")))
        if found:
            yield (*arc.keys, "when"), f"an arc that waits for {found.group()}"


def _unknown_targets(document: Mapping[str, Any]) -> Found:
    names = {step.name for step in steps(document)}
    for arc in arcs(document):
        if "step" in arc.body and arc.body["step"] not in names:
            yield (*arc.keys, "step"), f"no step is called {arc.body['step']}"


def _loop_over_list(document: Mapping[str, Any]) -> Found:
    for step in steps(document):
        if step.body.get("loop") and step.is_sequence:
            yield (*step.keys, "loop"), "a loop over a tool list"


def _tool_settings(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        timeout = tool.body.get("timeout")
        if timeout is not None and (not isinstance(timeout, int) or isinstance(timeout, bool)):
            yield (*tool.keys, "timeout"), "`timeout` that is no whole number"
        if "retry" in tool.body and not isinstance(tool.body["retry"], Mapping):
            yield (*tool.keys, "retry"), "`retry` of a tool that is no mapping"


def _child_input(document: Mapping[str, Any]) -> Found:
    for tool in tools(document):
        if tool.kind == "playbook" and ("input" in tool.body) != ("payload" in tool.body or "args" in tool.body):
            yield tool.keys, "a sub-playbook gets its values only by one of `input` and `payload`"


RULES: tuple[Rule, ...] = (
    Rule(
        "http-alias",
        "Python 4.12.0 sends no header and says nothing; Rust from 5.10.0 sends it (spec: noetl-python 4.2)",
        _http_alias,
    ),
    Rule(
        "auth-mapping",
        "Python takes alias maps; Rust fails with a missing or unknown `type` (spec: noetl-rust 1.7)",
        _auth_mapping,
    ),
    Rule(
        "sql-command",
        "Rust knows only `query` before tools 2.18.3, and never `commands` (spec: noetl-rust 3.2, 4 row 44)",
        _sql_command,
    ),
    Rule(
        "step-depth",
        "a Rust result sits under `.context.data` on the Python server (spec: noetl-rust 3.3)",
        _step_depth,
    ),
    Rule(
        "short-else",
        "the Python executor skips the rule, its `set` too (spec: noetl-python 2.6)",
        _short_else,
    ),
    Rule(
        "retry",
        "what the Python executor does with it (spec: noetl-python 2.7)",
        _retries,
    ),
    Rule(
        "no-terminal",
        "4.12.0 never writes a terminal event (spec: noetl-python 5.9)",
        _last_step,
    ),
    Rule(
        "one-step",
        "4.12.0 never writes a terminal event (spec: noetl-python 5.9)",
        _single_step,
    ),
    Rule(
        "entry-name",
        "the Rust server starts at the step `start` (spec: noetl-operations 3.3)",
        _entry,
    ),
    Rule(
        "list-input",
        "tasks of a list do not see it (spec: noetl-python 1.7)",
        _input_in_lists,
    ),
    Rule(
        "python-dialect",
        "Rust runs a plain script, Python has its own globals (spec: noetl-python 1.12, noetl-rust 3.4)",
        _python_dialect,
    ),
    Rule(
        "redacted-key",
        "the Rust worker replaces its value by [REDACTED] (spec: noetl-rust 3.3)",
        _hidden_keys,
    ),
    Rule(
        "http-body",
        "the pools read different keys for the body (spec: noetl-rust 3.2; NoETL 4.12.0, http tool)",
        _http_body,
    ),
    Rule(
        "one-pool-kind", "the other registry does not have it (spec: noetl-python 1.4, noetl-rust 3.1)", _one_pool_kinds
    ),
    Rule(
        "dead-event",
        "no release ever emits it (spec: noetl-python 1.5)",
        _dead_events,
    ),
    Rule(
        "unknown-step",
        "the arc can not be followed (spec: noetl-python 1.5)",
        _unknown_targets,
    ),
    Rule(
        "loop-over-list",
        "4.12.0 issues iterations twice (spec: noetl-python 1.6)",
        _loop_over_list,
    ),
    Rule(
        "tool-settings",
        "Rust can not read the tool's config; before 5.15.1 that strands the execution (spec: noetl-rust 1.2)",
        _tool_settings,
    ),
    Rule(
        "child-input",
        "Python hands on `input`, Rust `payload` or `args` (spec: noetl-rust 3.2)",
        _child_input,
    ),
)
