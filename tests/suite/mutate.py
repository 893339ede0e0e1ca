"""Does every case notice when its own expectation is broken? Runs mutants of the suite's cases; `make mutants`.

Every mutant runs on the reference lane of one embedded deployment, after two unmutated legs of its case. It is caught
by the case itself when the judge would not let the mutated case pass though both pools agreed on it, and by the
comparison when the judge tells its leg from the unmutated one; what differs between the two unmutated legs is noise and
does not count. One that loops for ever is caught by its case's timeout. A mutant that nothing catches must stand in
`survivors.yaml`, with a reason.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import click
from mutants import Kind, Mutant, mutants, share, unmutated
from pydantic import BaseModel, ConfigDict, Field

from harness.cli.guard import guarded, run_async
from harness.deployments.embedded import open_embedded
from harness.drive.events import Listener, RunPlanned
from harness.drive.run import drive
from harness.files.pools import load_pool
from harness.files.suite import load_suite, select
from harness.files.yaml import checked, load_yaml, several
from harness.files.yardstick import load_yardstick
from harness.judge.grace import grace
from harness.judge.run import JudgeRequest, judge
from harness.judge.yardstick import Yardstick
from harness.model.deployment import DeploymentRequest
from harness.model.errors import Exit, HarnessError, Location
from harness.model.evidence import Evidence, LegEnd, LegKey
from harness.model.finding import Weight
from harness.model.lane import Side
from harness.model.pool import PoolSpec
from harness.model.suite import Case, Suite
from harness.model.verdict import Pair, Standing
from harness.recording.write import longest_silence
from harness.report.live import watching

SURVIVORS = Path(__file__).with_name("survivors.yaml")

ROUTING = "4.12.0"

Text = Annotated[str, Field(min_length=1)]


class Caught(StrEnum):
    """What noticed a mutant."""

    BY_ITSELF = "by the case itself"
    BY_COMPARISON = "by comparison"
    BY_TIMEOUT = "by its timeout"
    LISTED = "listed"
    MISSED = "missed"


class Survivors(BaseModel):
    """Mutants that nothing catches, by case, and the one reason why that is right for all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    because: Text
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one mutant."""

    mutant: Mutant
    caught: Caught


def load_survivors(suite: Suite, path: Path = SURVIVORS) -> tuple[Listed, ...]:
    """The list of survivors. `HarnessError` for an entry that stands twice, or whose case or mutant does not exist."""
    document = load_yaml(path)
    listed = tuple(
        Listed(case, mutant, document.where(["survivors", index, "mutants", case, place]))
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What all legs left on the lane, by the name of the leg."""

    pool: PoolSpec
    evidence: Mapping[str, Evidence]
    yardstick: Yardstick

    def judged(self, pairs: Mapping[str, tuple[Case, str, str]]) -> dict[str, Pair]:
        """Pairs by name. Each is asked for as a case, the leg to take for the reference's, and the candidate's."""
        evidence = {
            LegKey(name, side): replace(self.evidence[leg], case_id=name, side=side)
            for name, (_, *legs) in pairs.items()
            for side, leg in zip(Side, legs, strict=True)
        }
        request = JudgeRequest(
            run_id="mutants",
            cases=[replace(case, id=name) for name, (case, _, _) in pairs.items()],
            evidence=evidence,
            lanes=(),
            graces=dict.fromkeys(Side, grace(longest_silence(one) for one in self.evidence.values())),
            pools=dict.fromkeys(Side, self.pool),
            python_pool=self.pool,
            routing=ROUTING,
            yardstick=self.yardstick,
            seconds=0.0,
            suite_digest="",
        )
        return {pair.case.id: pair for pair in judge(request).pairs}


async def answers(
    suite: Suite, chosen: Sequence[Mutant], listed: Iterable[Listed], *, jobs: int, listener: Listener
) -> tuple[Answer, ...]:
    """Run the unmutated cases of the `chosen` mutants, twice, and then the mutants.

    Raises `HarnessError` when an unmutated case does not pass, and when a leg was lost: then nothing is known of the
    mutants.
    """
    plain = [unmutated(case) for case in suite.cases if any(one.case.id == case.id for one in chosen)]
    again = [replace(case, id=_again(case.id)) for case in plain]
    mutated = [replace(one.case, id=one.id) for one in chosen]
    yardstick = load_yardstick(suite)
    seen = await _run([[*plain, *again], *_in_order(mutated)], yardstick, jobs, listener)
    steady = seen.judged({case.id: (case, case.id, _again(case.id)) for case in plain})
    alone = seen.judged({one.id: (one.case, one.id, one.id) for one in chosen})
    beside = seen.judged({one.id: (one.case, one.case.id, one.id) for one in chosen})
    known = {(one.case, one.mutant) for one in listed}
    given = []
    for one in chosen:
        noise = _differences(steady[one.case.id])
        if seen.evidence[one.id].end is LegEnd.TIMEOUT:
            caught = Caught.BY_TIMEOUT
        elif alone[one.id].standing is not Standing.EXPECTED:
            caught = Caught.BY_ITSELF
        elif _differences(beside[one.id]) - noise:
            caught = Caught.BY_COMPARISON
        else:
            caught = Caught.LISTED if (one.case.id, one.name) in known else Caught.MISSED
        given.append(Answer(one, caught))
    return tuple(given)


def _again(case_id: str) -> str:
    return f"{case_id}, once more"


def _differences(pair: Pair) -> set[str]:
    """What the judge holds against a pair, by fingerprint. What it holds against two unmutated legs is noise."""
    return {one.fingerprint for one in pair.findings if one.weight is not Weight.INFO}


def _in_order(mutated: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """A call of a sub-playbook takes its newest version, which is a mutant once its mutants have run: they come
    last. Cases are mixed: each leg that waits for a child holds a worker, and many at a time would hold all."""
    called = {path for case in mutated for path, _ in case.requires}
    mixed = sorted(mutated, key=lambda case: sha256(case.id.encode()).digest())
    return [case for case in mixed if case.path not in called], [case for case in mixed if case.path in called]


async def _run(rounds: Iterable[Sequence[Case]], yardstick: Yardstick, jobs: int, listener: Listener) -> Seen:
    """All legs on the reference lane. Those of the first round must pass."""
    first, *others = rounds
    pool = load_pool("python")
    listener(RunPlanned(sum(map(len, (first, *others))), pool.id, "its mutants"))
    evidence: dict[str, Evidence] = {}
    seen = Seen(pool, evidence, yardstick)

    def keep(one: Evidence) -> None:
        evidence[one.case_id] = one

    async with open_embedded(DeploymentRequest(pool, pool, pool, ROUTING)) as deployment:
        lane = {Side.REFERENCE: deployment.lanes[Side.REFERENCE]}
        for some in (first, *others):
            legs = [(case, LegKey(case.id, Side.REFERENCE)) for case in some]
            await drive(lane, legs, jobs=jobs, listener=listener, keep=keep)
            _refuse_lost(evidence.values())
            if some is first:
                _refuse_failures(seen.judged({case.id: (case, case.id, case.id) for case in first}).values())
    return seen


def _refuse_lost(legs: Iterable[Evidence]) -> None:
    lost = [leg for leg in legs if not leg.complete]
    if lost:
        what = "; ".join(f"{leg.case_id}: {leg.problem}" for leg in lost[:5])
        raise HarnessError(f"{len(lost)} legs were lost: {what}", "Run again.", Exit.ENVIRONMENT)


def _refuse_failures(pairs: Iterable[Pair]) -> None:
    failed = [pair for pair in pairs if pair.standing is not Standing.EXPECTED]
    if failed:
        said = "\n".join(f"{pair.case.id} {pair.verdict}: {'; '.join(sorted(_differences(pair)))}" for pair in failed)
        raise HarnessError(f"cases do not pass without a mutation:\n{said}", "Mend them first.", Exit.INVALID)


def refuse_stale(given: Sequence[Answer], listed: Iterable[Listed]) -> None:
    """A listed mutant that ran and was caught is none. Raises `HarnessError`."""
    caught = {(one.mutant.case.id, one.mutant.name) for one in given if one.caught is not Caught.LISTED}
    stale = [
        (one.where, f"{one.mutant!r} of {one.case} is caught") for one in listed if (one.case, one.mutant) in caught
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
