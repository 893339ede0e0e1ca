"""A copy of the project, in which the commands of the documentation are tried."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import chdir
from datetime import date, timedelta
from pathlib import Path

import click
from commands import ROOT, Block, write_file
from made_pages import root_context

from harness.cli.main import cli
from harness.model.errors import Exit

CASES = ("python/hello", "workbook/named_task", "credentials/unknown_alias")
OUTSIDE = frozenset({"down", "restore", "doctor", "env"})
VERDICTS = frozenset({"analyze", "backtest", "gate", "import", "zombies"})


class Copy:
    """The project in a folder of its own, with the programs that `make` installs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.run_id = ""
        left = shutil.ignore_patterns(".*", "runs", "img", "mutants", "__pycache__", "history.sqlite*", "tests")
        shutil.copytree(ROOT, self.folder, ignore=left, symlinks=True)
        for part in ("judge", "recording"):
            shutil.copytree(ROOT / "tests" / part, self.folder / "tests" / part)
        self.environment = {key: text for key, text in os.environ.items() if not key.startswith("NOETL_")}
        self.environment |= {
            "CI": "",
            "PYTEST_ADDOPTS": "-p no:cacheprovider",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "PATH": f"{self.folder / '.venv' / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(self.folder),
        }

    def write(self, block: Block) -> None:
        """The files of a block, with the dates of what is on record moved to today."""
        today = date.today()
        text = re.sub(r"since: [\d-]+", f"since: {today}", block.text)
        text = re.sub(r"expires: [\d-]+", f"expires: {today + timedelta(days=80)}", text)
        write_file(Block(block.page, block.line, block.language, text), self.folder)

    def install(self) -> None:
        """What `pip install -e .` would: the programs, and the entry points that `pyproject.toml` names by now."""
        programs = {
            "noetl-harness": "-c 'from harness.cli.start import main; main()'",
            "pytest": "-m pytest",
            "python": "",
        }
        (self.folder / ".venv" / "bin").mkdir(parents=True)
        for name, arguments in programs.items():
            path = self.folder / ".venv" / "bin" / name
            path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {arguments} "$@"\n')
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        project = tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        points = {"console_scripts": project["scripts"], **project["entry-points"]}
        metadata = self.folder / f"noetl_harness-{project['version']}.dist-info"
        metadata.mkdir()
        head = f"Metadata-Version: 2.1\nName: noetl-harness\nVersion: {project['version']}\n"
        (metadata / "METADATA").write_text(head)
        sections = ["\n".join([f"[{group}]", *map("=".join, names.items())]) for group, names in points.items()]
        (metadata / "entry_points.txt").write_text("\n".join(sections))

    def record(self) -> None:
        """The one run of the suite."""
        done = self._bash(f".venv/bin/noetl-harness run {' '.join(CASES)}")
        assert done.returncode in (Exit.OK, Exit.DIVERGED), done.stderr
        (recorded,) = (self.folder / "reports" / "runs").iterdir()
        self.run_id = recorded.name

    def tried(self, block: Block) -> Iterator[str]:
        """What is wrong with the commands of a block."""
        for line in block.commands:
            with chdir(self.folder):
                problem = self._tried(line.replace("RUN-ID", self.run_id), block.answers)
            if problem:
                yield f"{block.page}:{block.line}: {line}\n    {problem}"

    def _tried(self, line: str, answers: str) -> str | None:
        match _program(line):
            case "make":
                return self._failed(f"make -n {line.partition('make ')[2]}", "make")
            case "pytest":
                return self._failed(f"{line.partition('#')[0]} --collect-only -q", "pytest")
            case "noetl-harness" if (refused := refusal(line)) is not None:
                return refused
            case "noetl-harness" if not outside(line):
                return self._failed(line, _words(line)[1], answers)
            case _:
                return self._failed(f"bash -n -c {shlex.quote(line)}", "bash")

    def _failed(self, line: str, verb: str, answers: str = "") -> str | None:
        done = self._bash(line)
        accepted = (Exit.OK, Exit.DIVERGED, Exit.INDETERMINATE) if verb in VERDICTS else (Exit.OK,)
        if done.returncode not in accepted:
            return f"ends with {done.returncode}: {(done.stderr or done.stdout).strip()[:600]}"
        return f"shows\n{done.stdout[:600]}" if answers and done.stdout != answers else None

    def _bash(self, line: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-o", "pipefail", "-c", line]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )


def refusal(line: str) -> str | None:
    """What the command line has against a command of ours; None where it takes it."""
    command: click.Command = cli
    context: click.Context | None = None
    words = _words(line)[1:]
    try:
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            context = click.Context(command, parent=context) if context else root_context()
            _, command, words = _resolved(command, context, words)
        command.make_context(command.name, words, parent=context).close()
    except click.exceptions.Exit:  # --help and --version
        return None
    except click.ClickException as error:
        return error.format_message()
    return None


def outside(line: str) -> bool:
    """Whether the command needs a deployment, a cluster or a database."""
    verb = _words(line)[1]
    command = cli.get_command(root_context(), verb)
    assert command is not None
    pools = any("--candidate" in option.opts for option in command.params)
    return pools or verb in OUTSIDE or "--postgres-dsn" in line


def _resolved(group: click.Group, context: click.Context, words: list[str]) -> tuple[str, click.Command, list[str]]:
    name, command, rest = group.resolve_command(context, words)
    assert name is not None
    assert command is not None
    return name, command, rest


def _program(line: str) -> str:
    return _words(line)[0]


def _words(line: str) -> list[str]:
    """The last command of a pipe, without what it is given as variables, comments and redirections."""
    last = shlex.split(line, comments=True)
    while "|" in last:
        last = last[last.index("|") + 1 :]
    for sign in (">", ">>"):
        last = last[: last.index(sign)] if sign in last else last
    while "=" in last[0].partition("/")[0]:
        last = last[1:]
    return [last[0].removeprefix(".venv/bin/"), *last[1:]]
