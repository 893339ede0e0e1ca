"""The reference against itself, what is on record as noise, and flaky entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from builders import PYTHON, TODAY, Lane, Step, candidate, reference, stranded, verdict
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.compare import differences
from harness.judge.noise_mask import Mask, hides_protected, is_protected, spot_of
from harness.judge.normalise import PROTECTED
from harness.judge.paths import pointer
from harness.model.errors import Exit
from harness.model.evidence import Effect, EffectKind, Evidence, LegEnd
from harness.model.expectation import Expectation, Flaky, Past
from harness.model.finding import Weight
from harness.model.json import canonical
from harness.model.lane import Side
from harness.model.noise import Kind, NoiseEntry, Spot
from harness.model.verdict import LegVerdict, Pair, PairVerdict, RunVerdict, Standing

AT_T = Spot("start", "/t", Kind.VALUE)
FINGERPRINT = "python data at /t has another value"


def step(**data: Any) -> Step:
    return Step("start", data)


def again(*steps: Step, **changes: Any) -> Evidence:
    """The reference's second leg."""
    return replace(reference(*steps, **changes), turn=2)


def hanging() -> Evidence:
    """A leg of the reference that nobody works on any more."""
    lane = Lane(Side.REFERENCE, PYTHON)
    lane.begin()
    lane.run(Step("start", stop="command.started"))
    return lane.evidence(end=LegEnd.STUCK, log=(lane.log("start", "Command execution failed error=x"),))


def judged(first: Evidence, second: Evidence | None, other: Evidence, **options: Any) -> RunVerdict:
    legs = [leg for leg in (first, second, other) if leg is not None]
    return verdict(*legs, **options)


def of_noise(pair: Pair) -> list[tuple[str, bool, bool]]:
    return [(one.spot.at, one.again, one.differs) for one in pair.noise]


def on_record(spot: Spot = AT_T, days: int = 10) -> NoiseEntry:
    return NoiseEntry("example", PYTHON.id, spot, 2, 3, TODAY, TODAY, TODAY + timedelta(days=days))


def flaky(fingerprint: str = FINGERPRINT) -> Expectation:
    """May show in a tenth to a half of 4 runs."""
    return Expectation(
        "example", fingerprint, "rust", "", "random", "spec", "me", TODAY, "e.yaml", flaky=Flaky(0.1, 0.5, 4)
    )


# A/A/B


def test_three_legs_that_agree_are_a_pass_without_noise() -> None:
    run = judged(reference(step(t=1)), again(step(t=1)), candidate(step(t=1)))
    assert (run.pairs[0].verdict, run.exit) == (PairVerdict.SAME_PASS, Exit.OK)
    assert (run.pairs[0].noise, run.counts.noise) == ((), 0)


def test_a_difference_where_the_reference_differs_from_itself_is_noise() -> None:
    run = judged(reference(step(t=1, v=1)), again(step(t=2, v=1)), candidate(step(t=3, v=1)))
    one = run.pairs[0]
    assert (one.verdict, one.standing, run.exit) == (PairVerdict.NOISE, Standing.UNDECIDED, Exit.INDETERMINATE)
    assert of_noise(one) == [("/t", True, True)]
    assert (run.counts.noise, run.counts.same, run.counts.decided, run.causes) == (1, 0, 0, ())


def test_the_same_difference_without_a_second_leg_diverges() -> None:
    run = judged(reference(step(t=1)), None, candidate(step(t=3)))
    assert (run.pairs[0].verdict, run.exit) == (PairVerdict.DIVERGED, Exit.DIVERGED)


def test_a_candidate_that_agrees_by_chance_is_no_pass() -> None:
    run = judged(reference(step(t=1)), again(step(t=2)), candidate(step(t=1)))
    assert run.pairs[0].verdict is PairVerdict.NOISE
    assert of_noise(run.pairs[0]) == [("/t", True, False)]


def test_a_difference_outside_the_noise_diverges() -> None:
    run = judged(reference(step(t=1, v=1)), again(step(t=2, v=1)), candidate(step(t=3, v=2)))
    one = run.pairs[0]
    assert (one.verdict, one.standing, run.exit) == (PairVerdict.DIVERGED, Standing.UNEXPECTED, Exit.DIVERGED)
    assert [cause.fingerprint for cause in run.causes] == ["python data at /v has another value"]
    assert of_noise(one) == [("/t", True, True)]


@pytest.mark.parametrize(
    ("first", "second", "other"),
    [
        ({"t": 1}, {"t": 2}, {}),
        ({"t": 1}, {"t": 2}, {"t": "x"}),
        ({"t": [1]}, {"t": [2]}, {"t": [1, 2]}),
        ({"t": {"a": 1}}, {"t": {"a": 2}}, {"t": {"a": 1, "b": 1}}),
        ({"v": 1, "t": 1}, {"v": 1}, {"v": 1, "t": 2}),
    ],
    ids=["a key that is not there", "another type", "another length", "a key more", "a value of a key that comes"],
)
def test_noise_covers_no_difference_of_another_kind(first: Any, second: Any, other: Any) -> None:
    legs = reference(Step("start", first)), again(Step("start", second)), candidate(Step("start", other))
    assert judged(*legs).pairs[0].verdict is PairVerdict.DIVERGED


def test_noise_at_a_call_covers_no_other_call() -> None:
    sides = [(1, 1), (2, 1), (3, 3)]
    makers = (reference, again, candidate)
    legs = [make(step(t=t), Step("more", {"t": u})) for make, (t, u) in zip(makers, sides, strict=True)]
    assert judged(*legs).pairs[0].verdict is PairVerdict.DIVERGED


# what is protected

PROTECTED_CHANGES = {
    "status": (step(status="a"), step(status="b")),
    "below a status": (step(state={"x": 1}), step(state={"x": 2})),
    "an error class": (Step("start", error="ValueError: x"), Step("start", error="KeyError: 'x'")),
    "an SQLSTATE": (
        Step("start", kind="postgres", error='relation "x" does not exist (SQLSTATE 42P01)'),
        Step("start", kind="postgres", error="division by zero (SQLSTATE 22012)"),
    ),
    "the whole result": (Step("start", {"a": 1}), Step("start", {"b": 1})),
}


@pytest.mark.parametrize("name", PROTECTED_CHANGES)
@pytest.mark.parametrize("like", [0, 1], ids=["as the first leg", "as the second leg"])
def test_a_reference_that_is_unstable_in_what_is_protected_decides_nothing(name: str, like: int) -> None:
    ways = PROTECTED_CHANGES[name]
    end = "failed" if ways[0].error else "completed"
    makers = zip((reference, again, candidate), (*ways, ways[like]), strict=True)
    legs = [make(way, terminal=end) for make, way in makers]
    run = judged(*legs, expect=None)
    one = run.pairs[0]
    assert (one.verdict, run.exit, run.causes) == (PairVerdict.NOISE, Exit.INDETERMINATE, ())
    assert any(found.weight is Weight.UNSTABLE and found.evidence for found in one.findings)


@pytest.mark.parametrize("name", PROTECTED_CHANGES)
def test_a_candidate_that_differs_from_a_stable_reference_there_diverges(name: str) -> None:
    first, other = PROTECTED_CHANGES[name]
    end = "failed" if first.error else "completed"
    legs = reference(first, terminal=end), again(first, terminal=end), candidate(other, terminal=end)
    assert judged(*legs, expect=None).pairs[0].verdict is PairVerdict.DIVERGED


@pytest.mark.parametrize("ends", [("completed", "failed", "failed"), ("failed", "completed", "failed")])
def test_a_reference_that_ends_now_so_now_so_decides_nothing(ends: tuple[str, str, str]) -> None:
    makers = zip((reference, again, candidate), ends, strict=True)
    run = judged(*(make(step(t=1), terminal=end) for make, end in makers))
    assert (run.pairs[0].verdict, run.exit, run.causes) == (PairVerdict.NOISE, Exit.INDETERMINATE, ())


def test_a_call_that_only_one_leg_of_the_reference_has_decides_nothing() -> None:
    run = judged(reference(step(t=1), Step("more")), again(step(t=1)), candidate(step(t=1)))
    assert run.pairs[0].verdict is PairVerdict.NOISE


@pytest.mark.parametrize("same", [True, False])
def test_a_second_leg_that_is_not_whole_decides_nothing(same: bool) -> None:
    first, other = reference(step(t=1)), candidate(step(t=1 if same else 2))
    hung = replace(hanging(), turn=2)
    lost = again(step(t=1), end=LegEnd.LOST, complete=False)
    stolen = again(Step("start", {"t": 1}, worker="somebody-else"))
    partly = again(step(t=1), complete=False, problem="the log could not be read")
    for second in (hung, lost, stolen, partly):
        one = judged(first, second, other).pairs[0]
        assert (one.verdict, one.standing) == (PairVerdict.INDETERMINATE, Standing.UNDECIDED), second.end


def test_a_reference_that_hangs_both_times_does_not_differ_from_itself() -> None:
    one = judged(hanging(), replace(hanging(), turn=2), stranded("start", "x", kind="python"), expect=None).pairs[0]
    assert (one.reference.verdict, one.verdict) == (LegVerdict.ZOMBIE, PairVerdict.SAME_FAIL)


# what is on record


def test_noise_on_record_masks_without_a_second_leg() -> None:
    run = judged(reference(step(t=1)), None, candidate(step(t=3)), noise=[on_record()])
    one = run.pairs[0]
    assert (one.verdict, run.exit) == (PairVerdict.NOISE, Exit.INDETERMINATE)
    assert [(noise.again, noise.differs, noise.entry) for noise in one.noise] == [(False, True, on_record())]


def test_noise_on_record_that_does_not_show_is_a_pass_and_is_told() -> None:
    one = judged(reference(step(t=1)), None, candidate(step(t=1)), noise=[on_record()]).pairs[0]
    assert (one.verdict, of_noise(one)) == (PairVerdict.SAME_PASS, [("/t", False, False)])


@pytest.mark.parametrize(
    "entry",
    [
        on_record(days=-1),
        replace(on_record(), case_id="another"),
        replace(on_record(), pool="python@4.11.0"),
        on_record(Spot("more", "/t", Kind.VALUE)),
        on_record(Spot("start", "/tt", Kind.VALUE)),
    ],
)
def test_noise_that_is_expired_or_of_something_else_masks_nothing(entry: NoiseEntry) -> None:
    one = judged(reference(step(t=1)), None, candidate(step(t=3)), noise=[entry]).pairs[0]
    assert one.verdict is PairVerdict.DIVERGED
    assert one.lapsed == ((entry,) if entry.expires < TODAY else ())


# laws of the mask

KEYS = st.sampled_from(["a", "b", "rows", *sorted(PROTECTED)])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("xy", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
DATA = st.dictionaries(KEYS, VALUES, max_size=4)


def protected_parts(value: Any, path: Sequence[str | int] = ()) -> list[tuple[Any, Any]]:
    """Every protected name with its place and what it holds."""
    match value:
        case dict():
            own = [((*path, key), part) for key, part in value.items() if key in PROTECTED]
            return own + [one for key, part in value.items() for one in protected_parts(part, (*path, key))]
        case list():
            return [one for at, part in enumerate(value) for one in protected_parts(part, (*path, at))]
        case _:
            return []


def in_any_order(parts: list[tuple[Any, Any]]) -> list[str]:
    """The parts as texts: the order of an object's keys says nothing."""
    return sorted(f"{pointer(*path)} {canonical(part)}" for path, part in parts)


@given(DATA, DATA)
def test_no_mask_covers_what_is_protected(one: Any, other: Any) -> None:
    found = list(differences(one, other))
    everything = Mask(everything=True)
    left = [each for each in found if not everything.covers("start", each)]
    assert all(map(is_protected, left))
    if in_any_order(protected_parts(one)) != in_any_order(protected_parts(other)):
        assert left


@given(DATA, DATA, DATA)
def test_what_is_learned_covers_what_it_was_learned_from_and_never_more_than_everything(
    one: Any, other: Any, third: Any
) -> None:
    everything = Mask(everything=True)
    noise = [each for each in differences(one, other) if everything.covers("start", each)]
    mask = Mask(frozenset(spot_of("start", each) for each in noise))
    assert all(mask.covers("start", each) for each in noise)
    assert not any(hides_protected(spot) for spot in mask.spots)
    for each in differences(one, third):
        assert not mask.covers("start", each) or everything.covers("start", each)
        assert not mask.covers("elsewhere", each)


@given(DATA)
def test_a_reference_that_equals_itself_has_no_noise(data: Any) -> None:
    run = judged(reference(Step("start", data)), again(Step("start", data)), candidate(Step("start", data)))
    assert run.pairs[0].noise == ()
    assert run.pairs[0].verdict is not PairVerdict.NOISE


@given(DATA, DATA)
def test_masking_twice_is_masking_once(one: Any, other: Any) -> None:
    mask = Mask(frozenset(spot_of("start", each) for each in differences(one, other) if not is_protected(each)))
    left = [each for each in differences(one, other) if not mask.covers("start", each)]
    assert [each for each in left if not mask.covers("start", each)] == left


# flaky entries


def rated(legs: Sequence[Evidence | None], shown: int, runs: int, **options: Any) -> RunVerdict:
    past = [Past("example", FINGERPRINT, shown, runs)]
    return judged(*legs, expectations=[flaky()], past=past, **options)  # type: ignore[arg-type]


DIFFERS = (reference(step(t=1)), None, candidate(step(t=2)))
AGREES = (reference(step(t=1)), None, candidate(step(t=1)))


@pytest.mark.parametrize(
    ("legs", "shown", "runs", "standing"),
    [
        (DIFFERS, 1, 3, Standing.FLAKY_WITHIN_BOUNDS),
        (DIFFERS, 2, 3, Standing.FLAKY_OUT_OF_BOUNDS),
        (AGREES, 1, 3, Standing.FLAKY_WITHIN_BOUNDS),
        (AGREES, 0, 3, Standing.FLAKY_OUT_OF_BOUNDS),
        (AGREES, 3, 3, Standing.FLAKY_OUT_OF_BOUNDS),
        (AGREES, 0, 2, Standing.FLAKY_WITHIN_BOUNDS),
        (DIFFERS, 2, 2, Standing.FLAKY_WITHIN_BOUNDS),
    ],
    ids=["in bounds", "too often", "not this time", "never", "too often, not this time", "too few to say", "few, all"],
)
def test_a_rate_is_held_against_both_bounds(
    legs: Sequence[Evidence | None], shown: int, runs: int, standing: Standing
) -> None:
    run = rated(legs, shown, runs)
    within = standing is Standing.FLAKY_WITHIN_BOUNDS
    assert (run.pairs[0].standing, run.exit) == (standing, Exit.OK if within else Exit.DIVERGED)
    assert [(one.shown, one.runs) for one in run.pairs[0].rates] == [(shown + (legs is DIFFERS), runs + 1)]
    assert (run.counts.same, run.counts.known) == (0, int(within))


def test_a_flaky_entry_excuses_nothing_else() -> None:
    run = rated((reference(step(t=1, v=1)), None, candidate(step(t=2, v=2))), 1, 3)
    assert (run.pairs[0].standing, run.exit) == (Standing.UNEXPECTED, Exit.DIVERGED)


def test_noise_that_a_flaky_entry_has_on_record_is_decided() -> None:
    legs = reference(step(t=1)), again(step(t=2)), candidate(step(t=3))
    run = rated(legs, 1, 3)
    one = run.pairs[0]
    assert (one.verdict, one.standing, one.decided) == (PairVerdict.NOISE, Standing.FLAKY_WITHIN_BOUNDS, True)
    assert (run.exit, run.counts.noise, run.counts.decided, run.counts.same) == (Exit.OK, 0, 1, 0)


def test_noise_beside_what_a_flaky_entry_has_on_record_is_not_decided() -> None:
    legs = reference(step(t=1, u=1)), again(step(t=2, u=2)), candidate(step(t=3, u=3))
    assert (rated(legs, 1, 3).pairs[0].standing, rated(legs, 1, 3).exit) == (Standing.UNDECIDED, Exit.INDETERMINATE)


def test_noise_is_not_decided_by_an_entry_that_is_not_flaky() -> None:
    legs = reference(step(t=1)), again(step(t=2)), candidate(step(t=3))
    run = judged(*legs, expectations=[replace(flaky(), flaky=None)])
    assert run.pairs[0].standing is Standing.UNDECIDED


def test_a_flaky_entry_does_not_make_a_leg_without_an_end_decided() -> None:
    slow = candidate(Step("start", stop="command.started"), terminal=None, end=LegEnd.TIMEOUT)
    one = rated((reference(step(t=1)), again(step(t=2)), slow), 1, 3).pairs[0]
    assert (one.verdict, one.standing) == (PairVerdict.INDETERMINATE, Standing.UNDECIDED)


# stale entries


def test_an_entry_that_did_not_show_beside_one_that_did_is_stale() -> None:
    entries = [replace(flaky(), flaky=None), replace(flaky("python data has /w"), flaky=None)]
    run = judged(*DIFFERS, expectations=entries)
    assert (run.pairs[0].standing, run.exit) == (Standing.STALE, Exit.DIVERGED)
    assert [one.fingerprint for one in run.pairs[0].unmet] == ["python data has /w"]


def test_an_entry_is_not_stale_where_its_case_was_not_decided() -> None:
    entry = replace(flaky(), flaky=None)
    run = judged(reference(step(t=1)), None, candidate(step(t=1), complete=False), expectations=[entry])
    assert (run.pairs[0].standing, run.pairs[0].unmet) == (Standing.UNDECIDED, ())


# side effects

QUERY = "SELECT id, drawn FROM t_draws ORDER BY id"


def leaving(leg: Evidence, *rows: dict[str, Any]) -> Evidence:
    return replace(leg, effects=(Effect(EffectKind.TABLE, leg.execution_id or 0, QUERY, rows),))


@pytest.mark.parametrize(
    ("drawn", "found"),
    [
        ((1, 1, 1), PairVerdict.SAME_PASS),
        ((1, 2, 3), PairVerdict.NOISE),
        ((1, 2, 1), PairVerdict.NOISE),
        ((1, 1, 3), PairVerdict.DIVERGED),
    ],
)
def test_a_column_that_differs_between_the_reference_s_legs_is_noise(
    drawn: tuple[int, int, int], found: PairVerdict
) -> None:
    makers = zip((reference, again, candidate), drawn, strict=True)
    legs = [leaving(make(step(t=1)), {"id": 1, "drawn": one}) for make, one in makers]
    one = judged(*legs, tables=[QUERY]).pairs[0]
    assert one.verdict is found
    assert [noise.spot for noise in one.noise] == (
        [Spot("rows of t_draws", "/0/drawn", Kind.VALUE)] if found is PairVerdict.NOISE else []
    )


def test_a_row_that_comes_and_goes_decides_nothing() -> None:
    first, second = {"id": 1, "drawn": 1}, {"id": 2, "drawn": 1}
    legs = [reference(step(t=1)), again(step(t=1)), candidate(step(t=1))]
    rows = [(first,), (first, second), (first,)]
    one = judged(*(leaving(leg, *own) for leg, own in zip(legs, rows, strict=True)), tables=[QUERY]).pairs[0]
    assert (one.verdict, one.standing) == (PairVerdict.NOISE, Standing.UNDECIDED)


def test_a_row_beside_the_noise_diverges() -> None:
    legs = [reference(step(t=1)), again(step(t=1)), candidate(step(t=1))]
    rows = [[{"id": 1, "drawn": 1}], [{"id": 1, "drawn": 2}], [{"id": 1, "drawn": 3}, {"id": 2, "drawn": 1}]]
    one = judged(*(leaving(leg, *own) for leg, own in zip(legs, rows, strict=True)), tables=[QUERY]).pairs[0]
    assert one.verdict is PairVerdict.DIVERGED
