"""The documentation does what it says.

Every line of a `sh` block, and what stands behind `$ ` in a `console` block, is tried in a copy of the project, in the
order in which people read it. Which way depends on nothing but the command:

* `noetl-harness VERB ...` is always parsed by the command line, so that no verb, option or value is out of date. Then
  it is run, unless it needs something outside the copy: a verb that has `--candidate` starts or attaches to a
  deployment, `down`, `restore`, `doctor` and `env` change one, and `--postgres-dsn` is a database of somebody's. For
  those the suite is run once, on three cases; that run is what `RUN-ID` stands for everywhere.
  It must end with 0, or, for the verbs whose exit code is a verdict, with a verdict.
* `make TARGET` must be a target (`make -n`).
* `pytest ...` must find tests (`--collect-only`).
* Any other program need not be installed here: the line must be sound shell.

A `console` block also shows what comes out, to the letter. A block that begins with `# FILE` is written to that file
before, one with `# in FILE` is added to it; the dates of what is on record are moved to today.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import made_pages
import pytest
from commands import ROOT, Block, blocks, documents, unfenced, write_file
from working_copy import Copy, outside, refusal

LANGUAGES = frozenset({"sh", "console", "text", "yaml", "python", "toml"})
OURS = re.compile(r"^\s*(?:\$ )?(?:\.venv/bin/|noetl-harness |make [a-z]|pytest )")


def all_blocks() -> Iterator[Block]:
    for path in documents():
        yield from blocks(path)


def test_the_pages_that_the_program_makes_are_up_to_date(tmp_path: Path) -> None:
    """Made in a process of their own: click keeps what other tests of this one have asked for."""
    subprocess.run([sys.executable, made_pages.__file__, tmp_path], check=True, timeout=120)
    made = made_pages.written(tmp_path)
    assert len(made) > 20
    assert made_pages.written(made_pages.DOCS) == made, "run `make docs` and commit what it changes"


def test_no_command_hides_in_another_kind_of_block() -> None:
    for block in all_blocks():
        assert block.language in LANGUAGES, f"{block.page}:{block.line}: say what this block is"
        if not block.commands:
            assert not any(map(OURS.match, block.text.splitlines())), f"{block.page}:{block.line}: this is a command"
    for path in documents():
        assert not re.search(r"^ {4}(?:\.venv/|noetl-harness |make )", unfenced(path), re.MULTILINE), path


@pytest.mark.parametrize("path", [*documents(), ROOT / "docs" / "verbs" / "README.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", unfenced(path)):
        assert (path.parent / target).exists(), target


@pytest.mark.embedded
def test_every_command_works(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    for block in all_blocks():
        copy.write(block)
    copy.install()
    copy.record()
    wrong = [problem for block in all_blocks() for problem in copy.tried(block)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("noetl-harness nonsense", "No such command"),
        (".venv/bin/noetl-harness run --nonsense", "--nonsense"),
        ("noetl-harness expect nonsense", "No such command"),
        ("X=1 noetl-harness run --routing 1", "--routing"),
    ],
)
def test_a_command_that_is_out_of_date_is_noticed(line: str, words: str) -> None:
    assert words in (refusal(line) or "")


def test_what_needs_a_deployment_is_not_run() -> None:
    for line in ("noetl-harness run x", "noetl-harness up", "noetl-harness zombies --postgres-dsn x"):
        assert outside(line)
    for line in ("noetl-harness list", "echo x | noetl-harness oracle route", "noetl-harness analyze x"):
        assert not outside(line)


def test_what_fails_and_what_shows_something_else_is_noticed(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    copy.install()
    asked = """$ echo '{"tool_kind": "http", "execution_id": 7}' | noetl-harness oracle route"""
    answer = '{"segment": "shared", "subject": "noetl.commands.shared.7"}'
    assert not list(copy.tried(Block("x.md", 1, "console", f"{asked}\n{answer}\n")))
    for language, text, words in (
        ("console", f"{asked}\n{answer.replace('7', '8')}\n", "shows"),
        ("sh", "noetl-harness schema nonsense\n", "ends with 2"),
        ("sh", "make nonsense\n", "ends with 2"),
        ("sh", ".venv/bin/pytest tests/nonsense\n", "ends with 4"),
        ("sh", "kubectl get pods | (\n", "ends with"),
    ):
        (problem,) = copy.tried(Block("x.md", 1, language, text))
        assert words in problem


def test_a_file_of_the_documentation_is_written_and_added_to(tmp_path: Path) -> None:
    for text in ("# a/b.txt\none\nthree\n", "# in a/b.txt, behind one\ntwo\n", "# in a/b.txt\nfour\n", "no file\n"):
        write_file(Block("x.md", 1, "yaml", text), tmp_path)
    assert (tmp_path / "a" / "b.txt").read_text() == "one\ntwo\nthree\nfour\n"
