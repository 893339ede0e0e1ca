"""Writes the pages that the program makes of itself: docs/verbs, one for each verb, and docs/coverage.md. `make docs`
runs it; with a folder it writes there instead of docs."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner

from harness.cli.main import VERBS, cli

DOCS = Path(__file__).resolve().parents[2] / "docs"
PROGRAM = "noetl-harness"


def pages() -> dict[str, str]:
    """By place under docs the text of each page."""
    context = root_context()
    found = {"coverage.md": _coverage(), "verbs/README.md": _index()}
    for verb in VERBS:
        command = cli.get_command(context, verb)
        assert command is not None
        found[f"verbs/{verb}.md"] = "\n".join(_page(command, click.Context(command, context, verb), "#"))
    return found


def root_context() -> click.Context:
    """The context that the program itself begins with: what its verbs inherit stands in there."""
    return click.Context(cli, info_name=PROGRAM, **cli.context_settings)


def written(folder: Path) -> dict[str, str]:
    """The same of the pages that are there."""
    places = [folder / "coverage.md", *(folder / "verbs").glob("*.md")]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in places if path.exists()}


def _coverage() -> str:
    shown = CliRunner().invoke(cli, ["list", "--coverage"], env={"COLUMNS": "200"}, catch_exceptions=False).stdout
    table = "\n".join(line.rstrip() for line in shown.strip("\n").splitlines())
    what = "Cases by tool kind and DSL feature, completed/failed; a point where no case reaches."
    made = "Made by `make docs` from `noetl-harness list --coverage`."
    return f"# What the suite reaches\n\n{what}\n{made}\n\n```text\n{table}\n```\n"


def _index() -> str:
    lines = ["# The verbs", "", "Made by `make docs` from the program.", "", "| verb | what it does |", "|---|---|"]
    lines += [f"| [`{verb}`]({verb}.md) | {_cell(text)} |" for verb, text in VERBS.items()]
    return "\n".join([*lines, "", *_prose(cli), ""])


def _page(command: click.Command, context: click.Context, mark: str) -> Iterator[str]:
    yield f"{mark} {context.command_path}"
    yield ""
    yield from _prose(command)
    yield "```text"
    yield " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield "```"
    yield ""
    options = [one for one in command.get_params(context) if isinstance(one, click.Option)]
    records = [record for one in options if (record := one.get_help_record(context))]
    yield "| option | meaning |"
    yield "|---|---|"
    yield from (f"| `{_cell(name)}` | {_cell(text)} |" for name, text in records)
    yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            assert part is not None
            yield from _page(part, click.Context(part, context, name), f"{mark}#")


def _prose(command: click.Command) -> Iterator[str]:
    """The help, paragraph by paragraph; what must not be wrapped stands as it is."""
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        verbatim = paragraph.startswith("\b")
        if verbatim:
            yield "```text"
        yield paragraph.removeprefix("\b\n")
        if verbatim:
            yield "```"
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def write(folder: Path) -> None:
    """Bring the folder to what the program says."""
    found = pages()
    for name in written(folder).keys() - found.keys():
        (folder / name).unlink()
    for name, text in found.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if sys.argv[1:] else DOCS)
