"""What controls are made of: names and values that are other ones in every run, and the same ones for one run."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.judge.controls.histories import History, Step, pool
from harness.model.evidence import Evidence
from harness.model.finding import Checker
from harness.model.lane import Side
from harness.model.pool import Runtime
from harness.model.suite import Case, Terminal
from harness.model.verdict import Misjudged, Pair, PairVerdict

PYTHON = pool("python@0")
RUST = pool("rust@0")
POOLS = {Side.REFERENCE: PYTHON, Side.CANDIDATE: RUST}
GRACES = dict.fromkeys(Side, 10.0)

Said = tuple[str, str]
"""A checker and the fingerprint of what it says."""

_WORDS = ("amber", "basin", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "kelp", "larch", "maple")
_FIRST_ID = 700_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Control:
    """A pair whose verdict is known; a third leg is the reference's second. `said` must be found, and nothing else;
    what only follows from it, and times, do not count."""

    name: str
    case: Case
    legs: tuple[Evidence, ...]
    verdict: PairVerdict
    said: frozenset[Said]

    def misjudged(self, pair: Pair) -> Misjudged | None:
        """What is wrong with the judgement of this pair; None where it is right."""
        found = {(one.checker, one.fingerprint) for one in pair.findings if not one.consequence}
        counted = {one for one in found if one in self.said or one[0] != Checker.LATENCY}
        if pair.verdict is self.verdict and counted == self.said:
            return None
        return Misjudged(self.name, _text(self.verdict, self.said), _text(pair.verdict, counted))


class Draw:
    """Draws for one run, by its id."""

    def __init__(self, run_id: str) -> None:
        self._random = random.Random(run_id)
        self._names: set[str] = set()
        self._workers = {
            Runtime.PYTHON: f"worker-{self._hex(8)}",
            Runtime.RUST: "-".join(self._hex(digits) for digits in (8, 4, 4, 4, 12)),
        }
        self._last_id = _FIRST_ID + self._random.randrange(10**12)

    def name(self) -> str:
        """A name that no rule and no known text speaks of, each only once."""
        while (name := f"{self._random.choice(_WORDS)}_{self._random.randrange(1000):03d}") in self._names:
            pass
        self._names.add(name)
        return name

    def number(self) -> int:
        """A number above 1, so that neither it nor its neighbours could be true or false."""
        return self._random.randrange(10, 10**6)

    def step(self, data: Any = None, **more: Any) -> Step:
        """A step with this data, or with some."""
        return Step(self.name(), {self.name(): self.number()} if data is None else data, **more)

    def worker(self, runtime: Runtime) -> str:
        """The id of the worker of this runtime."""
        return self._workers[runtime]

    def histories(self) -> tuple[History, History]:
        """A history of each side that has begun."""
        path = f"controls/{self.name()}"
        reference, candidate = (self._history(side, path) for side in Side)
        return reference, candidate

    def legs(self, *sides: Iterable[Step], ends: Sequence[str] = ("completed", "completed")) -> tuple[History, History]:
        """Histories with these steps, one after the other, and these ends."""
        histories = self.histories()
        for history, steps, end in zip(histories, sides, ends, strict=True):
            for step in steps:
                history.run(step)
            history.end(end)
        return histories

    def again(self, first: History, *steps: Step) -> History:
        """Another history of the same playbook on the same side, with these steps."""
        history = self._history(first.side, first.path)
        for step in steps:
            history.run(step)
        history.end("completed")
        return history

    def _history(self, side: Side, path: str) -> History:
        self._last_id += 10_000
        history = History(side, POOLS[side], PYTHON, path, self._workers, self._last_id)
        history.begin()
        return history

    def _hex(self, digits: int) -> str:
        return f"{self._random.randrange(16**digits):0{digits}x}"


def control(
    name: str,
    histories: tuple[History, History],
    verdict: PairVerdict,
    *said: Said,
    expect: Terminal = Terminal.COMPLETED,
    reference: dict[str, Any] | None = None,
    candidate: dict[str, Any] | None = None,
    again: Evidence | None = None,
) -> Control:
    """A control of these histories; `reference` and `candidate` are what else was seen of a side. `again` is a second
    leg of the reference."""
    case_id = f"control: {name}"
    left, right = histories
    legs = (left.evidence(case_id, **(reference or {})), right.evidence(case_id, **(candidate or {})))
    second = () if again is None else (replace(again, case_id=case_id, turn=2),)
    return Control(name, Case(case_id, left.path, "", "", expect=expect), (*legs, *second), verdict, frozenset(said))


def _text(verdict: PairVerdict, said: Iterable[Said]) -> str:
    return "; ".join([str(verdict), *(f"{checker}: {fingerprint}" for checker, fingerprint in sorted(said))])
