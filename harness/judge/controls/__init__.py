"""Pairs of histories whose verdict is known, judged in every run by what judges the run's own pairs.

Each control differs in one thing only, or in nothing. Names and values follow from the run's id: they are other ones in
every run, and the same ones whenever the run is judged again.
"""

from __future__ import annotations

from harness.judge.controls import clean, data, effects, errors, events, noise
from harness.judge.controls.draw import Control, Draw

_RECIPES = (*clean.RECIPES, *data.RECIPES, *errors.RECIPES, *events.RECIPES, *effects.RECIPES, *noise.RECIPES)


def controls(run_id: str) -> tuple[Control, ...]:
    """The controls of a run."""
    draw = Draw(run_id)
    return tuple(recipe(draw) for recipe in _RECIPES)
