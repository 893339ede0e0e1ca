"""Which rule decides (spec: noetl-python 2.6)."""

from __future__ import annotations

from typing import Any

import pytest

from harness.reference.task_sequence.rules import Directive, decide

CONTEXT: dict[str, Any] = {"output": {"status": "ok", "data": {"n": 5}}}
BREAK = {"do": "break"}


@pytest.mark.parametrize(
    "when",
    [
        True,
        "true",
        "TRUE",
        "yes",
        "1",
        "{{ true }}",
        "{{ 1 }}",
        "{{ 'Yes' }}",
        "{{ output.data.n == 5 }}",
        "{% if 1 %}yes{% endif %}",
    ],
)
def test_a_condition_that_holds(when: Any) -> None:
    assert decide([{"when": when, "then": BREAK}], CONTEXT, failed=False).do == "break"


@pytest.mark.parametrize(
    "when",
    [
        False,
        "",
        "on",
        "{{ 5 }}",
        "{{ 'x' }}",
        "{{ [1] }}",
        "{{ {'a': 1} }}",
        "{{ output.data }}",
        "{{ missing }}",
        "{{ missing.deeper }}",
        "{{ 1 / 0 }}",
        "{{ true }} ",
        1,
        1.0,
        ["true"],
        {"a": 1},
    ],
)
def test_a_condition_that_does_not(when: Any) -> None:
    assert decide([{"when": when, "then": BREAK}], CONTEXT, failed=False).do == "continue"


@pytest.mark.parametrize(
    "rules",
    [
        [],
        None,
        "text",
        {"when": True, "then": BREAK},
        [None, "x", 5],
        [{}],
        [{"set": {"ctx.a": 1}}],
        [{"when": None}],
        [{"when": False, "then": BREAK}],
        [{"when": False, "then": "not looked at"}],
        [{"else": {"do": "break", "set": {"ctx.a": 1}}}],
        [{"else": None}],
        [{"else": {"do": "break"}, "when": True, "then": BREAK}],
    ],
)
def test_where_no_rule_matches_the_outcome_decides(rules: Any) -> None:
    assert decide(rules, CONTEXT, failed=False) == Directive("continue")
    assert decide(rules, CONTEXT, failed=True) == Directive("fail")


@pytest.mark.parametrize(
    ("rules", "to"),
    [
        ([{"when": True, "then": {"do": "jump", "to": "a"}}, {"then": {"do": "jump", "to": "b"}}], "a"),
        ([{"when": False, "then": {"do": "jump", "to": "a"}}, {"then": {"do": "jump", "to": "b"}}], "b"),
        ([{"else": {"then": {"do": "jump", "to": "a"}}}, {"when": True, "then": {"do": "jump", "to": "b"}}], "a"),
        ([{"else": {"do": "jump", "to": "a"}}, {"when": True, "then": {"do": "jump", "to": "b"}}], "b"),
        ([{"then": {"do": "jump", "to": "a"}}, {"expr": "never seen"}], "a"),
    ],
)
def test_the_first_rule_that_matches_decides(rules: Any, to: str) -> None:
    assert decide(rules, CONTEXT, failed=True).to == to


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            {"expr": "{{ true }}", "then": BREAK},
            "Policy rule uses 'expr' which is not allowed in v10. Use 'when' as the ONLY conditional keyword.",
        ),
        ({"when": True}, "Policy rule with 'when' must have 'then' block in v10. Rule: {'when': True}"),
        ({"when": True, "then": None}, "Policy rule 'then' must be an object in v10"),
        ({"then": "continue"}, "Policy rule 'then' must be an object in v10"),
        ({"else": {"then": ["x"]}}, "Policy rule 'then' must be an object in v10"),
        ({"then": {"to": "a"}}, "Policy rule 'then' must have 'do' field in v10. Got: {'to': 'a'}"),
        (
            {"then": {"set_vars": {}}},
            "Policy rule uses 'set_vars' which is not allowed in v10. Use 'set' for scoped variable mutations.",
        ),
    ],
)
def test_refused_rules(rule: Any, message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole text is compared
        decide([rule], CONTEXT, failed=False)
    assert str(raised.value) == message


def test_rules_that_cannot_be_gone_through() -> None:
    with pytest.raises(TypeError, match="'int' object is not iterable"):
        decide(5, CONTEXT, failed=False)


def test_parameters_and_their_defaults() -> None:
    given = {"do": "retry", "to": "x", "attempts": 5, "backoff": "linear", "delay": "0.5", "set": {"ctx.a": 1}}
    ignored = {"set_ctx": {"a": 1}, "set_iter": {"a": 1}}

    assert decide([{"then": given | ignored}], {}, failed=False) == Directive(
        do="retry", to="x", attempts=5, backoff="linear", delay=0.5, set={"ctx.a": 1}
    )
    assert decide([{"then": {"do": "retry"}}], {}, failed=False) == Directive(
        do="retry", to=None, attempts=3, backoff="none", delay=1.0, set=None
    )
    assert decide([{"then": {"do": "retry", "delay": "soon"}}], {}, failed=False).delay == 1.0
    assert decide([{"then": {"do": "retry", "delay": None}}], {}, failed=False).delay is None


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [
        ("none", [0, 0, 0]),
        ("linear", [2, 4, 6]),
        ("exponential", [2, 4, 8]),
        ("fixed", [2, 2, 2]),
        (None, [2, 2, 2]),
        ("weird", [2, 2, 2]),
    ],
)
def test_waits(backoff: Any, waits: list[int]) -> None:
    assert [Directive("retry", backoff=backoff, delay=2).wait(retry) for retry in (1, 2, 3)] == waits
