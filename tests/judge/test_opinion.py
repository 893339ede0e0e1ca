"""The third opinion: each rule with a departure that it decides, on either side, and one of which it must not speak."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import PYTHON_WORKER, Step, candidate, pair, pool, reference, stranded

from harness.files.rules import load_fingerprints
from harness.model.finding import Departs, Opinion
from harness.model.suite import Terminal
from harness.model.verdict import Pair
from harness.report import words

KNOWN = load_fingerprints()
GOOD = Step("start", {"v": 1})
SEQUENCE = Step("seq", {"status": "ok"}, kind="task_sequence")
STRUCT = 'invalid type: string "pg", expected struct AuthConfig'


def said(one: Pair, step: str | None = None) -> Opinion:
    """The opinion on the one finding that has one, or on that of a step."""
    (found,) = [found for found in one.findings if found.opinion is not None and step in (None, found.step)]
    assert found.opinion is not None
    return found.opinion


def test_where_nothing_decides_that_is_said() -> None:
    opinion = said(pair(reference(GOOD), candidate(replace(GOOD, data={"v": 2}))))
    assert opinion.departs is Departs.UNKNOWN
    assert opinion.because == "no reference implementation decides this from what was recorded"


def test_what_does_not_part_gets_no_opinion() -> None:
    text = Step("start", kind="gateway", error="Tool kind 'gateway' not implemented")
    other = replace(text, error="Tool not found: gateway")
    one = pair(reference(text, terminal="failed"), candidate(other, terminal="failed"), expect=Terminal.FAILED)
    assert one.findings
    assert all(found.opinion is None for found in one.findings)


# routing


def _lacking(kind: str, error: str, *, routing: str = "4.12.0", worker: str | None = None) -> Opinion:
    good = replace(SEQUENCE, kind=kind)
    bad = replace(good, data=None, error=error, worker=worker)
    return said(pair(reference(good), candidate(bad, terminal="failed"), routing=routing, expect=None))


def test_a_kind_of_the_python_segment_that_went_to_a_pool_without_it() -> None:
    lane = candidate(terminal="failed")
    rust = next(one.worker_id for one in lane.workers if one.worker_id != PYTHON_WORKER)
    opinion = _lacking("task_sequence", "Tool not found: task_sequence", routing="4.11.0", worker=rust)
    assert opinion.departs is Departs.CANDIDATE
    assert "routes task_sequence to the segment python, where routing 4.11.0 gave it to shared" in opinion.because


def test_a_shared_kind_that_one_pool_lacks() -> None:
    assert _lacking("workbook", "Tool not found: workbook").departs is Departs.CANDIDATE


def test_a_kind_that_the_reference_lacks_is_its_own_departure() -> None:
    bad = replace(SEQUENCE, kind="workbook", data=None, error="Tool kind 'workbook' not implemented")
    good = replace(SEQUENCE, kind="workbook")
    one = pair(reference(bad, terminal="failed"), candidate(good), expect=None)
    assert said(one).departs is Departs.REFERENCE


@pytest.mark.parametrize("error", ["Tool not found: another", "no such thing"])
def test_an_error_that_names_another_kind_says_nothing_of_this_one(error: str) -> None:
    assert _lacking("workbook", error).departs is Departs.UNKNOWN


# credentials


def _alias(text: str, auth: Any, *, strands: bool, spec: str = "rust@5.9.0") -> Pair:
    select = Step("select", {"row_count": 1}, kind="postgres", tool_config={"query": "select 1", "auth": auth})
    if strands:
        right = stranded("select", text, spec=pool(spec))
        issued = [
            replace(one, context={"tool_config": dict(select.tool_config)})
            if one.event_type == "command.issued"
            else one
            for one in right.events
        ]
        right = replace(right, events=tuple(issued))
    else:
        right = candidate(replace(select, data=None, error=text), terminal="failed", spec=pool(spec))
    return pair(reference(select), right, candidate_pool=pool(spec), fingerprints=KNOWN, expect=None)


@pytest.mark.parametrize("strands", [True, False])
def test_an_alias_that_was_not_resolved(strands: bool) -> None:
    opinion = said(_alias(STRUCT, "pg", strands=strands))
    assert opinion.departs is Departs.CANDIDATE
    assert "resolves an alias in `auth`" in opinion.because


def test_the_same_complaint_without_an_alias_is_not_decided() -> None:
    assert said(_alias(STRUCT, ["pg"], strands=False)).departs is Departs.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "departs"), [("snowflake", Departs.CANDIDATE), ("nats", Departs.CANDIDATE), ("gcs", Departs.UNKNOWN)]
)
def test_a_type_that_the_newest_contract_resolves_or_refuses_too(kind: str, departs: Departs) -> None:
    text = f"Credential alias 'x' has unsupported type '{kind}'.  Supported types: postgres."
    assert said(_alias(text, "x", strands=False, spec="rust@5.10.0")).departs is departs


@pytest.mark.parametrize(
    ("text", "auth"),
    [
        ("Credential alias 'x' not found in keychain (server returned 404 for /api/credentials/x)", "x"),
        ("missing field `type`", {"pg": {"key": "x"}}),
    ],
)
def test_a_refusal_must_fail_the_command(text: str, auth: Any) -> None:
    opinion = said(_alias(text, auth, strands=True, spec="rust@5.10.0"))
    assert opinion.departs is Departs.CANDIDATE
    assert "here it stayed open" in opinion.because
    assert said(_alias(text, auth, strands=False, spec="rust@5.15.1")).departs is Departs.UNKNOWN


def test_a_lookup_that_may_be_tried_again_is_not_decided() -> None:
    text = "looking up credential alias 'x' in keychain"
    assert said(_alias(text, "x", strands=True, spec="rust@5.10.0")).departs is Departs.UNKNOWN


# sequences

NOOPS = {
    "tasks": [
        {"name": "one", "kind": "noop"},
        {
            "name": "two",
            "kind": "noop",
            "spec": {"policy": {"rules": [{"else": {"then": {"do": "continue", "set": {"ctx.n": "{{ m }}"}}}}]}},
        },
    ]
}
RESULT = {"status": "ok", "_prev": {"status": "noop", "step": "seq"}, "ctx": {"n": "7"}}


def _replayed(left: Any, right: Any, config: Any = NOOPS, **values: Any) -> Opinion:
    steps = [
        Step("seq", data, "task_sequence", tool_config=config, values=values or {"m": 7}) for data in (left, right)
    ]
    return said(pair(reference(steps[0]), candidate(steps[1])))


def test_a_sequence_of_noops_is_run_again() -> None:
    other = {**RESULT, "ctx": {"n": "8"}}
    opinion = _replayed(RESULT, other)
    assert opinion.departs is Departs.CANDIDATE
    assert opinion.because == 'by NoETL\'s rules /ctx/n of this sequence is "7"'
    assert _replayed(other, RESULT).departs is Departs.REFERENCE
    assert _replayed(other, {**RESULT, "ctx": {"n": "9"}}).departs is Departs.BOTH


def test_a_sequence_that_should_not_have_failed() -> None:
    good, bad = (
        Step("seq", RESULT, "task_sequence", tool_config=NOOPS, values={"m": 7}),
        Step("seq", None, "task_sequence", "boom", tool_config=NOOPS, values={"m": 7}),
    )
    one = pair(reference(good), candidate(bad, terminal="failed"), expect=None)
    assert said(one) == Opinion(Departs.CANDIDATE, "by NoETL's rules this sequence ends ok")


def test_a_sequence_whose_tools_are_not_on_record_is_not_run_again() -> None:
    config = {"tasks": [{"name": "one", "kind": "http", "url": "http://x"}]}
    assert _replayed({"status": "ok"}, {"status": "break"}, config).departs is Departs.UNKNOWN


def test_a_sequence_that_never_ends_is_not_decided() -> None:
    rules = [{"else": {"then": {"do": "jump", "to": "one"}}}]
    config = {"tasks": [{"name": "one", "kind": "noop", "spec": {"policy": {"rules": rules}}}]}
    assert _replayed({"status": "ok"}, {"status": "break"}, config).departs is Departs.UNKNOWN


def test_measured_times_are_not_decided() -> None:
    left, right = ({**RESULT, "metrics": {"duration_ms": n}} for n in (1, 2))
    assert _replayed(left, right).departs is Departs.UNKNOWN


def test_what_depends_on_a_secret_is_not_decided() -> None:
    opinion = _replayed(RESULT, {**RESULT, "ctx": {"n": "8"}}, m="***secret-0a1b***")
    assert opinion.departs is Departs.UNKNOWN


def test_a_sequence_without_tasks_is_not_run_again() -> None:
    for config in ({}, {"tasks": []}, {"tasks": "one"}):
        assert _replayed({"status": "ok"}, {"status": "break"}, config).departs is Departs.UNKNOWN


def test_a_sequence_that_waits_is_not_waited_for() -> None:
    rules = [
        {"when": "{{ _attempt == 1 }}", "then": {"do": "retry", "attempts": 2, "backoff": "linear", "delay": 3600}},
        {"else": {"then": {"do": "continue"}}},
    ]
    config = {"tasks": [{"name": "one", "kind": "noop", "spec": {"policy": {"rules": rules}}}]}
    right = {"status": "ok", "_prev": {"status": "noop", "step": "seq"}}
    assert _replayed(right, {**right, "status": "break"}, config).departs is Departs.CANDIDATE


# templates

RETURNS = {
    "code": "def main(n, m=None):\n    return {'n': n, 'sum': n + m}",
    "args": {"n": "{{ a.b }}", "m": "{{ a }}"},
}


def _returned(left: Any, right: Any, config: Any = RETURNS) -> Opinion:
    steps = [Step("start", {"n": data, "sum": 1}, tool_config=config, values={"a": {"b": 7}}) for data in (left, right)]
    return said(pair(reference(steps[0]), candidate(steps[1])))


@pytest.mark.parametrize("code", [RETURNS["code"], "result = {'n': n, 'sum': 1}"])
def test_a_script_that_returns_its_input_returns_what_the_template_renders_to(code: str) -> None:
    config = {**RETURNS, "code": code}
    opinion = _returned("7", "8", config)
    assert opinion == Opinion(Departs.CANDIDATE, 'NoETL renders {{ a.b }} to "7"')
    assert _returned("8", "7", config).departs is Departs.REFERENCE
    assert _returned("8", 7, config).departs is Departs.BOTH


@pytest.mark.parametrize("template", ["{{ a }}", " {{a}} "])
def test_a_name_alone_is_given_as_it_is(template: str) -> None:
    config = {"code": "result = {'n': n}", "args": {"n": template}}
    opinion = _returned({"b": 7}, {"b": "7"}, config)
    assert opinion == Opinion(Departs.CANDIDATE, f'NoETL renders {template} to {{"b": 7}}')


def test_an_input_goes_before_an_argument() -> None:
    config = {**RETURNS, "input": {"n": "{{ a.b + 1 }}"}}
    assert _returned("8", "7", config) == Opinion(Departs.CANDIDATE, 'NoETL renders {{ a.b + 1 }} to "8"')


def test_what_renders_to_a_secret_is_not_decided() -> None:
    config = {"code": "result = {'n': n}", "args": {"n": "{{ a }}"}}
    steps = [Step("start", {"n": one}, tool_config=config, values={"a": "***secret-1***"}) for one in ("x", "y")]
    assert said(pair(reference(steps[0]), candidate(steps[1]))).departs is Departs.UNKNOWN


@pytest.mark.parametrize(
    "config",
    [
        {**RETURNS, "code": "n = 3\nresult = {'n': n}"},
        {**RETURNS, "code": "def main(n):\n    return {'n': n + 1}"},
        {**RETURNS, "code": "def main(:"},
        {**RETURNS, "args": {"n": 7}},
        {"args": {"n": "{{ a.b }}"}},
        {**RETURNS, "args": {"n": ["{{ a.b }}"]}},
        {**RETURNS, "args": {"n": "{{ a.b"}},
        {**RETURNS, "args": {"n": "{{ missing.deep }}"}},
    ],
)
def test_a_script_that_does_more_is_not_decided(config: Any) -> None:
    assert _returned("7", "8", config).departs is Departs.UNKNOWN


@pytest.mark.parametrize(
    ("template", "departs"), [("{{ a.b }}", Departs.CANDIDATE), ("{{ a.b", Departs.UNKNOWN), ("7", Departs.UNKNOWN)]
)
def test_a_template_that_noetl_renders_is_no_error(template: str, departs: Departs) -> None:
    good = Step(
        "start", {"v": 1}, "http", tool_config={"url": "http://x", "params": [template]}, values={"a": {"b": 7}}
    )
    bad = replace(good, data=None, error="Template error: undefined value (in <string>:1)")
    assert said(pair(reference(good), candidate(bad, terminal="failed"), expect=None)).departs is departs


# what events carry


@pytest.mark.parametrize(
    ("key", "value", "because"),
    [
        ("payload", 1, "this key: payload"),
        ("rows", 1, "this key: rows"),
        ("numbers", [1, 2], "a list or a deeper value: numbers"),
        ("one", {"deep": {"x": 1}}, "a list or a deeper value: one/deep"),
    ],
)
def test_a_python_event_that_carries_what_it_never_does(key: str, value: Any, because: str) -> None:
    odd, plain = Step("start", {"v": 1, key: value}), Step("start", {"v": 1})
    opinion = said(pair(reference(odd), candidate(plain)))
    assert opinion == Opinion(Departs.REFERENCE, f"a Python event never carries {because}")


def test_where_the_context_stands_in_for_the_data_nothing_is_said() -> None:
    steps = [Step("start", {"context": {"a": 1}, "payload": n}) for n in (1, 2)]
    one = pair(reference(steps[0]), candidate(steps[1]))
    assert all(found.opinion is None or found.opinion.departs is Departs.UNKNOWN for found in one.findings)


def test_small_row_sets_and_scalars_are_carried() -> None:
    for data, other in (
        ({"rows": [{"a": 1}]}, {"rows": [{"a": 2}]}),
        ({"columns": ["a"], "v": 1}, {"columns": ["b"], "v": 1}),
        ({"v": 1}, {"v": 2}),
    ):
        steps = [Step("start", one, "postgres") for one in (data, other)]
        assert said(pair(reference(steps[0]), candidate(steps[1]))).departs is Departs.UNKNOWN


# how the case ends


@pytest.mark.parametrize(
    ("expect", "departs"),
    [
        (Terminal.COMPLETED, Departs.CANDIDATE),
        (Terminal.FAILED, Departs.REFERENCE),
        (Terminal.CANCELLED, Departs.BOTH),
        (None, Departs.UNKNOWN),
    ],
)
def test_the_case_says_how_it_ends(expect: Terminal | None, departs: Departs) -> None:
    bad = replace(GOOD, data=None, error="boom")
    one = pair(reference(GOOD), candidate(bad, terminal="failed"), expect=expect)
    (ending,) = [found for found in one.findings if found.ends_differently]
    assert ending.opinion is not None
    assert ending.opinion.departs is departs
    if expect is not None:
        assert ending.opinion.because == f"the case says that it ends {expect}"


def test_how_the_case_ends_says_nothing_of_what_does_not_end_it() -> None:
    one = pair(reference(GOOD), candidate(replace(GOOD, data={"v": 2})), expect=Terminal.FAILED)
    assert said(one).departs is Departs.UNKNOWN


# what people see


def test_a_secret_by_its_name_is_not_shown() -> None:
    config = {"code": "def main(token):\n    return {'token': token}", "args": {"token": "{{ a }}"}}
    steps = [Step("start", {"token": one}, tool_config=config, values={"a": "hunter2"}) for one in ("hunter2", "x")]
    opinion = said(pair(reference(steps[0]), candidate(steps[1])))
    assert opinion.departs is Departs.CANDIDATE
    assert opinion.because == "NoETL renders {{ a }} to what is not shown, a secret by its name"


@pytest.mark.parametrize(
    ("departs", "text"),
    [
        (Departs.REFERENCE, "the reference departs: so it is"),
        (Departs.CANDIDATE, "the candidate departs: so it is"),
        (Departs.BOTH, "both sides depart: so it is"),
        (Departs.UNKNOWN, "which side departs is not known: so it is"),
    ],
)
def test_an_opinion_in_words(departs: Departs, text: str) -> None:
    one = pair(reference(GOOD), candidate(replace(GOOD, data={"v": 2}))).findings[0]
    assert words.opinion(replace(one, opinion=Opinion(departs, "so it is"))) == text
    assert words.opinion(replace(one, opinion=None)) == ""
