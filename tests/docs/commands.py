"""The code blocks of the documentation, and the commands and files in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (in )?(\S+?)(?:, behind (.+))?\n")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page, with the line on which its text begins."""

    page: str
    line: int
    language: str
    text: str

    @property
    def commands(self) -> tuple[str, ...]:
        """Every line of a `sh` block, and of a `console` block what stands behind `$ `. A line that ends in a backslash
        goes on in the next one."""
        lines = self.text.replace("\\\n", " ").splitlines()
        match self.language:
            case "sh":
                return tuple(line for line in lines if line.strip() and not line.startswith("#"))
            case "console":
                return tuple(line[2:] for line in lines if line.startswith("$ "))
            case _:
                return ()

    @property
    def answers(self) -> str:
        """What a `console` block shows of the output; other blocks show none."""
        if self.language != "console":
            return ""
        return "".join(f"{line}\n" for line in self.text.splitlines() if not line.startswith("$ "))


def documents() -> list[Path]:
    """What people read: README, CONTRIBUTING, and the pages under docs. Those of the verbs are made by the program."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(path: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    text = path.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 2
        yield Block(str(path.relative_to(ROOT)), line, found[1], found[2])


def unfenced(path: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def write_file(block: Block, folder: Path) -> None:
    """A block that begins with `# FILE` is that file; one with `# in FILE` is added at its end, or behind a line of it.
    Other blocks are none."""
    named = _FILE.match(block.text)
    if named is None or ("/" not in named[2] and "." not in named[2]):
        return
    path = folder / named[2]
    body = block.text[named.end() :]
    path.parent.mkdir(parents=True, exist_ok=True)
    if not named[1]:
        path.write_text(body, encoding="utf-8")
    elif named[3]:
        before = path.read_text(encoding="utf-8")
        assert f"{named[3]}\n" in before, f"{block.page}:{block.line}: {named[2]} has no line {named[3]}"
        path.write_text(before.replace(f"{named[3]}\n", f"{named[3]}\n{body}"), encoding="utf-8")
    else:
        with path.open("a", encoding="utf-8") as out:
            out.write(body)
