"""Runs mutants on both lanes of one embedded deployment, and tells what catches each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from mutants import Mutant, unmutated

from harness.deployments.embedded import open_embedded
from harness.drive.events import Listener, RunPlanned
from harness.drive.run import drive
from harness.files.pools import load_pool
from harness.files.rules import load_fingerprints, load_rules
from harness.judge.grace import grace
from harness.judge.run import JudgeRequest, judge
from harness.judge.yardstick import Yardstick
from harness.model.deployment import DeploymentRequest, EmbeddedRequest
from harness.model.errors import Exit, HarnessError
from harness.model.evidence import Evidence, LegEnd, LegKey
from harness.model.finding import Weight
from harness.model.lane import Lane, Side
from harness.model.suite import Case, Suite
from harness.model.verdict import Pair, Standing
from harness.recording.write import longest_silence

ROUTING = "4.12.0"


class Caught(StrEnum):
    """What noticed a mutant."""

    BY_ITSELF = "by the case itself"
    BY_COMPARISON = "by comparison"
    BY_TIMEOUT = "by its timeout"
    BY_CANDIDATE = "by the other pool"
    LISTED = "listed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Bench:
    """Both lanes, and what all legs left on them, by the name of the leg."""

    lanes: Mapping[Side, Lane]
    yardstick: Yardstick
    jobs: int
    listener: Listener
    evidence: Mapping[Side, dict[str, Evidence]] = field(default_factory=lambda: {side: {} for side in Side})

    async def run(self, side: Side, rounds: Sequence[Sequence[Case]]) -> None:
        """Run legs on one lane, one round after the other. `HarnessError` when one is lost."""
        seen = self.evidence[side]

        def keep(one: Evidence) -> None:
            seen[one.case_id] = one

        planned = sum(map(len, (*self.evidence.values(), *rounds)))
        self.listener(RunPlanned(planned, self.lanes[side].pool.id, "its mutants"))
        for some in rounds:
            legs = [(case, LegKey(case.id, side)) for case in some]
            await drive({side: self.lanes[side]}, legs, jobs=self.jobs, listener=self.listener, keep=keep)
            _refuse_lost(seen.values())

    def judged(self, pairs: Mapping[str, tuple[Case, str, str]], beside: Side = Side.REFERENCE) -> dict[str, Pair]:
        """Pairs by name. Each is asked for as a case, a leg of the reference's lane, and one of the lane `beside`."""
        lanes = {Side.REFERENCE: Side.REFERENCE, Side.CANDIDATE: beside}
        evidence = {
            LegKey(name, side): replace(self.evidence[lane][leg], case_id=name, side=side)
            for name, (_, *legs) in pairs.items()
            for (side, lane), leg in zip(lanes.items(), legs, strict=True)
        }
        request = JudgeRequest(
            run_id="mutants",
            cases=[replace(case, id=name) for name, (case, _, _) in pairs.items()],
            evidence=evidence,
            lanes=(),
            graces={
                side: grace(longest_silence(one) for one in self.evidence[lane].values())
                for side, lane in lanes.items()
            },
            pools={side: self.lanes[lane].pool for side, lane in lanes.items()},
            python_pool=self.lanes[Side.REFERENCE].pool,
            routing=ROUTING,
            yardstick=self.yardstick,
            seconds=0.0,
            suite_digest="",
        )
        return {pair.case.id: pair for pair in judge(request).pairs}


async def catch(suite: Suite, chosen: Sequence[Mutant], *, jobs: int, listener: Listener) -> dict[str, Caught]:
    """What catches each of the `chosen` mutants, by its id; those that nothing catches are left out.

    `HarnessError` when a case does not pass without a mutation, or a leg is lost.
    """
    python, rust = load_pool("python"), load_pool("rust")
    async with open_embedded(EmbeddedRequest(DeploymentRequest(python, rust, python, ROUTING))) as deployment:
        bench = Bench(deployment.lanes, _yardstick(), jobs, listener)
        caught = await _on_reference(bench, suite, chosen)
        left = [one for one in chosen if one.id not in caught]
        return caught | await _on_candidate(bench, suite, left)


def _yardstick() -> Yardstick:
    """Nothing is on record: what differs is to be seen, and to differ from what else is seen."""
    return Yardstick((), load_rules(), load_fingerprints(), today=datetime.now(UTC).date())


async def _on_reference(bench: Bench, suite: Suite, chosen: Sequence[Mutant]) -> dict[str, Caught]:
    """What the reference's own lane catches, by the mutant's id."""
    plain = _unmutated(suite, chosen)
    await bench.run(Side.REFERENCE, [_twice(plain)])
    _refuse_failures(bench.judged({case.id: (case, case.id, case.id) for case in plain}).values())
    await bench.run(Side.REFERENCE, rounds(chosen))
    steady = bench.judged({case.id: (case, case.id, _again(case.id)) for case in plain})
    alone = bench.judged({one.id: (one.case, one.id, one.id) for one in chosen})
    beside = bench.judged({one.id: (one.case, one.case.id, one.id) for one in chosen})
    caught: dict[str, Caught] = {}
    for one in chosen:
        if bench.evidence[Side.REFERENCE][one.id].end is LegEnd.TIMEOUT:
            caught[one.id] = Caught.BY_TIMEOUT
        elif alone[one.id].standing is not Standing.EXPECTED:
            caught[one.id] = Caught.BY_ITSELF
        elif _differences(beside[one.id]) - _differences(steady[one.case.id]):
            caught[one.id] = Caught.BY_COMPARISON
    return caught


async def _on_candidate(bench: Bench, suite: Suite, left: Sequence[Mutant]) -> dict[str, Caught]:
    """What of that which is left the candidate's lane catches, by the mutant's id."""
    plain = _unmutated(suite, left)
    await bench.run(Side.CANDIDATE, [_twice(plain), *rounds(left)])
    once = bench.judged({case.id: (case, case.id, case.id) for case in plain}, Side.CANDIDATE)
    twice = bench.judged({case.id: (case, case.id, _again(case.id)) for case in plain}, Side.CANDIDATE)
    mutated = bench.judged({one.id: (one.case, one.id, one.id) for one in left}, Side.CANDIDATE)
    caught: dict[str, Caught] = {}
    for one in left:
        usual = _differences(once[one.case.id])
        noise = usual ^ _differences(twice[one.case.id])
        if (_differences(mutated[one.id]) ^ usual) - noise:
            caught[one.id] = Caught.BY_CANDIDATE
    return caught


def _unmutated(suite: Suite, chosen: Iterable[Mutant]) -> list[Case]:
    wanted = {one.case.id for one in chosen}
    return [unmutated(case) for case in suite.cases if case.id in wanted]


def _twice(cases: Sequence[Case]) -> list[Case]:
    return [*cases, *(replace(case, id=_again(case.id)) for case in cases)]


def _again(case_id: str) -> str:
    return f"{case_id}, once more"


def _differences(pair: Pair) -> set[str]:
    """What the judge holds against a pair, by fingerprint. What it holds against two unmutated legs is noise."""
    return {one.fingerprint for one in pair.findings if one.weight is not Weight.INFO}


def rounds(chosen: Iterable[Mutant]) -> list[list[Case]]:
    """Mutants as legs that may run side by side. A call of a sub-playbook takes the newest version of its path, so that
    no two legs of a round may put different texts there. Cases are mixed: each leg that waits for a child holds a
    worker, and many at a time would hold all."""
    cases = [replace(one.case, id=one.id) for one in chosen]
    called = {path for case in cases for path, _ in case.requires}
    found: list[tuple[dict[str, str], list[Case]]] = []
    for case in sorted(cases, key=lambda case: sha256(case.id.encode()).digest()):
        texts = {path: text for path, text in ((case.path, case.source), *case.requires) if path in called}
        for there, legs in found:
            if all(there.get(path, text) == text for path, text in texts.items()):
                there.update(texts)
                legs.append(case)
                break
        else:
            found.append((texts, [case]))
    return [legs for _, legs in found]


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
