"""The three renderers, rule by rule (spec: noetl-python 1.8)."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError

from harness.reference import templates
from harness.reference.templates import render_policy, render_server, render_value

CONTEXT: dict[str, Any] = {
    "n": 5,
    "digits": "007",
    "rows": [1, 2],
    "step": {"x": 1, "obj": {"k": [1]}, "_prev": {"v": 3}},
    "compact": {"status": "ok", "context": {"lost": {"id": 7}, "word": "w"}},
    "own": {"data": {"v": "mine"}, "_name": "hidden"},
    "result": {"_name": "yes"},
    "workload": {"flag": True, "text": "abc", "sub": {"v": "5"}},
    "ctx": {"m": "42"},
    "results": {"t1": {"r": 1}},
    "html": "<b>'&",
    "name": "bob",
    "none": None,
}

PLAIN = "no template at all"
ESCAPED = '"\\u003cb\\u003e\\u0027\\u0026"'
PROXY = "noetl.core.dsl.render.TaskResultProxy object"


@pytest.mark.parametrize(
    ("template", "server", "value", "policy"),
    [
        (PLAIN, PLAIN, PLAIN, PLAIN),
        ("{{ n }}", 5, 5, "5"),
        ("{{ 5 }}", "5", 5, "5"),
        ("{{ n + 1 }}", "6", 6, "6"),
        ("{{ digits }}", "007", "007", "007"),
        ("{{ digits | string }}", "007", 7, "007"),
        ("{{ true }}", True, True, "True"),
        ("{{ n == 5 }}", True, True, "True"),
        ("{{ none }}", None, None, "None"),
        ("{{ none | string }}", "None", None, "None"),
        ("{{ step }}", CONTEXT["step"], CONTEXT["step"], CONTEXT["step"]),
        ("{{ step.obj }}", {"k": [1]}, {"k": [1]}, {"k": [1]}),
        ("{{step.obj.k}}", [1], [1], [1]),
        ("{{ workload.sub.v }}", "5", "5", "5"),
        ("{{ '1e5' }}", "1e5", 100000.0, "1e5"),
        ("{{ '1.2.3' }}", "1.2.3", "1.2.3", "1.2.3"),
        ("{{ '-3' }}", "-3", -3, "-3"),
        ("{{ '(1, 2)' }}", "(1, 2)", (1, 2), "(1, 2)"),
        ("{{ '{\"a\": 1}' }}", '{"a": 1}', {"a": 1}, {"a": 1}),
        ("{{ {'a': none} }}", "{'a': None}", {"a": None}, {"a": None}),
        ("{{ '[a, b]' }}", "[a, b]", "[a, b]", "{{ '[a, b]' }}"),
        ("{{ '  ' }}", "  ", "", "  "),
        (" {{ n }} ", 5, 5, " 5 "),
        ("n is {{ n }}", "n is 5", "n is 5", "n is 5"),
        ("{{ rows | length }}", "1", 1, "2"),
        ("{{ rows.result | length }}", "2", 2, "0"),
        ("{{ step.data.x }}", "1", 1, "{{ step.data.x }}"),
        ("{{ step._prev.v }}", 3, 3, "3"),
        ("{{ step['_prev'].v }}", "3", 3, "3"),
        ("{{ step._prev.v + 1 }}", "4", 4, "4"),
        ("{{ compact.lost.id }}", "7", 7, "{{ compact.lost.id }}"),
        ("{{ compact.word }}", "w", "w", ""),
        ("{{ own.data.v ~ '' }}", "mine", "mine", "mine"),
        ("{{ result._name ~ '!' }}", "result!", "!", "yes!"),
        ("{{ own._name ~ '' }}", "own", "own", "hidden"),
        ("{{ step.obj == step.obj }}", False, False, "True"),
        ("{{ workload.sub == workload.sub }}", True, True, "True"),
        ("{{ step.obj | string }}", '{"k": [1]}', {"k": [1]}, {"k": [1]}),
        ("{{ html | tojson }}", ESCAPED, ESCAPED, ESCAPED),
        ("{{ workload.sub | tojson }}", '{"v": "5"}', '{"v": "5"}', {"v": "5"}),
        ("{{ workload.sub |  tojson }}", '{"v": "5"}', {"v": "5"}, {"v": "5"}),
        ("{{ 'a' | b64encode }}{{ 1 | b64encode }}", "YQ==MQ==", "YQ==MQ==", "YQ==MQ=="),
        ("{{ '{\"a\": 1}' | encrypt_secret }}", '{"a": 1}', {"a": 1}, {"a": 1}),
    ],
)
def test_one_template_three_renderers(template: str, server: Any, value: Any, policy: Any) -> None:
    answers = [render_server(template, CONTEXT), render_value(template, CONTEXT), render_policy(template, CONTEXT)]

    assert answers == [server, value, policy]
    assert [type(answer) for answer in answers] == [type(server), type(value), type(policy)]


@pytest.mark.parametrize(
    ("template", "value", "strict", "policy"),
    [
        ("{{ missing }}", "", "{{ missing }}", ""),
        ("a {{ missing }}", "a ", "a {{ missing }}", "a "),
        ("{{ missing.deeper }}", "{{ missing.deeper }}", "{{ missing.deeper }}", "{{ missing.deeper }}"),
        ("{{ step.absent }}", "", "{{ step.absent }}", ""),
        ("{{ missing | default('d') }}", "d", "d", "d"),
        ("{{ 1 / 0 }}", "{{ 1 / 0 }}", "{{ 1 / 0 }}", "{{ 1 / 0 }}"),
        ("{{ | }}", "{{ | }}", "{{ | }}", "{{ | }}"),
        ("{{}}", "", "", "{{}}"),
        ("{{ }}", "{{ }}", "{{ }}", "{{ }}"),
        ("{{ step | tojson }}", "{{ step | tojson }}", "{{ step | tojson }}", CONTEXT["step"]),
    ],
)
def test_what_fails_comes_back_unchanged(template: str, value: Any, strict: Any, policy: Any) -> None:
    assert render_value(template, CONTEXT) == value
    assert render_value(template, CONTEXT, strict=True) == strict
    assert render_policy(template, CONTEXT) == policy


@pytest.mark.parametrize(
    ("template", "error", "text"),
    [
        ("{{ missing }}", UndefinedError, "'missing' is undefined"),
        ("{{ step.absent }}", UndefinedError, f"'{PROXY}' has no attribute 'absent'"),
        ("{{ workload.absent }}", UndefinedError, "'dict object' has no attribute 'absent'"),
        ("{{ 1 / 0 }}", ZeroDivisionError, "division by zero"),
        ("{{ | }}", TemplateSyntaxError, "unexpected '|'"),
        ("{{ . }}", TemplateSyntaxError, "unexpected '.'"),
    ],
)
def test_the_server_raises(template: str, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as raised:
        render_server(template, CONTEXT)
    assert text in str(raised.value)


def test_server_leaves_other_templates_alone() -> None:
    assert render_server("{% if n %}yes{% endif %}", CONTEXT) == "{% if n %}yes{% endif %}"
    assert render_server(7, CONTEXT) == 7


def test_value_renders_statements_too() -> None:
    assert render_value("{% if n %}1{% endif %}", CONTEXT) == 1


def test_server_reads_attributes_of_plain_objects() -> None:
    assert render_server("{{ n.real }}", CONTEXT) == 5
    assert render_server("{{ name.upper }}", CONTEXT)() == "BOB"


def test_value_goes_through_dicts_and_lists_and_nothing_else() -> None:
    nested: dict[str, Any] = {"a": ["{{ n }}", {"b": "{{ step.obj }}"}], "{{ n }}": ("{{ n }}",), "c": {}, "d": None}

    assert render_value(nested, CONTEXT) == {
        "a": [5, {"b": {"k": [1]}}],
        "{{ n }}": ("{{ n }}",),
        "c": {},
        "d": None,
    }


def test_a_plain_name_gives_the_object_itself() -> None:
    assert render_value("{{ step.obj }}", CONTEXT) is CONTEXT["step"]["obj"]
    assert render_server("{{ rows }}", CONTEXT) is CONTEXT["rows"]


def test_data_is_taken_out_of_a_path_that_fails() -> None:
    context = {"workload": {"rows": {"n": "3"}}}

    assert render_value("{{ workload.data.rows.n }}", context) == "3"
    assert render_value("x{{ workload.result.rows.n }}", context, strict=True) == "x3"
    assert render_value("{{ workload.data.other.n }}", context) == "{{ workload.data.other.n }}"


def test_reserved_names_are_not_wrapped() -> None:
    """A list under a reserved name stays one, under another it is `{"result": list}`."""
    context = {"input": {"rows": [1, 2]}, "data": [1, 2], "rows": [1, 2]}

    assert render_value("{{ data[1] + 0 }}", context) == 2
    assert render_value("{{ rows[1] }}", context) == ""
    assert render_server("{{ data | length }}", context) == "1"


def test_a_name_that_python_cannot_pass_breaks_the_rendering() -> None:
    assert render_value("{{ n + 1 }}", {"n": 1, "self": 2}) == "{{ n + 1 }}"
    assert render_policy("{{ n }}", {"n": 1, "self": 2}) == "{{ n }}"


@pytest.mark.parametrize(
    ("template", "answer"),
    [
        ("{{ ''.__class__ }}", ""),
        ("{{ step.__class__ }}", ""),
        ("{{ step.keys.__func__ }}", ""),
        ("{{ ''.__class__.mro() }}", "{{ ''.__class__.mro() }}"),
        ("{{ ctx.rows.append(3) }}", "{{ ctx.rows.append(3) }}"),
    ],
)
def test_the_sandbox_holds(template: str, answer: str) -> None:
    context = {"step": {"a": 1}, "ctx": {"rows": [1]}}

    assert render_value(template, context) == answer
    assert render_policy(template, context) == answer
    assert context["ctx"] == {"rows": [1]}


def test_the_sandbox_raises_on_the_server() -> None:
    with pytest.raises(SecurityError):
        render_server("{{ name.__class__ }}", CONTEXT)


def test_no_compiler_warning_for_data() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert render_value("{{ text }}{{ '' }}", {"text": r"'\d'"}) == r"\d"


def test_compiled_templates_are_kept_and_bounded() -> None:
    templates._compile.cache_clear()
    for _ in range(3):
        render_value("{{ n * 2 }}", CONTEXT)

    info = templates._compile.cache_info()
    assert (info.misses, info.hits) == (1, 2)
    assert info.maxsize == 1000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(json_values)
def test_values_without_braces_are_untouched(value: Any) -> None:
    plain = _without_braces(value)

    assert render_value(plain, {}) == plain


@settings(deadline=None)
@given(json_values)
def test_a_plain_name_is_never_coerced(value: Any) -> None:
    context = {"v": value, "workload": {"v": value}}

    assert render_value("{{ v }}", context) is value
    assert render_value("{{ workload.v }}", context) is value
    assert render_server("{{ workload.v }}", context) is value


@settings(deadline=None)
@given(st.text())
def test_only_the_server_ever_raises(source: str) -> None:
    for template in (source, "{{" + source + "}}", "{%" + source + "%}"):
        render_value(template, {"a": 1})
        render_policy(template, {"a": 1})


def _without_braces(value: Any) -> Any:
    match value:
        case str():
            return value.replace("{", "").replace("%", "")
        case list():
            return [_without_braces(item) for item in value]
        case dict():
            return {key: _without_braces(item) for key, item in value.items()}
        case _:
            return value
