"""The workflows and tox.ini: what they call is there and takes these options, and they may do only what they must."""

from __future__ import annotations

import configparser
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from harness.cli.main import cli
from harness.files.project import project_root
from harness.files.suite import load_suite, select
from harness.kind.environment import Cluster
from harness.report import find

FOLDER = project_root() / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"- uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
NIGHTLY = (FOLDER / "nightly.yml").read_text(encoding="utf-8")


def problems(text: str) -> Iterator[str]:
    """What is wrong with a workflow, apart from its command lines."""
    # As texts: `on` would be a truth value.
    workflow = yaml.load(text, Loader=yaml.BaseLoader)
    if workflow.get("permissions") != {"contents": "read"}:
        yield "it may do more than read"
    if "concurrency" not in workflow:
        yield "two may run at a time"
    for line in text.splitlines():
        if "uses:" in line and "uses: ./" not in line and not PINNED.fullmatch(line.strip()):
            yield f"an action is not pinned: {line.strip()}"
    for name, job in workflow["jobs"].items():
        if "permissions" in job:
            yield f"{name} may do more than the workflow"
        if "uses" not in job and "timeout-minutes" not in job:
            yield f"{name} may take for ever"
        for step in job.get("steps", ()):
            yield from _problems_of_step(step)


def _problems_of_step(step: dict[str, Any]) -> Iterator[str]:
    if "actions/checkout" in step.get("uses", "") and step.get("with", {}).get("persist-credentials") != "false":
        yield "the checkout leaves a token behind"
    if "secrets." in str(step) or "github.token" in str(step):
        yield "a secret is handed to a step"
    if "${{" in step.get("run", ""):
        yield "a shell reads what somebody else has written"


def blocks(text: str) -> list[str]:
    """What the shell gets, step by step."""
    jobs = yaml.load(text, Loader=yaml.BaseLoader)["jobs"].values()
    return [step["run"] for job in jobs for step in job.get("steps", ()) if "run" in step]


def calls(lines: str) -> list[list[str]]:
    """The arguments of each call of the harness, without what the shell does with its output."""
    found = [shlex.split(line, comments=True) for line in lines.splitlines()]
    ours = [words[1:] for words in found if words[:1] == ["noetl-harness"]]
    return [words[: min((words.index(sign) for sign in (">", ">>") if sign in words), default=None)] for words in ours]


def taken(arguments: list[str]) -> dict[str, Any]:
    """The parameters that the verb gets. Raises `click.UsageError` for what it does not take."""
    command: click.Command = cli
    words = list(arguments)
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = command.get_command(click.Context(command), name)
        assert found is not None, f"there is no verb {name}"
        command = found
    parameters: dict[str, Any] = command.make_context(command.name, words).params
    return parameters


def check(arguments: list[str]) -> None:
    """The verb takes these, and what they name is there."""
    parameters = taken(arguments)
    for name in ("file", "baseline", "rules"):
        if parameters.get(name) is not None:
            assert (project_root() / parameters[name]).is_file(), parameters[name]
    if "selectors" in parameters:
        assert select(load_suite(), parameters["selectors"])
    if arguments[0] == "report":
        find(parameters["form"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_sound(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert list(problems(text)) == []
    for block in blocks(text):
        subprocess.run(["bash", "-n", "-c", block], check=True)
        for arguments in calls(block):
            check(arguments)
    for local in re.findall(r"uses: \./(\S+)", text):
        assert "workflow_call" in (project_root() / local).read_text(encoding="utf-8")


def test_the_nightly_calls_what_it_is_for() -> None:
    verbs = [call[0] for block in blocks(NIGHTLY) for call in calls(block)]
    assert verbs[:3] == ["env", "run", "gate"]
    forms = [taken(call)["form"] for block in blocks(NIGHTLY) for call in calls(block) if call[0] == "report"]
    assert forms == ["summary", "annotations", "html", "junit", "allure"]
    (run,) = (call for block in blocks(NIGHTLY) for call in calls(block) if call[0] == "run")
    assert (taken(run)["selectors"], taken(run)["twice"]) == (("set:full",), True)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("contents: read", "contents: write", "may do more than read"),
        ("concurrency:", "defaults:", "two may run at a time"),
        ("08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "v5", "not pinned: - uses: actions/checkout@v5"),
        (" # v5.6.0", "", "not pinned: - uses: actions/setup-python"),
        ("    timeout-minutes: 150\n", "", "kind may take for ever"),
        ("persist-credentials: false", "fetch-depth: 1", "leaves a token behind"),
        ("run: noetl-harness env down", 'run: echo "${{ secrets.X }}"', "a secret is handed to a step"),
        ("env down", "env down ${{ github.head_ref }}", "what somebody else has written"),
    ],
)
def test_what_is_not_sound_is_seen(old: str, new: str, word: str) -> None:
    assert old in NIGHTLY
    assert word in "; ".join(problems(NIGHTLY.replace(old, new)))


@pytest.mark.parametrize(
    "line",
    [
        "noetl-harness gate reports/runs/* --basline FILE",
        "noetl-harness env up",
        "noetl-harness report reports/runs/* >> x",
    ],
)
def test_a_call_that_the_verb_does_not_take_is_seen(line: str) -> None:
    with pytest.raises(click.UsageError):
        check(*calls(line))


def test_tox_calls_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(project_root() / "tox.ini")
    embedded, kind = tox["testenv:embedded"], tox["testenv:kind"]
    lines = (embedded["commands"], kind["commands"], kind["commands_post"])
    found = calls("\n".join(lines).replace("{posargs:set:full}", "set:full"))
    assert [call[0] for call in found] == ["run", "env", "run", "env"]
    for arguments in found:
        check(arguments)
    monkeypatch.setenv("XDG_STATE_HOME", "{env_tmp_dir}")
    assert taken(found[2])["target"] == f"kubernetes:{Cluster('noetl').target}"
