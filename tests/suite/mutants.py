"""Mutants of a case: the same case with one thing changed that it should notice. Pure and deterministic.

`unmutated` is what mutants are held against: the playbook written anew by the same writer, so that a mutant differs
from it in its mutation only. The names of mutants are unique within a case and stay while the changed place stays.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

import yaml

from harness.model.json import JsonObject
from harness.model.suite import Case, Terminal

Path = tuple[str | int, ...]
"""Keys and indexes that lead from a playbook's root to a place in it."""

_TEMPLATE = re.compile(r"\s*\{\{(?P<expression>(?:(?!\{\{|\}\}).)*)\}\}\s*", re.DOTALL)
"""Text that is one template and nothing else."""

_FLIPS = {"retry": "fail", "fail": "continue", "break": "continue", "jump": "continue", "continue": "break"}

_FALSE = "in ('', 'false', '0', 'no', 'none', '[]', '{}')"
_UNTRUE = "not in ('true', '1', 'yes')"
"""What does not hold on an arc, and in a policy rule, which is strict (spec: noetl-python 1.5)."""

_LONGEST = 40


class Kind(StrEnum):
    """What a mutant changes."""

    VALUE = "value"
    """An expected value: a literal of an assertion, or how the case is expected to end."""

    STEP = "step"
    """A step or a task of a sequence is gone."""

    POLICY = "policy"
    """A directive, a condition, an arc mode or a loop mode is turned around."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. `case` is the mutated case; its id is still the unmutated one's."""

    kind: Kind
    name: str
    case: Case

    @property
    def id(self) -> str:
        """Unique in the suite."""
        return f"{self.case.id}: {self.name}"


def unmutated(case: Case) -> Case:
    """The case with its playbooks as mutants are written."""
    return replace(
        case, source=_rewritten(case.source), requires=tuple((path, _rewritten(text)) for path, text in case.requires)
    )


def mutants(case: Case) -> tuple[Mutant, ...]:
    """All mutants of a case, then those of its sub-playbooks, whose names begin with their path."""
    case = unmutated(case)
    found = [_of_expect(case)]
    found += [Mutant(kind, name, replace(case, source=text)) for kind, name, text in _changed(case.source)]
    for index, (path, source) in enumerate(case.requires):
        for kind, name, text in _changed(source):
            others = (*case.requires[:index], (path, text), *case.requires[index + 1 :])
            found.append(Mutant(kind, f"{path}: {name}", replace(case, requires=others)))
    return tuple(found)


def _changed(source: str) -> Iterator[tuple[Kind, str, str]]:
    """Every change of one playbook: its kind, its name, and the text that it makes."""
    document = yaml.load(source, yaml.CSafeLoader)
    for kind, changes in ((Kind.VALUE, _values), (Kind.STEP, _removals), (Kind.POLICY, _flips)):
        for name, mutated in _numbered(changes(document)):
            yield kind, name, _written(mutated)


def share(all_mutants: Sequence[Mutant], one_in: int, seed: int = 0) -> tuple[Mutant, ...]:
    """One in `one_in` of them, chosen by hash: a mutant's being chosen does not depend on the others."""
    return tuple(
        one for one in all_mutants if int.from_bytes(sha256(f"{seed} {one.id}".encode()).digest()[:8]) % one_in == 0
    )


def _rewritten(source: str) -> str:
    return _written(yaml.load(source, yaml.CSafeLoader))


def _written(document: JsonObject) -> str:
    return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)


def _numbered(changes: Iterator[tuple[str, JsonObject]]) -> Iterator[tuple[str, JsonObject]]:
    seen: Counter[str] = Counter()
    for name, document in changes:
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name} #{seen[name]}"), document


def _of_expect(case: Case) -> Mutant:
    other = Terminal.FAILED if case.expect is Terminal.COMPLETED else Terminal.COMPLETED
    return Mutant(Kind.VALUE, f"expect: {case.expect} becomes {other}", replace(case, expect=other))


def _values(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    for place, path, tool in _tools(document):
        code = tool.get("code")
        for literal in _expected(code) if isinstance(code, str) else ():
            old, new = ast.unparse(literal), _other(literal)
            name = f"{place}: {_short(old)} becomes {_short(new)}"
            yield name, _with(document, (*path, "code"), _replaced(code, literal, new))


def _removals(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    for index, step in enumerate(document["workflow"]):
        name = step["step"]
        if index == 0:
            idle = {key: value for key, value in step.items() if key not in ("loop", "set")}
            yield f"{name}: does nothing", _with(document, ("workflow", 0), {**idle, "tool": {"kind": "noop"}})
        elif not _is_guard(step):
            yield f"{name}: is gone", {**document, "workflow": _without(document["workflow"], name)}
        tasks = step.get("tool")
        if isinstance(tasks, list) and len(tasks) > 1:
            for number, task in enumerate(tasks):
                left = [other for other in tasks if other is not task]
                yield f"{_task(name, task, number)}: is gone", _with(document, ("workflow", index, "tool"), left)


def _is_guard(step: JsonObject) -> bool:
    """A step that only raises stands where the flow must not come: that it does not is what other mutants show."""
    tool = step.get("tool")
    return isinstance(tool, Mapping) and str(tool.get("code", "")).startswith("raise ")


def _without(workflow: Sequence[JsonObject], gone: str) -> list[JsonObject]:
    """The steps but for `gone`. Arcs to it lead to the first of its successors, or are gone too if it has none."""
    removed = next(step for step in workflow if step["step"] == gone)
    successors = (arc.get("step") for arc in _arcs(removed))
    successor = next((name for name in successors if name != gone), None)
    left = []
    for step in workflow:
        if step is removed:
            continue
        arcs = [_led(arc, gone, successor) for arc in _arcs(step)]
        kept = [arc for arc in arcs if arc is not None]
        rest = {key: value for key, value in step.items() if key != "next"}
        left.append({**rest, "next": {**step["next"], "arcs": kept}} if kept else rest)
    return left


def _led(arc: JsonObject, gone: str, successor: str | None) -> JsonObject | None:
    if arc.get("step") != gone:
        return arc
    return None if successor is None else {**arc, "step": successor}


def _flips(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    for place, path, tool in _tools(document):
        yield from _of_rules(document, place, path, tool)
    for index, step in enumerate(document["workflow"]):
        yield from _of_step(document, index, step)


def _of_rules(document: JsonObject, place: str, path: Path, tool: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    rules_at: Path = ("spec", "policy", "rules")
    for number, rule in enumerate(_got(tool, rules_at) or ()):
        name, rule_path = f"{place} rule {number + 1}", (*path, *rules_at, number)
        if (negated := _negated(rule.get("when"), _UNTRUE)) is not None:
            yield f"{name}: when is negated", _with(document, (*rule_path, "when"), negated)
        for inner in (("then",), ("else", "then"), ("else",)):
            directive = _got(rule, (*inner, "do"))
            if directive not in _FLIPS:
                continue
            last = not isinstance(path[-1], int) or path[-1] == len(_got(document, path[:-1])) - 1
            other = "fail" if directive == "continue" and last else _FLIPS[directive]
            yield f"{name}: {directive} becomes {other}", _with(document, (*rule_path, *inner, "do"), other)


def _of_step(document: JsonObject, index: int, step: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """Arcs that all lead to one step have no mode to turn around: one to a step already at work is passed over."""
    name, arcs = step["step"], _arcs(step)
    for number, arc in enumerate(arcs):
        if (negated := _negated(arc.get("when"), _FALSE)) is not None:
            place = ("workflow", index, "next", "arcs", number, "when")
            yield f"{name} to {arc.get('step')}: when is negated", _with(document, place, negated)
    mode = _got(step, ("next", "spec", "mode"))
    if len({arc.get("step") for arc in arcs}) > 1 and mode in ("exclusive", "inclusive"):
        other = "inclusive" if mode == "exclusive" else "exclusive"
        yield f"{name}: arcs become {other}", _with(document, ("workflow", index, "next", "spec", "mode"), other)
    mode = _got(step, ("loop", "spec", "mode"))
    if mode in ("sequential", "parallel"):
        other = {"mode": "parallel", "max_in_flight": 8} if mode == "sequential" else {"mode": "sequential"}
        yield f"{name}: loop becomes {other['mode']}", _with(document, ("workflow", index, "loop", "spec"), other)


def _negated(when: object, opposite: str) -> str | None:
    """The opposite condition; None for one that is not a template as a whole."""
    found = _TEMPLATE.fullmatch(when) if isinstance(when, str) else None
    return f"{{{{ (({found['expression'].strip()}) | string | lower) {opposite} }}}}" if found else None


def _tools(document: JsonObject) -> Iterator[tuple[str, Path, JsonObject]]:
    """Every tool of the workflow and the workbook: a name for people, where it stands, and the tool."""
    for part, naming in (("workflow", "step"), ("workbook", "name")):
        for index, owner in enumerate(document.get(part) or ()):
            name, tool = str(owner.get(naming)), owner.get("tool")
            if isinstance(tool, Mapping):
                yield name, (part, index, "tool"), tool
            elif isinstance(tool, list):
                for number, task in enumerate(tool):
                    yield _task(name, task, number), (part, index, "tool", number), task


def _task(step: str, task: JsonObject, number: int) -> str:
    return f"{step}/{task.get('name', number)}"


def _arcs(step: JsonObject) -> Sequence[JsonObject]:
    return _got(step, ("next", "arcs")) or ()


def _got(value: Any, path: Path) -> Any:
    """What stands at `path`, or None where it leads nowhere."""
    for key in path:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int):
            value = value[key]
        else:
            return None
    return value


def _with(value: Any, path: Path, new: Any) -> Any:
    """A copy of `value` in which `new` stands at `path`."""
    if not path:
        return new
    key, *rest = path
    copy = value.copy()
    copy[key] = _with(value[key], tuple(rest), new)
    return copy


def _expected(code: str) -> list[ast.Constant]:
    """The literals that a script's assertions compare with, also those behind names that the assertions rest on.

    Code that is no Python before it is rendered has none.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return []
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    waiting = [node.test for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    compared: list[ast.expr] = []
    while waiting:
        compared.append(part := waiting.pop(0))
        seen = {id(one) for one in (*compared, *waiting)}
        waiting += [one.value for one in assigned if _names(*one.targets) & _names(part) and id(one.value) not in seen]
    return [literal for part in compared for literal in _literals(part)]


def _names(*parts: ast.AST) -> set[str]:
    return {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}


def _literals(node: ast.AST) -> Iterator[ast.Constant]:
    """Literals that are compared: no key, no argument of most calls, nothing that only joins."""
    match node:
        case ast.Constant():
            yield node
        case ast.Dict():
            yield from (literal for part in node.values for literal in _literals(part))
        case ast.Subscript():
            yield from _literals(node.value)
        case ast.Call(func=ast.Attribute(attr="startswith" | "endswith" | "fromkeys")):
            yield from (literal for part in ast.iter_child_nodes(node) for literal in _literals(part))
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join")):
            return
        case ast.Call():
            yield from _literals(node.func)
        case ast.JoinedStr():
            return
        case _:
            yield from (literal for part in ast.iter_child_nodes(node) for literal in _literals(part))


def _other(literal: ast.Constant) -> str:
    """Another value of the same type, as source text."""
    match literal.value:
        case bool() as value:
            return str(not value)
        case int() | float() as value:
            return repr(value + 1 if value + 1 != value else -value)
        case str() as value:
            return repr(f"{value}?")
        case _:
            return "0"


def _replaced(code: str, literal: ast.Constant, new: str) -> str:
    """`ast` counts columns in bytes."""
    assert literal.end_lineno is not None
    assert literal.end_col_offset is not None
    data = code.encode()
    lines = data.splitlines(keepends=True)
    begin = sum(map(len, lines[: literal.lineno - 1])) + literal.col_offset
    end = sum(map(len, lines[: literal.end_lineno - 1])) + literal.end_col_offset
    return (data[:begin] + new.encode() + data[end:]).decode()


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
