"""Pairs that agree in every event, and differ in what they left behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.judge.controls.draw import Control, Draw, control
from harness.model.evidence import Effect, EffectKind
from harness.model.finding import Checker
from harness.model.json import JsonObject
from harness.model.verdict import PairVerdict

Rows = Sequence[JsonObject]


_ANY_ORDER = "SELECT * FROM orders"
_IN_ORDER = "SELECT * FROM orders ORDER BY id"


def _left_behind(
    name: str, draw: Draw, query: str, sides: tuple[Rows, Rows], verdict: PairVerdict, *said: str
) -> Control:
    """Rows that a query finds, or calls to the test server where there is no query."""
    step = draw.step()
    histories = draw.legs([step], [step])
    kind = EffectKind.TABLE if query else EffectKind.CALLS
    effects = (Effect(kind, history.root, query, tuple(rows)) for history, rows in zip(histories, sides, strict=True))
    seen = [{"effects": (effect,)} for effect in effects]
    found = ((Checker.EFFECTS, text) for text in said)
    held = control(name, histories, verdict, *found, reference=seen[0], candidate=seen[1])
    case = replace(held.case, tables=(query,) if query else (), needs=() if query else ("test-server",))
    return replace(held, case=case)


def _rows(draw: Draw) -> tuple[str, list[JsonObject]]:
    key, number = draw.name(), draw.number()
    return key, [{"id": turn, key: number + turn} for turn in range(2)]


def rows_in_any_order(draw: Draw) -> Control:
    """A query that asks for no order has none."""
    _, rows = _rows(draw)
    return _left_behind("rows in any order", draw, _ANY_ORDER, (rows, rows[::-1]), PairVerdict.SAME_PASS)


def rows_in_another_order(draw: Draw) -> Control:
    """One that asks for an order has it."""
    _, rows = _rows(draw)
    said = "rows of orders in another order"
    return _left_behind("order of rows", draw, _IN_ORDER, (rows, rows[::-1]), PairVerdict.DIVERGED, said)


def another_row(draw: Draw) -> Control:
    """One value in one row."""
    key, rows = _rows(draw)
    other = [rows[0], {**rows[1], key: rows[0][key]}]
    said = f"table data at /*/{key} has another value"
    return _left_behind("side effect row", draw, _IN_ORDER, (rows, other), PairVerdict.DIVERGED, said)


def row_missing(draw: Draw) -> Control:
    """A row that the candidate did not write."""
    _, rows = _rows(draw)
    said = "row missing: orders"
    return _left_behind("missing row", draw, _IN_ORDER, (rows, rows[:1]), PairVerdict.DIVERGED, said)


def call_twice(draw: Draw) -> Control:
    """A request that the candidate made two times."""
    call = {"method": "POST", "path": "/orders", "body": {draw.name(): draw.number()}}
    return _left_behind(
        "call made twice", draw, "", ([call], [call, call]), PairVerdict.DIVERGED, "call added: POST /orders"
    )


RECIPES = (rows_in_any_order, rows_in_another_order, another_row, row_missing, call_twice)
