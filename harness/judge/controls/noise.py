"""A reference that differs from itself: noise, never parity and never divergence, and never a veil over what counts."""

from __future__ import annotations

from harness.judge.controls.draw import Control, Draw, Said, control
from harness.judge.controls.histories import Step
from harness.model.finding import Checker
from harness.model.json import JsonObject
from harness.model.verdict import PairVerdict


def noise(draw: Draw) -> Control:
    """Another value each time."""
    name, number = draw.name(), draw.number()
    data = tuple({name: number + turn} for turn in range(3))
    return _control("noise", draw, data, PairVerdict.NOISE, _value(name))


def parity_by_chance(draw: Draw) -> Control:
    """The candidate agrees with the first leg, the second does not."""
    name, number = draw.name(), draw.number()
    data = ({name: number}, {name: number + 1}, {name: number})
    return _control("parity by chance", draw, data, PairVerdict.NOISE, _value(name))


def divergence_beside_noise(draw: Draw) -> Control:
    """What both legs of the reference agree on counts as ever."""
    name, other, number = draw.name(), draw.name(), draw.number()
    data = tuple({name: number + turn, other: turn // 2} for turn in range(3))
    said = (_value(name), _value(other))
    return _control("a divergence beside noise", draw, data, PairVerdict.DIVERGED, *said)


def unstable(draw: Draw) -> Control:
    """What is protected is never noise: nothing can be said of a candidate."""
    number = draw.number()
    data = tuple({"status": number + turn} for turn in range(3))
    return _control("an unstable reference", draw, data, PairVerdict.NOISE, _value("status"))


def second_leg_not_whole(draw: Draw) -> Control:
    """Nothing can lean on a leg that was not seen whole, also where all else is alike."""
    name, number = draw.name(), draw.number()
    said = (Checker.NOISE, "the reference's second leg is completed")
    data = ({name: number},) * 3
    verdict = PairVerdict.INDETERMINATE
    return _control("a second leg that is not whole", draw, data, verdict, said, whole=False)


def _control(
    name: str, draw: Draw, data: tuple[JsonObject, ...], verdict: PairVerdict, *said: Said, whole: bool = True
) -> Control:
    """`data` is what a step says in the reference's first leg, in its second, and on the candidate."""
    step = draw.name()
    first, second, other = (Step(step, one) for one in data)
    histories = draw.legs([first], [other])
    again = draw.again(histories[0], second)
    return control(name, histories, verdict, *said, again=again.evidence("", complete=whole))


def _value(name: str) -> Said:
    return Checker.ENVELOPE, f"python data at /{name} has another value"


RECIPES = (noise, parity_by_chance, divergence_beside_noise, unstable, second_leg_not_whole)
