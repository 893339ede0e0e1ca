"""Which tool kinds and which features of the DSL a playbook uses, read from its text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from harness.model.json import JsonObject


class Feature(StrEnum):
    """What a playbook can use beside its tools (spec: noetl-python 1 and 2)."""

    WORKLOAD = "workload"
    KEYCHAIN = "keychain"
    STEP_SET = "step set"
    ARC_SET = "arc set"
    ARC_WHEN = "arc when"
    INCLUSIVE = "inclusive"
    ERROR_ARC = "error arc"
    BACK_EDGE = "back edge"
    LOOP_SEQUENTIAL = "loop seq"
    LOOP_PARALLEL = "loop par"
    TOOL_LIST = "tool list"
    POLICY = "policy"
    RETRY = "retry"
    JUMP = "jump"
    BREAK = "break"
    FAIL = "fail"
    CONTINUE = "continue"
    ELSE = "else"
    ALIAS = "alias"
    SCRIPT = "script"
    CHILD = "child"


_DIRECTIVES = {
    "retry": Feature.RETRY,
    "jump": Feature.JUMP,
    "break": Feature.BREAK,
    "fail": Feature.FAIL,
    "continue": Feature.CONTINUE,
}


def tool_kinds(document: JsonObject) -> frozenset[str]:
    """Kinds of all tools, those inside lists and in the workbook too; `task_sequence` where a step becomes one."""
    kinds = {str(tool.get("kind")) for tool in _tools(document)}
    sequence = any(_is_sequence(step) for step in _mappings(document.get("workflow")))
    return frozenset(kinds | ({"task_sequence"} if sequence else set()))


def features(document: JsonObject) -> frozenset[Feature]:
    """All features that stand anywhere in the playbook."""
    roots = (Feature.WORKLOAD, Feature.KEYCHAIN)
    found = {feature for feature in roots if document.get(feature.value)}
    seen: set[str] = set()
    for step in _mappings(document.get("workflow")):
        seen.add(str(step.get("step")))
        found |= set(_of_step(step, seen))
    for tool in _tools(document):
        found |= set(_of_tool(tool))
    return frozenset(found)


def _of_step(step: JsonObject, seen: set[str]) -> Iterator[Feature]:
    if step.get("set"):
        yield Feature.STEP_SET
    if isinstance(step.get("tool"), list):
        yield Feature.TOOL_LIST
    loop = step.get("loop")
    if isinstance(loop, Mapping):
        mode = _mapping(loop.get("spec")).get("mode") or loop.get("mode") or "sequential"
        yield Feature.LOOP_PARALLEL if mode == "parallel" else Feature.LOOP_SEQUENTIAL
    following = _mapping(step.get("next"))
    if _mapping(following.get("spec")).get("mode") == "inclusive":
        yield Feature.INCLUSIVE
    for arc in _mappings(following.get("arcs")):
        yield from _of_arc(arc, seen)


def _of_arc(arc: JsonObject, seen: set[str]) -> Iterator[Feature]:
    if arc.get("set"):
        yield Feature.ARC_SET
    if "when" in arc:
        yield Feature.ARC_WHEN
        if "call.error" in str(arc["when"]):
            yield Feature.ERROR_ARC
    if arc.get("step") in seen:
        yield Feature.BACK_EDGE


def _of_tool(tool: JsonObject) -> Iterator[Feature]:
    if isinstance(tool.get("auth"), str):
        yield Feature.ALIAS
    if "script" in tool:
        yield Feature.SCRIPT
    if tool.get("kind") == "playbook":
        yield Feature.CHILD
    rules = list(_mappings(_mapping(_mapping(tool.get("spec")).get("policy")).get("rules")))
    if rules:
        yield Feature.POLICY
    for rule in rules:
        other = _mapping(rule.get("else"))
        if other:
            yield Feature.ELSE
        directive = _mapping(rule.get("then") or other.get("then") or other).get("do")
        if directive in _DIRECTIVES:
            yield _DIRECTIVES[directive]


def _is_sequence(step: JsonObject) -> bool:
    tool = step.get("tool")
    if isinstance(tool, list):
        return True
    return bool(_mapping(_mapping(_mapping(tool).get("spec")).get("policy")).get("rules"))


def _tools(document: JsonObject) -> Iterator[JsonObject]:
    for owner in (*_mappings(document.get("workflow")), *_mappings(document.get("workbook"))):
        tool = owner.get("tool")
        yield from _mappings(tool if isinstance(tool, list) else [tool])


def _mappings(value: Any) -> Iterator[JsonObject]:
    return (one for one in value or () if isinstance(one, Mapping))


def _mapping(value: Any) -> JsonObject:
    return value if isinstance(value, Mapping) else {}
