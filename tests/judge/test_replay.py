"""Commands run again by the reference implementations, from their records alone."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from builders import Step, reference

from harness.judge.checkers.base import LegContext
from harness.judge.replay import issued, renders, returned_input, sequence_result, templates
from harness.model.envelope import Call, CallKey, Envelope, OutcomeClass

KEY = CallKey("suite/example", "seq", -1, 1)
READS = [{"else": {"then": {"do": "continue", "set": {"ctx.n": "{{ output.data.v }}"}}}}]


def recorded(config: Any, data: Any = None, **values: Any) -> tuple[LegContext, Call]:
    """A leg of one command that was issued with this configuration, and its call that ended with this data."""
    leg = reference(Step("seq", {}, "task_sequence", tool_config=config, values=values))
    event = next(one for one in leg.events if one.event_type == "command.issued")
    envelope = Envelope(KEY, "task_sequence", OutcomeClass.OK, data)
    call = Call(KEY, event.command_id or 0, event.execution_id, "task_sequence", (), (), envelope, event.event_id)
    return cast(LegContext, SimpleNamespace(evidence=leg)), call


def tasks(*kinds: str) -> dict[str, Any]:
    named = [
        {"name": f"t{number}", "kind": kind, "spec": {"policy": {"rules": READS}}} for number, kind in enumerate(kinds)
    ]
    return {"tasks": named}


def test_recorded_outcomes_are_given_to_the_tasks_that_had_them() -> None:
    result = sequence_result(*recorded(tasks("http", "shell"), {"results": {"t0": {"v": 1}, "t1": {"v": 2}}}))
    assert result is not None
    assert (result["status"], result["_prev"], result["ctx"]) == ("ok", {"v": 2}, {"n": "2"})
    assert result["metrics"]["duration_ms"] == 0


def test_a_noop_has_its_own_outcome_and_templates_see_what_was_recorded() -> None:
    rules = [{"else": {"then": {"do": "continue", "set": {"ctx.n": "{{ a.b }}"}}}}]
    config = {"tasks": [{"name": "one", "kind": "noop", "spec": {"policy": {"rules": rules}}}]}
    result = sequence_result(*recorded(config, a={"b": 7}))
    assert result is not None
    assert (result["_prev"], result["ctx"]) == ({"status": "noop", "step": "seq"}, {"n": "7"})


@pytest.mark.parametrize(
    ("template", "rendered"), [("{{ a.x }}", True), ("{{ a", False), ("{{ a.b.c() }}", False), ("7", False)]
)
def test_whether_every_template_renders(template: str, rendered: bool) -> None:
    assert renders(*recorded({"url": template}, a={"x": 1})) is rendered
    assert renders(*recorded({"url": template, "params": ["{{ b.c() }}"]}, a=1)) is False


@pytest.mark.parametrize("data", [None, [1], {}, {"results": {"t0": {"v": 1}}}, {"results": 1}])
def test_without_all_outcomes_nothing_is_known(data: Any) -> None:
    assert sequence_result(*recorded(tasks("http", "shell"), data)) is None


def test_an_outcome_is_given_once() -> None:
    again = tasks("http", "http")
    again["tasks"][1]["name"] = "t0"
    assert sequence_result(*recorded(again, {"results": {"t0": {"v": 1}}})) is None


@pytest.mark.parametrize("attempts", [1000, 1001])
def test_a_thousand_calls_are_made_and_no_more(attempts: int) -> None:
    rules = [
        {"when": f"{{{{ _attempt < {attempts} }}}}", "then": {"do": "retry", "attempts": 5000}},
        {"else": {"then": {"do": "continue"}}},
    ]
    config = {"tasks": [{"name": "one", "kind": "noop", "spec": {"policy": {"rules": rules}}}]}
    assert (sequence_result(*recorded(config)) is not None) is (attempts == 1000)


@pytest.mark.parametrize("config", [{}, {"tasks": []}, {"tasks": "t0"}, {"tasks": [7]}, {"tasks": [{"name": "x"}]}])
def test_what_is_no_sequence_is_not_run(config: Any) -> None:
    assert sequence_result(*recorded(config)) is None


def test_a_command_whose_issue_is_lost_has_no_record() -> None:
    leg, call = recorded(tasks("noop"))
    assert issued(leg, call)
    assert issued(leg, replace(call, issued_event=0)) == {}
    assert sequence_result(leg, replace(call, issued_event=0)) is None
    claimed = next(one for one in leg.evidence.events if one.event_type == "command.claimed")
    assert issued(leg, replace(call, issued_event=claimed.event_id)) == {}


def test_every_template_of_a_configuration_is_found() -> None:
    value = {"a": "{{ x }}", "b": ["plain", {"c": "{% if y %}"}], "d": 1, "e": None}
    assert list(templates(value)) == ["{{ x }}", "{% if y %}"]


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ a }}", {"b": 7}),
        (" {{a}} ", {"b": 7}),
        ("{{ c }}", 7),
        (" {{c}} ", 7),
        ("{{ a.b }}", "7"),
        ("{{ a }}!", "{'b': 7}!"),
        ("{% if a %}yes{% endif %}", "yes"),
    ],
)
def test_an_input_that_is_returned_is_what_its_template_renders_to(template: str, value: Any) -> None:
    config = {"code": "def main(n):\n    return {'n': n}", "input": {"n": template}}
    assert returned_input(*recorded(config, a={"b": 7}, c=7), "n") == (template, value)
    assert returned_input(*recorded(config, a={"b": 7}), "m") is None


def test_the_command_s_input_goes_before_the_tool_s_and_that_before_its_arguments() -> None:
    config = {"code": "result = {'n': n}", "args": {"n": "{{ 1 }}"}}
    assert returned_input(*recorded(config), "n") == ("{{ 1 }}", "1")
    leg, call = recorded({**config, "input": {"n": "{{ 2 }}"}})
    assert returned_input(leg, call, "n") == ("{{ 2 }}", "2")
    events = tuple(
        replace(one, context={**one.context, "input": {"n": "{{ 3 }}"}}) if one.event_id == call.issued_event else one
        for one in leg.evidence.events
    )
    later = cast(LegContext, SimpleNamespace(evidence=replace(leg.evidence, events=events)))
    assert returned_input(later, call, "n") == ("{{ 3 }}", "3")


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("result = {'n': n}", True),
        ("def main(n):\n    return {'n': n, 'm': n + 1, **n}", True),
        ("def main(n):\n    return {'n': n + 1}", False),
        ("def main(n):\n    n = 1\n    return {'n': n}", False),
        ("def other(n):\n    return {'n': n}", False),
        ("@x\ndef main(n):\n    return {'n': n}", False),
        ("output = {'n': n}", False),
        ("result = {'n': n}\nresult = {'n': 1}", False),
        ("result = [n]", False),
        ("def main(:", False),
        ("\x00", False),
        ("", False),
    ],
)
def test_only_a_script_that_does_nothing_else_is_read(code: str, known: bool) -> None:
    assert (returned_input(*recorded({"code": code, "args": {"n": "{{ 1 }}"}}), "n") is not None) is known


@pytest.mark.parametrize("values", [{"a": "***secret-0a***"}, {"a": {"b": "***0a***"}}])
def test_what_holds_a_secret_is_not_computed(values: Any) -> None:
    config = {"code": "result = {'n': n}", "args": {"n": "{{ a }}"}}
    assert returned_input(*recorded(config, **values), "n") is None
    assert sequence_result(*recorded(tasks("noop"), **values)) is None
