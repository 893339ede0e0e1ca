"""Pairs in which one place of the data differs, in each way that there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.judge.controls.draw import Control, Draw, control
from harness.judge.controls.histories import Step
from harness.model.finding import Checker
from harness.model.verdict import PairVerdict

Recipe = Callable[[Draw], Control]


def _differs(name: str, draw: Draw, kind: str, fingerprint: str, reference: Any, candidate: Any) -> Control:
    step = draw.name()
    histories = draw.legs(*([Step(step, data, kind=kind)] for data in (reference, candidate)))
    return control(name, histories, PairVerdict.DIVERGED, (Checker.ENVELOPE, f"{kind} {fingerprint}"))


def another_value(draw: Draw) -> Control:
    """One number too much."""
    key, number = draw.name(), draw.number()
    return _differs("value", draw, "python", f"data at /{key} has another value", {key: number}, {key: number + 1})


def another_text(draw: Draw) -> Control:
    """One letter too much, deeper down."""
    outer, key, text = draw.name(), draw.name(), draw.name()
    sides = ({outer: {key: text}}, {outer: {key: f"{text}."}})
    return _differs("nested value", draw, "python", f"data at /{outer}/{key} has another value", *sides)


def _another_type(name: str, word: str, other: str, reference: Callable[[int], Any], candidate: Any) -> Recipe:
    def recipe(draw: Draw) -> Control:
        key, number = draw.name(), draw.number()
        sides = ({key: reference(number)}, {key: candidate(number)})
        return _differs(name, draw, "python", f"data at /{key} is {other}, not {word}", *sides)

    return recipe


def missing_key(draw: Draw) -> Control:
    """A key that the candidate lacks."""
    key, gone, number = draw.name(), draw.name(), draw.number()
    sides = ({key: number, gone: number}, {key: number})
    return _differs("missing key", draw, "python", f"data lacks /{gone}", *sides)


def extra_key(draw: Draw) -> Control:
    """A key that only the candidate has."""
    key, new, number = draw.name(), draw.name(), draw.number()
    return _differs("extra key", draw, "python", f"data has /{new}", {key: number}, {key: number, new: number})


def null_lost(draw: Draw) -> Control:
    """Null is a value; a key that is not there has none."""
    key, gone, number = draw.name(), draw.name(), draw.number()
    sides = ({key: number, gone: None}, {key: number})
    return _differs("null lost", draw, "python", f"data lacks /{gone}", *sides)


def another_shape(draw: Draw) -> Control:
    """Nothing of what the reference has, something else instead."""
    new = draw.name()
    sides = ({draw.name(): draw.number()}, {new: draw.number()})
    return _differs("other shape", draw, "python", f"result is {{{new}}}", *sides)


def item_missing(draw: Draw) -> Control:
    """One item of two."""
    name, items = draw.name(), [draw.number(), draw.number()]
    sides = ({name: items}, {name: items[:1]})
    return _differs("length", draw, "postgres", f"data at /{name} has another length", *sides)


def items_in_another_order(draw: Draw) -> Control:
    """A list is no set."""
    name, key, number = draw.name(), draw.name(), draw.number()
    items = [{key: number}, {key: number + 1}]
    sides = ({name: items}, {name: items[::-1]})
    return _differs("order of items", draw, "postgres", f"data at /{name}/*/{key} has another value", *sides)


def another_status(draw: Draw) -> Control:
    """What says how a request ended may not be masked by any rule."""
    key, number = draw.name(), draw.number()
    sides = ({"status_code": 200, key: number}, {"status_code": 201, key: number})
    return _differs("protected status", draw, "http", "data at /status_code has another value", *sides)


RECIPES: tuple[Recipe, ...] = (
    another_value,
    another_text,
    _another_type("number as text", "integer", "string", int, str),
    _another_type("number as fraction", "integer", "number", int, float),
    _another_type("truth as number", "boolean", "integer", bool, lambda _: 1),
    _another_type("null instead of a value", "integer", "null", int, lambda _: None),
    missing_key,
    extra_key,
    null_lost,
    another_shape,
    item_missing,
    items_in_another_order,
    another_status,
)
