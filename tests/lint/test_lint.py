"""Each rule in a playbook in which it fires, and in one that is close by in which it must not."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from harness.files.yaml import parse_yaml
from harness.lint.rules import RULES
from harness.lint.run import Problem, Severity, lint, lint_paths

HEAD = "apiVersion: noetl.io/v2\nkind: Playbook\nmetadata: {name: x, path: t/x}\n"
END = "  - step: end\n    tool: {kind: noop}\n"
NEXT = "    next: {spec: {mode: exclusive}, arcs: [{step: end}]}\n"


def playbook(tool: str, *, step: str = "start", more: str = "", last: str = END) -> str:
    """Two steps; the first has `tool` and the lines `more`."""
    return f"{HEAD}workflow:\n  - step: {step}\n    tool: {tool}\n{indent(more, '    ')}{NEXT}{last}"


def python(code: str) -> str:
    return "\n      kind: python\n      code: |\n" + indent(code, " " * 8)


def found(source: str) -> list[Problem]:
    return [one for one in lint(parse_yaml(source, "x.yaml")) if one.severity is Severity.WARNING]


def ids(source: str) -> set[str]:
    return {one.rule for one in found(source)}


def policy(rule: str) -> str:
    return f"{{kind: noop, spec: {{policy: {{rules: [{rule}]}}}}}}"


def arc(when: str) -> str:
    return playbook("{kind: noop}").replace("{step: end}", f'{{step: end, when: "{when}"}}')


FIRES = {
    "http-alias": playbook("{kind: http, url: x, auth: api_token}"),
    "auth-mapping": playbook("{kind: postgres, auth: {type: postgres, key: pg}}"),
    "sql-command": playbook("{kind: postgres, auth: pg_local, command: SELECT 1}"),
    "step-depth": playbook("{kind: noop}", last="  - step: end\n    tool: {kind: noop, input: {a: '{{ start.v }}'}}\n"),
    "short-else": playbook(policy("{else: {do: continue}}")),
    "retry": playbook(policy("{when: x, then: {do: retry, delay: 1}}")),
    "no-terminal": playbook("{kind: noop}", last="  - step: end\n    tool: [{kind: noop}]\n"),
    "one-step": f"{HEAD}workflow: [{{step: start, tool: {{kind: noop}}}}]\n",
    "entry-name": playbook("{kind: noop}", step="begin"),
    "list-input": playbook("[{kind: noop}]", more="input: {a: 1}\n"),
    "python-dialect": playbook(python("import json\ndef main():\n    return 1\n")),
    "redacted-key": playbook(python("result = {'author': 'me'}\n")),
    "http-body": playbook("{kind: http, url: x, method: POST, json: {a: 1}}"),
    "one-pool-kind": playbook("{kind: rhai, code: x}"),
    "dead-event": playbook("{kind: noop}").replace(
        "{step: end}", "{step: end, when: \"{{ event.name == 'step.done' }}\"}"
    ),
    "unknown-step": playbook("{kind: noop}").replace("arcs: [{step: end}]", "arcs: [{step: nowhere}]"),
    "loop-over-list": playbook("[{kind: noop}]", more="loop: {in: '{{ [1] }}', iterator: i}\n"),
    "tool-settings": playbook("{kind: noop, timeout: 30s}"),
    "child-input": playbook("{kind: playbook, path: t/y, input: {a: 1}}"),
    "yaml-1.1": playbook("{kind: noop, mode: on}"),
}
SILENT = {
    "http-alias": playbook("{kind: postgres, auth: pg_local, query: SELECT 1}"),
    "auth-mapping": playbook("{kind: postgres, auth: pg_local, query: SELECT 1}"),
    "sql-command": playbook("{kind: shell, command: ls}"),
    "step-depth": playbook(
        "{kind: noop}",
        last="  - step: end\n    tool: {kind: noop, input: {a: '{{ start.context.data.v }} {{ start.status }}'}}\n",
    ),
    "short-else": playbook(policy("{else: {then: {do: continue}}}")),
    "retry": playbook(policy("{when: x, then: {do: retry, attempts: 3, backoff: linear, delay: 1}}")),
    "no-terminal": playbook("[{kind: noop}]"),
    "one-step": playbook("{kind: noop}"),
    "entry-name": playbook("{kind: noop}"),
    "list-input": playbook("{kind: noop}", more="input: {a: 1}\n"),
    "python-dialect": playbook(python("def main():\n    import json\n    return 1\n")),
    "redacted-key": playbook(python("result = {'writer': 'me'}\n")),
    "http-body": playbook("{kind: transfer, data: x}"),
    "one-pool-kind": playbook("{kind: python, code: x}"),
    "dead-event": playbook("{kind: noop}").replace(
        "{step: end}", "{step: end, when: \"{{ event.name == 'call.done' }}\"}"
    ),
    "unknown-step": playbook("{kind: noop}"),
    "loop-over-list": playbook("{kind: noop}", more="loop: {in: '{{ [1] }}', iterator: i}\n"),
    "tool-settings": playbook("{kind: noop, timeout: 30, retry: {max_retries: 1}}"),
    "child-input": playbook("{kind: playbook, path: t/y, input: {a: 1}, payload: {a: 1}}"),
    "yaml-1.1": playbook("{kind: noop, mode: 'on', count: 10, ratio: 1.5, really: true}"),
}


@pytest.mark.parametrize("rule", FIRES)
def test_a_rule_fires_once_where_it_should(rule: str) -> None:
    assert [one.rule for one in found(FIRES[rule]) if one.rule == rule] == [rule]


@pytest.mark.parametrize("rule", SILENT)
def test_a_rule_is_silent_where_it_should_be(rule: str) -> None:
    assert rule not in ids(SILENT[rule])


def test_every_rule_has_both_cases_and_a_source() -> None:
    every = {rule.id for rule in RULES} | {"yaml-1.1"}
    assert set(FIRES) == set(SILENT) == every
    assert all("spec" in rule.because or "NoETL" in rule.because for rule in RULES)


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("no", True),
        ("Yes", True),
        ("010", True),
        ("1:30", True),
        ("1_000", True),
        ("0", False),
        ("'no'", False),
        ("7", False),
    ],
)
def test_yaml_traps(text: str, fires: bool) -> None:
    assert ("yaml-1.1" in ids(playbook(f"{{kind: noop, value: {text}}}"))) is fires


def test_a_place_is_the_line_and_column_of_the_part() -> None:
    (problem,) = [one for one in found(FIRES["sql-command"]) if one.rule == "sql-command"]
    assert str(problem.where) == "x.yaml:6:44"


def test_what_the_server_refuses_is_an_error_with_its_place() -> None:
    problems = lint(parse_yaml(playbook("{kind: nonsense}"), "x.yaml"))
    errors = [one for one in problems if one.severity is Severity.ERROR]
    assert any("kind: Input should be 'http'" in one.message and one.where.line == 6 for one in errors)
    assert not [one for one in lint(parse_yaml(playbook("{kind: noop}"), "x.yaml")) if one.severity is Severity.ERROR]


def test_a_folder_passes_over_what_is_no_playbook_and_a_named_file_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("a: 1\n")
    (tmp_path / "broken.yaml").write_text("a: [\n")
    (tmp_path / "good.yaml").write_text(playbook("{kind: noop}"))
    assert [(one.rule, Path(one.where.path).name) for one in lint_paths([tmp_path])] == [("yaml", "broken.yaml")]
    assert {one.rule for one in lint_paths([tmp_path / "other.yaml"])} == {"schema"}
