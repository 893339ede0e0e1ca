"""Is a run good enough to release? By named case against a baseline, and by rule. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from harness.model.errors import Exit, HarnessError
from harness.model.finding import Weight
from harness.model.gate import Answer, Baseline, CaseRecord, Category, Change, GateRules, GateVerdict, RuleResult
from harness.model.verdict import AS_RECORDED, NOT_AS_RECORDED, LegVerdict, Pair, RunVerdict, Standing


def records(run: RunVerdict) -> dict[str, CaseRecord]:
    """What the run said of each case, as a baseline would have it."""
    return {pair.case.id: _record(pair) for pair in run.pairs}


def changes(baseline: Baseline, run: RunVerdict) -> tuple[Change, ...]:
    """Every case that is not as the baseline has it: those of the run in its order, then those that are gone."""
    now = records(run)
    return tuple(_changes(baseline.cases, now))


def gate(run: RunVerdict, baseline: Baseline, rules: GateRules) -> GateVerdict:
    """Hold a run against both. A case that is worse or gone fails, one that is new or better does not: the baseline is
    then to be raised. What makes a run invalid or was lost keeps its own exit code."""
    changed = changes(baseline, run)
    results = tuple(_results(run, changed, rules))
    return GateVerdict(run.run_id, results, changed, _exit(run, results))


def require_same_pools(run: RunVerdict, baseline: Baseline) -> None:
    """Raises `HarnessError` when the baseline is of other pools or another routing: its cases would mean nothing."""
    there = (baseline.reference, baseline.candidate, baseline.routing)
    here = (run.reference, run.candidate, run.routing)
    if there != here:
        raise HarnessError(
            f"the baseline is of {there[0]} and {there[1]} with routing {there[2]}, "
            f"the run of {here[0]} and {here[1]} with routing {here[2]}",
            "Name the baseline of these pools, or a new file.",
        )


def _record(pair: Pair) -> CaseRecord:
    found = [*pair.findings, *(finding for finding, _ in pair.excused)]
    diverging = {one.fingerprint for one in found if one.weight is Weight.DIVERGES and not one.consequence}
    return CaseRecord(pair.verdict, pair.standing, tuple(sorted(diverging)))


def _changes(before: Mapping[str, CaseRecord], now: Mapping[str, CaseRecord]) -> Iterator[Change]:
    for case_id, record in now.items():
        old = before.get(case_id)
        if old is None:
            yield Change(case_id, Category.CREATE, None, record)
        elif old != record and not _is_flaky(old, record):
            yield Change(case_id, Category.FIX if _is_better(old, record) else Category.UPDATE, old, record)
    for case_id, old in before.items():
        if case_id not in now:
            yield Change(case_id, Category.TRIM, old, None)


def _is_flaky(old: CaseRecord, new: CaseRecord) -> bool:
    """A flaky case within its bounds may fall this way or that."""
    return {old.standing, new.standing} == {Standing.FLAKY_WITHIN_BOUNDS}


def _is_better(old: CaseRecord, new: CaseRecord) -> bool:
    """Nothing diverges that did not before, and something that did no longer does; and the case still stands."""
    fewer = set(new.fingerprints) < set(old.fingerprints)
    mended = new.standing is Standing.EXPECTED and old.standing is not Standing.EXPECTED
    stands = new.standing is Standing.EXPECTED or new.standing is old.standing
    return stands and (fewer or (mended and set(new.fingerprints) <= set(old.fingerprints)))


def _results(run: RunVerdict, changed: Iterable[Change], rules: GateRules) -> Iterator[RuleResult]:
    counts = run.counts
    worse = [one.case_id for one in changed if one.category in (Category.UPDATE, Category.TRIM)]
    yield _result("no case is worse than its baseline", not worse, "none", _names(worse))
    unexpected = [pair.case.id for pair in run.pairs if pair.standing in NOT_AS_RECORDED]
    yield _result("nothing is unexpected", not unexpected, "none", _names(unexpected))
    sure = counts.low >= rules.lower_bound
    yield _result("lower bound of parity", sure, f"{rules.lower_bound:.1%}", f"{counts.low:.1%}")
    decided = counts.decided / counts.total if counts.total else 0.0
    yield _unknown("coverage", decided >= rules.coverage, f"{rules.coverage:.1%}", f"{decided:.1%}")
    few = counts.indeterminate <= rules.indeterminate
    yield _unknown("indeterminate", few, f"at most {rules.indeterminate}", str(counts.indeterminate))
    hung = [pair.case.id for pair in run.pairs if _hangs(pair)]
    yield _result("zombies", len(hung) <= rules.zombies, f"at most {rules.zombies}", _names(hung))
    shown = sorted({name for pair in run.pairs for name in _record(pair).fingerprints} & set(rules.forbidden))
    yield _result("forbidden fingerprints", not shown, "none", ", ".join(shown) or "none")
    right = f"{run.controls.right}/{run.controls.total}"
    yield _result("controls", run.controls.right == run.controls.total > 0, "all right", right)
    yield _unknown("the recording is whole", not run.problems, "yes", "; ".join(run.problems) or "yes")


def _hangs(pair: Pair) -> bool:
    """A candidate that hangs where nothing has that on record."""
    return pair.candidate.verdict is LegVerdict.ZOMBIE and pair.standing not in AS_RECORDED


def _result(rule: str, good: bool, wanted: str, seen: str) -> RuleResult:
    return RuleResult(rule, Answer.OK if good else Answer.FAIL, wanted, seen)


def _unknown(rule: str, good: bool, wanted: str, seen: str) -> RuleResult:
    return RuleResult(rule, Answer.OK if good else Answer.UNKNOWN, wanted, seen)


def _names(cases: list[str]) -> str:
    return ", ".join(cases) or "none"


def _exit(run: RunVerdict, results: Iterable[RuleResult]) -> Exit:
    """In the order of the design: 5, 4, 1, 3, 0."""
    answers = {one.answer for one in results}
    if run.exit in (Exit.INVALID, Exit.ENVIRONMENT):
        return Exit(run.exit)
    if Answer.FAIL in answers:
        return Exit.DIVERGED
    return Exit.INDETERMINATE if Answer.UNKNOWN in answers else Exit.OK
