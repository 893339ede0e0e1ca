"""Does every case notice when its own expectation is broken? Runs mutants of the suite's cases; `make mutants`.

Every mutant runs on the reference lane of one embedded deployment, after two unmutated legs of its case. It is caught
by the case itself when the judge would not let the mutated case pass though both pools agreed on it, and by the
comparison when the judge tells its leg from the unmutated one; what differs between the two unmutated legs is noise and
does not count. One that loops for ever is caught by its case's timeout.

What is left runs on the candidate's lane too, since a case may expect of one pool what it does not expect of the other.
It is caught there when the judge holds something else against both pools than it does without the mutation. A mutant
that nothing catches must stand in `survivors.yaml`, with a reason.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import click
from bench import Caught, catch
from mutants import Kind, Mutant, mutants, share
from pydantic import BaseModel, ConfigDict, Field

from harness.cli.guard import guarded, run_async
from harness.drive.events import Listener
from harness.files.suite import load_suite, select
from harness.files.yaml import checked, load_yaml, several
from harness.model.errors import Exit, Location
from harness.model.suite import Suite
from harness.report.live import watching

SURVIVORS = Path(__file__).with_name("survivors.yaml")

Text = Annotated[str, Field(min_length=1)]


class Survivors(BaseModel):
    """Mutants that nothing catches, by case, and the one reason why that is right for all of them. `by_chance`: they
    are caught in some runs, and not in others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    because: Text
    by_chance: bool = False
    mutants: Annotated[dict[str, Annotated[tuple[Text, ...], Field(min_length=1)]], Field(min_length=1)]


class SurvivorFile(BaseModel):
    """`survivors.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    survivors: tuple[Survivors, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One mutant of the list, and where it stands."""

    case: str
    mutant: str
    where: Location
    by_chance: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one mutant."""

    mutant: Mutant
    caught: Caught


def load_survivors(suite: Suite, path: Path = SURVIVORS) -> tuple[Listed, ...]:
    """The list of survivors. `HarnessError` for an entry that stands twice, or whose case or mutant does not exist."""
    document = load_yaml(path)
    listed = tuple(
        Listed(case, mutant, document.where(["survivors", index, "mutants", case, place]), entry.by_chance)
        for index, entry in enumerate(checked(document, SurvivorFile).survivors)
        for case, names in entry.mutants.items()
        for place, mutant in enumerate(names)
    )
    named = {one.case for one in listed}
    existing = {case.id: {mutant.name for mutant in mutants(case)} for case in suite.cases if case.id in named}
    counts = Counter((one.case, one.mutant) for one in listed)
    problems = [
        (one.where, problem)
        for one in listed
        for problem in (
            f"the suite has no case {one.case}" if one.case not in existing else "",
            f"{one.case} has no mutant {one.mutant!r}" if one.mutant not in existing.get(one.case, ()) else "",
            f"{one.mutant!r} of {one.case} stands twice" if counts[one.case, one.mutant] > 1 else "",
        )
        if problem
    ]
    if problems:
        raise several(problems, "Remove the entry, or name the mutant as `make mutants` does.")
    return listed


async def answers(
    suite: Suite, chosen: Sequence[Mutant], listed: Iterable[Listed], *, jobs: int, listener: Listener
) -> tuple[Answer, ...]:
    """Run the unmutated cases of the `chosen` mutants, twice, and then the mutants."""
    caught = await catch(suite, chosen, jobs=jobs, listener=listener)
    known = {(one.case, one.mutant) for one in listed}
    return tuple(
        Answer(one, caught.get(one.id, Caught.LISTED if (one.case.id, one.name) in known else Caught.MISSED))
        for one in chosen
    )


def refuse_stale(given: Sequence[Answer], listed: Iterable[Listed]) -> None:
    """A listed mutant that ran and was caught, and not by chance, is none. Raises `HarnessError`."""
    caught = {(one.mutant.case.id, one.mutant.name) for one in given if one.caught is not Caught.LISTED}
    stale = [
        (one.where, f"{one.mutant!r} of {one.case} is caught")
        for one in listed
        if (one.case, one.mutant) in caught and not one.by_chance
    ]
    if stale:
        raise several(stale, "Remove the entry.")


def table(given: Sequence[Answer]) -> str:
    """How many mutants of each kind there were, and what caught them; then those that nothing did."""
    counts = Counter((one.mutant.kind, one.caught) for one in given)
    lines = ["".join(f"{word:>20}" for word in ("mutants of", "in all", *Caught))]
    for kinds in (*((kind,) for kind in Kind), tuple(Kind)):
        row = [sum(counts[kind, caught] for kind in kinds) for caught in Caught]
        name = kinds[0].value if len(kinds) == 1 else "all kinds"
        lines.append("".join(f"{cell:>20}" for cell in (name, sum(row), *row)))
    missed = [one.mutant.id for one in given if one.caught is Caught.MISSED]
    return "\n".join([*lines, *(f"missed  {name}" for name in missed)])


@click.command()
@click.argument("selectors", nargs=-1)
@click.option("--share", "one_in", type=click.IntRange(1), default=1, show_default=True, help="Run one mutant in N.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which ones those are.")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Legs at a time.")
def command(selectors: tuple[str, ...], one_in: int, seed: int, jobs: int) -> int:
    """Run mutants of the cases that SELECTORS name (as for `noetl-harness run`), and say what caught each kind.

    Exit code 1 when a mutant was missed, 2 for an entry of survivors.yaml that is not true.
    """
    suite = load_suite()
    listed = load_survivors(suite)
    chosen = share([one for case in select(suite, selectors) for one in mutants(case)], one_in, seed)
    with watching(sys.stderr) as listener:
        given = run_async(answers(suite, chosen, listed, jobs=jobs, listener=listener))
    print(table(given))
    refuse_stale(given, listed)
    return Exit.DIVERGED if any(one.caught is Caught.MISSED for one in given) else Exit.OK


if __name__ == "__main__":
    sys.exit(guarded(lambda: command(standalone_mode=False)))
