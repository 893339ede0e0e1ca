"""The program that runs mutants: what it calls caught, what it lists, and that it is not fooled."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from bench import Caught, rounds
from mutants import Kind, Mutant, mutants, share
from mutate import Answer, answers, load_survivors, refuse_stale, table

from harness.files.suite import load_suite, select
from harness.model.errors import Exit, HarnessError
from harness.model.suite import Case, Suite

SUITE: Suite = load_suite()
SAMPLE = ("python/hello", "arcs/exclusive", "control_flow/weather", "sequence/retry", "postgres/error_22012")
HELLO: Case = select(SUITE, ["python/hello"])[0]
GONE = next(one for one in mutants(HELLO) if one.name == "end: is gone")


def mutants_of(*selectors: str) -> list[Mutant]:
    return [one for case in select(SUITE, selectors) for one in mutants(case)]


@pytest.mark.embedded
async def test_a_sample_of_mutants_is_caught_and_a_case_that_stays_the_same_is_not() -> None:
    same = Mutant(Kind.STEP, "nothing is gone", replace(HELLO, source=f"# {HELLO.source}"))
    called = [one for one in mutants_of("composition/awaited") if one.name.startswith("parity/")]
    of_rust = next(one for one in mutants_of("credentials/http_no_secret") if "Bearer" in one.name)
    chosen = [*share(mutants_of(*SAMPLE), 2), *called, of_rust, same]
    listed = load_survivors(SUITE)
    given = await answers(SUITE, chosen, listed, jobs=4, listener=lambda event: None)
    caught = {one.mutant.id: one.caught for one in given}
    assert [name for name, by in caught.items() if by is Caught.MISSED] == [same.id]
    assert {Caught.BY_ITSELF, Caught.BY_COMPARISON} <= set(caught.values())
    assert [name for name, by in caught.items() if by is Caught.BY_CANDIDATE] == [of_rust.id]
    assert called
    assert {one.mutant.kind for one in given} == set(Kind)


@pytest.mark.embedded
async def test_nothing_is_said_of_mutants_of_a_case_that_does_not_pass() -> None:
    broken = replace(HELLO, source=HELLO.source.replace('"Hello, pool"', '"Bye, pool"'))
    suite = replace(SUITE, cases=(broken,))
    with pytest.raises(
        HarnessError, match="python/hello diverged: reference ended failed, expected completed"
    ) as refused:
        await answers(suite, [replace(GONE, case=broken)], (), jobs=4, listener=lambda event: None)
    assert refused.value.exit is Exit.INVALID


def leg(name: str, source: str = "", **required: str) -> Mutant:
    return Mutant(Kind.STEP, name, Case("x/y", "parity/y", "y.yaml", source, requires=tuple(required.items())))


def together(*chosen: Mutant) -> set[frozenset[str]]:
    return {frozenset(one.id.removeprefix("x/y: ") for one in some) for some in rounds(chosen)}


def test_mutants_that_call_the_same_run_side_by_side() -> None:
    assert together(leg("a", "1", child="same"), leg("b", "2", child="same"), leg("c")) == {frozenset("abc")}


def test_mutants_of_what_is_called_run_one_after_the_other() -> None:
    one, two = leg("a", child="1"), leg("b", child="2")
    assert together(one, two) == {frozenset("a"), frozenset("b")}
    assert len(together(one, two, leg("c", child="1"))) == 2


def test_a_mutant_of_a_case_that_others_call_is_not_what_they_call() -> None:
    caller, itself = leg("a", "1", **{"parity/y": "2"}), leg("b", "3")
    assert together(caller, itself) == {frozenset("a"), frozenset("b")}


def test_every_survivor_that_is_listed_exists() -> None:
    load_survivors(SUITE)


def survivors(tmp_path: Path, case: str, *names: str) -> Path:
    file = tmp_path / "survivors.yaml"
    file.write_text(f"survivors:\n  - because: nothing changes\n    mutants:\n      {case}: {json.dumps(names)}\n")
    return file


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (("python/hullo", GONE.name), r"4:\d+: the suite has no case python/hullo"),
        ((HELLO.id, "end: is going"), "python/hello has no mutant 'end: is going'"),
        ((HELLO.id, GONE.name, GONE.name), "'end: is gone' of python/hello stands twice"),
    ],
)
def test_an_entry_that_matches_nothing_is_an_error(tmp_path: Path, entries: tuple[str, ...], told: str) -> None:
    with pytest.raises(HarnessError, match=told):
        load_survivors(SUITE, survivors(tmp_path, *entries))


@pytest.mark.parametrize("caught", [Caught.BY_ITSELF, Caught.BY_COMPARISON])
def test_an_entry_whose_mutant_is_caught_is_an_error(tmp_path: Path, caught: Caught) -> None:
    listed = load_survivors(SUITE, survivors(tmp_path, HELLO.id, GONE.name))
    refuse_stale([Answer(GONE, Caught.LISTED)], listed)
    refuse_stale([], listed)
    with pytest.raises(HarnessError, match=r"4:\d+: 'end: is gone' of python/hello is caught"):
        refuse_stale([Answer(GONE, caught)], listed)
    refuse_stale([Answer(GONE, caught)], [replace(one, by_chance=True) for one in listed])


def test_the_table_counts_each_kind_and_names_what_was_missed() -> None:
    value = replace(GONE, kind=Kind.VALUE, name="end: 1 becomes 2")
    given = [Answer(GONE, Caught.MISSED), Answer(GONE, Caught.BY_COMPARISON), Answer(value, Caught.BY_ITSELF)]
    rows = [line.split() for line in table(given).splitlines()]
    assert rows[1] == ["value", "1", "1", "0", "0", "0", "0", "0"]
    assert rows[2] == ["step", "2", "0", "1", "0", "0", "0", "1"]
    assert rows[3] == ["policy", "0", "0", "0", "0", "0", "0", "0"]
    assert rows[4] == ["all", "kinds", "3", "1", "1", "0", "0", "0", "1"]
    assert rows[5:] == [["missed", "python/hello:", "end:", "is", "gone"]]
