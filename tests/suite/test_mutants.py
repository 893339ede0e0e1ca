"""The mutators: each kind of change where it must be made, and where it must not."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import Any

import pytest
import yaml
from mutants import Kind, Mutant, mutants, share, unmutated

from harness.files.suite import load_suite
from harness.model.suite import Case, Terminal

CASES = load_suite().cases


def loaded(source: str) -> Any:
    return yaml.load(source, yaml.CSafeLoader)


def case(*workflow: dict[str, Any], expect: Terminal = Terminal.COMPLETED, **parts: Any) -> Case:
    source = yaml.safe_dump({**parts, "workflow": list(workflow)}, sort_keys=False)
    return Case("x/y", "parity/x/y", "playbooks/x/y.yaml", source, expect=expect)


def script(code: str) -> Case:
    return case({"step": "end", "tool": {"kind": "python", "code": textwrap.dedent(code)}})


def step(name: str, *arcs: dict[str, Any], mode: str = "exclusive", tool: Any = None, **parts: Any) -> dict[str, Any]:
    following = {"next": {"spec": {"mode": mode}, "arcs": list(arcs)}} if arcs else {}
    return {"step": name, "tool": tool or {"kind": "noop"}, **parts, **following}


def found(of: Case, kind: Kind) -> dict[str, Any]:
    """The mutants of a kind by name, each as the workflow that it has."""
    return {one.name: loaded(one.case.source)["workflow"] for one in mutants(of) if one.kind is kind}


def values(code: str) -> dict[str, str]:
    """Mutated scripts by name, without the mutant of `expect`."""
    changed = found(script(code), Kind.VALUE)
    return {name: workflow[0]["tool"]["code"] for name, workflow in changed.items() if not name.startswith("expect")}


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("assert n == 8, n", "assert n == 9, n"),
        ("assert n is True", "assert n is False"),
        ("assert n is None", "assert n is 0"),
        ("assert n == 2.5", "assert n == 3.5"),
        ("assert n == 1e300", "assert n == -1e+300"),
        ("assert n == 'sieben'", "assert n == 'sieben?'"),
        ("assert 'zero' in n", "assert 'zero?' in n"),
        ("assert n in (7, None)", "assert n in (8, None)"),
        ("assert n in (7, None)", "assert n in (7, 0)"),
        ("assert n.startswith('HTTP')", "assert n.startswith('HTTP?')"),
        ("assert 'ä' != n and n == 3", "assert 'ä' != n and n == 4"),
        (
            "def main(n):\n    want = {'a': 'é'}\n    assert n == want",
            "def main(n):\n    want = {'a': 'é?'}\n    assert n == want",
        ),
        ("assert n == dict.fromkeys('ab', 4)", "assert n == dict.fromkeys('ab', 5)"),
        ("one = {'n': 1}\nwant = [one, n]\nassert n == want", "one = {'n': 2}\nwant = [one, n]\nassert n == want"),
        ("assert n == '''a\nb'''", "assert n == 'a\\nb?'"),
    ],
)
def test_an_expected_value_is_changed_and_nothing_else(code: str, changed: str) -> None:
    assert changed in values(code).values()


@pytest.mark.parametrize(
    "code",
    [
        "result = {'n': 8}",
        "assert n, 'there is no 7'",
        "assert row['id'] == other['id']",
        "assert row == {'id': n}",
        "assert row == ' '.join(n)",
        "assert row.get('id', 5) == n",
        "want = [str(7), n]\nassert row == want",
        "other = 5\nassert n",
        "{% if x %}assert n == 8{% endif %}",
    ],
)
def test_what_is_no_expected_value_stays(code: str) -> None:
    assert values(code) == {}


def test_each_literal_is_a_mutant_of_its_own() -> None:
    assert list(values("assert n == [1, 2, 1]")) == [
        "end: 1 becomes 2",
        "end: 2 becomes 3",
        "end: 1 becomes 2 #2",
    ]


@pytest.mark.parametrize(
    ("expect", "other"),
    [
        (Terminal.COMPLETED, Terminal.FAILED),
        (Terminal.FAILED, Terminal.COMPLETED),
        (Terminal.REFUSED, Terminal.COMPLETED),
    ],
)
def test_the_expected_end_is_changed(expect: Terminal, other: Terminal) -> None:
    (mutant,) = (one for one in mutants(case(step("start"), expect=expect)) if one.name.startswith("expect"))
    assert mutant.case.expect is other
    assert mutant.case.source == unmutated(mutant.case).source


def test_the_arcs_of_a_step_that_is_gone_lead_to_its_successor() -> None:
    flow = case(
        step("start", {"step": "middle", "when": "{{ a }}"}, {"step": "end"}),
        step("middle", {"step": "middle"}, {"step": "end", "set": {"ctx.b": 1}}),
        step("end"),
    )
    start, end = found(flow, Kind.STEP)["middle: is gone"]
    assert start["next"]["arcs"] == [{"step": "end", "when": "{{ a }}"}, {"step": "end"}]
    assert end == step("end")


def test_the_arcs_to_a_last_step_are_gone_with_it() -> None:
    flow = case(step("start", {"step": "end"}), step("end"))
    assert found(flow, Kind.STEP)["end: is gone"] == [step("start")]


def test_the_first_step_stays_and_does_nothing() -> None:
    loop = {"in": "{{ things }}", "iterator": "thing"}
    flow = case(step("start", {"step": "end"}, tool={"kind": "shell"}, loop=loop, set={"ctx.a": 1}), step("end"))
    assert found(flow, Kind.STEP)["start: does nothing"][0] == step("start", {"step": "end"})


def test_a_guard_stays() -> None:
    guard = step("wrong", tool={"kind": "python", "code": "raise ValueError('came here')"})
    flow = case(step("start", {"step": "end", "when": "{{ a }}"}, {"step": "wrong"}), step("end"), guard)
    assert list(found(flow, Kind.STEP)) == ["start: does nothing", "end: is gone"]


def test_a_task_is_removed_where_another_one_stays() -> None:
    tasks = [{"name": "one", "kind": "noop"}, {"kind": "shell"}]
    flow = case(step("start", {"step": "end"}, tool=tasks), step("end", tool=[{"name": "only", "kind": "noop"}]))
    removed = found(flow, Kind.STEP)
    assert removed["start/one: is gone"][0]["tool"] == tasks[1:]
    assert removed["start/1: is gone"][0]["tool"] == tasks[:1]
    assert "end/only: is gone" not in removed


@pytest.mark.parametrize(
    ("directive", "other", "when_last"),
    [
        ("retry", "fail", "fail"),
        ("fail", "continue", "continue"),
        ("break", "continue", "continue"),
        ("jump", "continue", "continue"),
        ("continue", "break", "fail"),
    ],
)
def test_a_directive_is_turned_around(directive: str, other: str, when_last: str) -> None:
    def task(name: str, given: str) -> dict[str, Any]:
        return {"name": name, "kind": "noop", "spec": {"policy": {"rules": [{"then": {"do": given}}]}}}

    flow = case(step("start", tool=[task("one", directive), task("two", directive)]))
    flipped = found(flow, Kind.POLICY)
    first, second = flipped[f"start/one rule 1: {directive} becomes {other}"][0]["tool"]
    assert (first, second) == (task("one", other), task("two", directive))
    assert flipped[f"start/two rule 1: {directive} becomes {when_last}"][0]["tool"][1] == task("two", when_last)


@pytest.mark.parametrize("other", [{"then": {"do": "fail"}}, {"do": "fail"}])
def test_a_directive_behind_else_is_found(other: dict[str, Any]) -> None:
    tool = {"kind": "noop", "spec": {"policy": {"rules": [{"else": other}]}}}
    assert list(found(case(step("start", tool=tool)), Kind.POLICY)) == ["start rule 1: fail becomes continue"]


def test_conditions_are_negated() -> None:
    rules = [{"when": "{{ output.status == 'ok' }}", "then": {"do": "unheard-of"}}]
    flow = case(
        step(
            "start",
            {"step": "end", "when": " {{ a or b }}"},
            tool={"kind": "noop", "spec": {"policy": {"rules": rules}}},
        )
    )
    flipped = found(flow, Kind.POLICY)
    changed = flipped["start rule 1: when is negated"][0]["tool"]["spec"]["policy"]["rules"]
    assert changed[0]["when"] == "{{ ((output.status == 'ok') | string | lower) not in ('true', '1', 'yes') }}"
    assert flipped["start to end: when is negated"][0]["next"]["arcs"][0]["when"] == (
        "{{ ((a or b) | string | lower) in ('', 'false', '0', 'no', 'none', '[]', '{}') }}"
    )


@pytest.mark.parametrize("when", ["0 or so", "{{ a }} and {{ b }}", "", True])
def test_a_condition_that_is_not_one_template_stays(when: object) -> None:
    assert found(case(step("start", {"step": "end", "when": when})), Kind.POLICY) == {}


@pytest.mark.parametrize(("mode", "other"), [("exclusive", "inclusive"), ("inclusive", "exclusive")])
def test_the_arc_mode_is_turned_around_where_arcs_lead_to_several_steps(mode: str, other: str) -> None:
    to_one = ({"step": "b", "when": "{{ x }}"}, {"step": "b"})
    flow = case(step("start", {"step": "a"}, {"step": "b"}, mode=mode), step("a", *to_one, mode=mode), step("b"))
    flipped = found(flow, Kind.POLICY)
    assert flipped[f"start: arcs become {other}"][0]["next"]["spec"]["mode"] == other
    assert f"a: arcs become {other}" not in flipped


@pytest.mark.parametrize(
    ("spec", "other"),
    [
        ({"mode": "sequential"}, {"mode": "parallel", "max_in_flight": 8}),
        ({"mode": "parallel", "max_in_flight": 2}, {"mode": "sequential"}),
    ],
)
def test_the_loop_mode_is_turned_around(spec: dict[str, Any], other: dict[str, Any]) -> None:
    flow = case(step("start", loop={"in": "{{ things }}", "iterator": "thing", "spec": spec}))
    assert found(flow, Kind.POLICY)[f"start: loop becomes {other['mode']}"][0]["loop"]["spec"] == other


def test_tools_of_the_workbook_are_mutated() -> None:
    flow = case(step("start"), workbook=[{"name": "named", "tool": {"kind": "python", "code": "assert n == 1"}}])
    assert "named: 1 becomes 2" in [one.name for one in mutants(flow)]


def test_a_sub_playbook_is_mutated_where_it_stands_and_nothing_else() -> None:
    one, two = ((f"parity/x/{name}", script(f"assert n == {name!r}").source) for name in ("one", "two"))
    parent = unmutated(replace(script("assert n == 0"), requires=(one, two)))
    mutant = next(each for each in mutants(parent) if each.name == "parity/x/two: end: 'two' becomes 'two?'")
    assert mutant.kind is Kind.VALUE
    assert mutant.case == replace(parent, requires=(parent.requires[0], mutant.case.requires[1]))
    assert loaded(mutant.case.requires[1][1])["workflow"][0]["tool"]["code"] == "assert n == 'two?'"


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.id)
def test_mutants_of_a_case_differ_from_it_and_have_names_of_their_own(one: Case) -> None:
    plain = unmutated(one)
    assert loaded(plain.source) == loaded(one.source)
    every = mutants(one)
    cases = [mutant.case for mutant in every]
    assert len({mutant.name for mutant in every}) == len(every)
    assert all(
        (case.source, case.requires, case.expect) != (plain.source, plain.requires, plain.expect) for case in cases
    )
    assert len({(case.source, case.requires, case.expect) for case in cases}) == len(every)


@pytest.fixture(scope="module")
def every() -> list[Mutant]:
    return [mutant for one in CASES[::4] for mutant in mutants(one)]


def test_a_share_is_the_same_each_time_and_does_not_depend_on_other_cases(every: list[Mutant]) -> None:
    chosen = share(every, 10, seed=3)
    assert chosen == share(every, 10, seed=3)
    assert chosen != share(every, 10, seed=4)
    assert share(every[::2], 10, seed=3) == tuple(one for one in every[::2] if one in chosen)
    assert len(every) / 20 < len(chosen) < len(every) / 5


def test_a_share_of_one_is_everything(every: list[Mutant]) -> None:
    assert share(every, 1) == tuple(every)
