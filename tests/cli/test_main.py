from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import VERBS, cli
from harness.files.suite import load_suite

SECRET = "s3cr3t-pass"


def harness(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own."""
    program = [str(Path(sys.executable).with_name("noetl-harness")), *arguments]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, cwd=cwd, stdin=subprocess.DEVNULL)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    shown = CliRunner().invoke(cli, [verb, "--help"])
    assert shown.exit_code == 0
    assert shown.output.startswith("Usage: cli ")


def test_the_help_lists_every_verb_and_the_exit_codes_and_is_quick() -> None:
    seconds = []
    for _ in range(5):
        begun = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = harness("--help")
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime)
        assert done.returncode == 0
    for verb in VERBS:
        assert f"\n  {verb} " in done.stdout
    assert "130 interrupted" in done.stdout
    assert min(seconds) < 0.3, "processor time; the target is 0.15 s on an idle machine"


def test_the_help_loads_none_of_the_heavy_libraries() -> None:
    heavy = ("aiohttp", "asyncio", "psycopg", "pydantic", "rich", "yaml", "jinja2", "duckdb")
    modules = ["harness.cli.main", *(f"harness.cli.{verb}" for verb in VERBS)]
    program = f"""
import importlib, sys
for module in {modules!r}:
    importlib.import_module(module)
    print([name for name in {heavy!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()) == {"[]"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["run", "--nonsense"], "--nonsense"),
        (["run", "--format", "xml"], "xml"),
        (["run", "--routing", "4.10.0"], "4.10.0"),
        (["run", "-j", "0"], "0"),
        (["diff"], "PLAYBOOK"),
        (["run", "--candidate", "ruby"], "ruby"),
        (["run", "--reference", "python@1.0.0"], "python@1.0.0"),
        (["run", "--candidate", "exec:none.yaml"], "none.yaml"),
        (["run", "no/such/case"], "no case matches 'no/such/case'"),
        (["list", "tag:nothing"], "no case matches 'tag:nothing'"),
        (["diff", "none.yaml"], "there is no playbook none.yaml"),
    ],
)
def test_wrong_use_ends_with_2_and_one_message(arguments: list[str], words: str) -> None:
    done = harness(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("noetl-harness: ")
    assert words in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", f"postgresql://noetl:{SECRET}@db/noetl"],
        ["down", f"postgresql://noetl:{SECRET}@db/noetl"],
        ["run", f"--postgres-dsm=postgresql://noetl:{SECRET}@db/noetl"],
        ["run", "--candidate", f"nats://u:{SECRET}@h"],
    ],
)
def test_a_password_in_the_wrong_place_is_not_repeated(arguments: list[str]) -> None:
    done = harness(*arguments)
    assert done.returncode == 2
    assert SECRET not in done.stdout + done.stderr


def test_a_broken_playbook_is_shown_with_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("metadata: {name: x}\nworkflow:\n\t- step: start\n")
    done = harness("diff", "broken.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "broken.yaml:3:1: " in done.stderr
    assert "Indent with spaces" in done.stderr


def test_a_file_that_is_no_playbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("kind: Deployment\n")
    done = harness("diff", "other.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "other.yaml:1:1: this is not a playbook" in done.stderr


def test_list_shows_the_cases_and_the_pools() -> None:
    done = harness("list", "loops/*")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].split()[:2] == ["loops/sequential", "completed"]
    assert "  rust@5.10.0  EMULATED by our own workers" in lines
    assert done.stderr == ""


def test_list_as_json_is_one_object() -> None:
    done = harness("list", "--format", "json")
    data = json.loads(done.stdout)
    assert data["schema"] == "noetl-harness/list/1"
    assert [case["id"] for case in data["cases"]] == [case.id for case in load_suite().cases]
    assert {"id": "python@4.12.0", "runtime": "python", "version": "4.12.0", "emulated": True} in data["pools"]


def test_the_version_is_that_of_the_distribution() -> None:
    done = harness("--version")
    assert done.returncode == 0
    assert "0.1.0" in done.stdout
