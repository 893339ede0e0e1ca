"""From evidence to the verdict of a run. Pure: the same request gives the same verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from harness.judge import noise
from harness.judge.checkers import leg_checkers, pair_checkers
from harness.judge.checkers.base import LegContext, PairContext, guarded
from harness.judge.claims import claims, summed
from harness.judge.cluster import causes
from harness.judge.controls import controls
from harness.judge.controls.draw import GRACES, POOLS
from harness.judge.crew import Crew
from harness.judge.departures import Comparison, compare_legs
from harness.judge.expectations import applicable, reckon
from harness.judge.noise_mask import Mask
from harness.judge.project import executions, project
from harness.judge.score import wilson
from harness.judge.verdicts import ENDED, exit_code, leg_verdict, pair_verdict
from harness.judge.yardstick import Yardstick
from harness.model.envelope import OutcomeClass
from harness.model.evidence import Evidence, LaneEvidence, LegEnd, LegKey
from harness.model.finding import Checker, Finding, Weight
from harness.model.footprint import Footprint
from harness.model.lane import Side
from harness.model.pool import PoolSpec
from harness.model.suite import Case, Terminal
from harness.model.verdict import (
    AS_RECORDED,
    NOT_AS_RECORDED,
    Claims,
    Controls,
    Counts,
    Leg,
    Pair,
    PairVerdict,
    RunVerdict,
    Standing,
)


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """Everything that a judgement rests on.

    A leg that `evidence` lacks was not run. It is asked for each leg once, so that it may read them one by one.
    `graces` are the seconds that a leg of each lane may be quiet. `pools` are the pools under test, `python_pool` takes
    on both lanes what routes to `python` by the kind map of release `routing`. `seconds` is how long the run took.
    `problems` say what is wrong with the evidence as a whole, `losses` what ended while it was needed, `footprints`
    what was left behind. `target` names where the pools ran.
    """

    run_id: str
    cases: Sequence[Case]
    evidence: Mapping[LegKey, Evidence]
    lanes: Sequence[LaneEvidence]
    graces: Mapping[Side, float]
    pools: Mapping[Side, PoolSpec]
    python_pool: PoolSpec
    routing: str
    yardstick: Yardstick
    seconds: float
    suite_digest: str
    problems: Sequence[str] = ()
    losses: Sequence[str] = ()
    footprints: Sequence[Footprint] = ()
    target: str | None = "embedded"


def judge(request: JudgeRequest) -> RunVerdict:
    """Judge every case as a pair, the controls with it, then the run."""
    pairs: list[Pair] = []
    claimed: list[Claims] = []
    for case in request.cases:
        legs = [leg_context(request, case, side) for side in Side]
        pairs.append(judge_pair(request, *legs))
        claimed += claims(legs)
    held = _controls(request)
    specs = {spec.id: spec for spec in (*request.pools.values(), request.python_pool)}
    return RunVerdict(
        run_id=request.run_id,
        controls=held,
        reference=request.pools[Side.REFERENCE].id,
        candidate=request.pools[Side.CANDIDATE].id,
        routing=request.routing,
        emulated=tuple(name for name, spec in specs.items() if spec.emulated),
        real=tuple(name for name, spec in specs.items() if not spec.emulated),
        pairs=tuple(pairs),
        causes=causes(pairs),
        lanes=tuple(request.lanes),
        exit=exit_code(pairs, held, request.problems, request.losses),
        seconds=request.seconds,
        suite_digest=request.suite_digest,
        counts=_counts(pairs, request.yardstick.today),
        claims=summed(claimed),
        again=_again(request),
        problems=tuple(request.problems),
        losses=tuple(request.losses),
        footprints=tuple(request.footprints),
    )


def _controls(request: JudgeRequest) -> Controls:
    """Pairs whose verdict is known, by the same rules and fingerprints as the run's own, on lanes of their own."""
    drawn = controls(request.run_id)
    evidence = {leg.key: leg for one in drawn for leg in one.legs}
    lanes = replace(request, evidence=evidence, graces=GRACES, pools=POOLS, python_pool=POOLS[Side.REFERENCE])
    judged = (judge_pair(lanes, *(leg_context(lanes, one.case, side) for side in Side)) for one in drawn)
    wrong = [one.misjudged(pair) for one, pair in zip(drawn, judged, strict=True)]
    misjudged = tuple(one for one in wrong if one is not None)
    return Controls(len(drawn) - len(misjudged), len(drawn), misjudged)


def _again(request: JudgeRequest) -> tuple[str, ...]:
    reference, candidate = (request.pools[side].selector for side in (Side.REFERENCE, Side.CANDIDATE))
    where = () if request.target in (None, "embedded") else ("--target", request.target)
    return ("--reference", reference, "--candidate", candidate, "--routing", request.routing, *where)


def leg_context(request: JudgeRequest, case: Case, side: Side, turn: int = 1) -> LegContext:
    """What is known of one leg, projected; of a leg that was not run, that."""
    pool = request.pools[side]
    evidence = request.evidence.get(LegKey(case.id, side, turn))
    if evidence is None:
        evidence = Evidence(case.id, side, pool.id, LegEnd.NOT_RUN, None, 0.0, complete=False, turn=turn)
    crew = Crew.of(evidence, pool, request.python_pool)
    return LegContext(
        case=case,
        evidence=evidence,
        outcome=project(evidence, crew),
        executions=executions(evidence),
        crew=crew,
        routing=request.routing,
        known=request.yardstick.fingerprints,
        grace=request.graces[side],
    )


def _leg(context: LegContext) -> Leg:
    findings: list[Finding] = []
    if context.evidence.end not in (LegEnd.NOT_RUN, LegEnd.REFUSED, LegEnd.LOST):
        for checker, check in leg_checkers().items():
            findings += guarded(checker, check, context, context.case.id, context.side)
    verdict = leg_verdict(context, findings)
    return Leg(_without_raw_material(context.evidence), context.outcome, verdict, tuple(findings))


def _without_raw_material(evidence: Evidence) -> Evidence:
    """What a verdict keeps: the recording has the rest, and a run of 100,000 events would not fit into memory."""
    return replace(
        evidence, events=(), commands=(), api_status={}, workers=(), stream=None, addresses=(), effects=(), stored=()
    )


def judge_pair(request: JudgeRequest, reference: LegContext, candidate: LegContext) -> Pair:
    """The verdict of one case: each leg's, then what they say together, then what is on record for it."""
    legs = (_leg(reference), _leg(candidate))
    today = request.yardstick.today
    recorded = noise.applicable(request.yardstick.noise, reference.case.id, request.pools[Side.REFERENCE].id)
    itself = _itself(request, reference, legs[0])
    compared = _compare(request, reference, candidate, legs, noise.mask_of(itself, recorded, today))
    findings = noise.settled((*_all_findings(reference.case, legs, compared), *itself))
    verdict = pair_verdict(*legs, findings)
    expected = applicable(request.yardstick.expectations, reference.case.id, request.pools[Side.CANDIDATE])
    cut_short = any(one.ends_differently for one in findings)
    reckoning = reckon(findings, expected, request.yardstick, verdict, cut_short)
    standing = reckoning.standing
    if verdict is PairVerdict.SKIPPED and replace(reckoning, decided=True).standing is Standing.UNEXPECTED:
        standing = Standing.UNEXPECTED  # what is wrong with one leg needs no other to be wrong
    if standing not in (Standing.UNEXPECTED, Standing.EXPIRED) and _something_unknown(findings):
        verdict, standing = PairVerdict.INDETERMINATE, Standing.UNDECIDED
    return Pair(
        reference.case,
        *legs,
        verdict,
        standing,
        reckoning.findings,
        compared.history,
        excused=reckoning.excused,
        unmet=reckoning.unmet,
        expired=reckoning.expired,
        notes=compared.notes,
        rates=reckoning.rates,
        noise=noise.applied(findings, recorded, today),
        lapsed=tuple(one for one in recorded if one.expires < today),
    )


def _itself(request: JudgeRequest, first: LegContext, leg: Leg) -> tuple[Finding, ...]:
    """What the reference's second leg says of its first; nothing where it was not asked for a second, or the first has
    no end to compare."""
    second = leg_context(request, first.case, Side.REFERENCE, turn=2)
    if second.evidence.end is LegEnd.NOT_RUN or not _is_known(leg):
        return ()
    again = _leg(second)
    if not noise.is_whole(leg, again):
        return (noise.not_whole(first.case.id, again),)
    compared = _compare(request, first, second, (leg, again), Mask(everything=True))
    return noise.against_itself(leg, again, compared.findings)


def _something_unknown(findings: Iterable[Finding]) -> bool:
    """Differences that are on record do not make up for what could not be read beside them."""
    return any(one.weight is Weight.UNKNOWN for one in findings)


def _is_known(leg: Leg) -> bool:
    """Whether the leg is known to have ended and was seen whole."""
    return leg.verdict in ENDED and leg.evidence.complete


def _compare(
    request: JudgeRequest, reference: LegContext, candidate: LegContext, legs: tuple[Leg, Leg], mask: Mask
) -> Comparison:
    """Nothing is compared unless both legs are known."""
    if not all(map(_is_known, legs)):
        return Comparison((), (), tuple(leg.evidence.problem for leg in legs if leg.evidence.problem))
    context = PairContext(reference, candidate, *legs, request.yardstick.rules, mask)
    compared: list[Comparison] = []

    def check(pair: PairContext) -> tuple[Finding, ...]:
        compared.append(compare_legs(pair))
        return compared[0].findings

    findings = guarded(Checker.ENVELOPE, check, context, reference.case.id)
    found = compared[0] if compared else Comparison(findings, (), ())
    return replace(found, findings=(*found.findings, *_beside(context, found.findings)))


def _beside(pair: PairContext, departures: Iterable[Finding]) -> tuple[Finding, ...]:
    """What the other pair checkers say. Where a call departs, what else differs is taken to follow from it."""
    departed = any(one.weight is Weight.DIVERGES for one in departures)
    return tuple(
        replace(finding, consequence=departed and finding.weight is Weight.DIVERGES)
        for checker, check in pair_checkers().items()
        for finding in guarded(checker, check, pair, pair.reference.case.id)
    )


def _all_findings(case: Case, legs: tuple[Leg, Leg], compared: Comparison) -> tuple[Finding, ...]:
    """The pair's, then each leg's own. A zombie that says why the pair ends differently is there once."""
    said = {(one.checker, one.side, one.fingerprint, one.step) for one in compared.findings}
    own = [
        one for leg in legs for one in leg.findings if (one.checker, one.side, one.fingerprint, one.step) not in said
    ]
    return (*compared.findings, *_broken_reference(case, legs[0]), *own)


def _broken_reference(case: Case, reference: Leg) -> tuple[Finding, ...]:
    """The reference itself must end as the case says, and for the failure that it says; else a candidate that agrees
    with it proves nothing."""
    if case.expect is None or reference.verdict not in ENDED:
        return ()
    ended = Terminal.REFUSED if reference.evidence.end is LegEnd.REFUSED else reference.verdict
    if ended.value != case.expect.value:
        fingerprint = message = f"reference ended {ended}, expected {case.expect}"
    elif case.fails is not None and (failed := _failed_steps(reference)) != set(case.fails):
        fingerprint = "reference failed at other steps than expected"
        message = f"{fingerprint}: at {_listed(failed)}, not at {_listed(case.fails)}"
    else:
        return ()
    return (Finding(Checker.TERMINAL, case.id, fingerprint, message, Weight.DIVERGES, Side.REFERENCE),)


def _failed_steps(leg: Leg) -> set[str]:
    """The steps of the leg's own execution that ended in an error; its children's are theirs."""
    own = (call for call in leg.outcome.calls if call.execution_id == leg.evidence.execution_id)
    return {call.key.step for call in own if call.envelope.outcome is OutcomeClass.ERROR}


def _listed(steps: Iterable[str]) -> str:
    return ", ".join(sorted(steps)) or "none"


def _counts(pairs: Sequence[Pair], today: date) -> Counts:
    alike = (PairVerdict.SAME_PASS, PairVerdict.SAME_FAIL, PairVerdict.EQUIVALENT_ERROR)
    same = sum(pair.verdict in alike and pair.standing is Standing.EXPECTED for pair in pairs)
    low, high = wilson(same, len(pairs))
    ages = [(today - known.since).days for pair in pairs for _, known in pair.excused if known.since is not None]
    return Counts(
        total=len(pairs),
        decided=sum(pair.decided for pair in pairs),
        unexpected=sum(pair.standing in NOT_AS_RECORDED for pair in pairs),
        indeterminate=sum(not pair.decided for pair in pairs),
        same=same,
        low=low,
        high=high,
        oldest_known=max(ages, default=None),
        known=sum(pair.standing in AS_RECORDED and bool(pair.excused or pair.rates) for pair in pairs),
        noise=sum(pair.verdict is PairVerdict.NOISE and not pair.decided for pair in pairs),
    )
