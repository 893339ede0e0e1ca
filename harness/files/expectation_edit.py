"""Changes to files of expectations that leave everything else in them as its author wrote it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from harness.files.expectations import ExpectationFile
from harness.files.yaml import Document, checked, parse_yaml, read_text
from harness.model.errors import HarnessError
from harness.model.expectation import Expectation
from harness.recording.write import write_whole


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that is to be written; its fields are those of `Expectation`."""

    case_id: str
    fingerprint: str
    runtime: str
    versions: str
    reason: str
    source: str
    owner: str
    since: date
    expires: date


def add(folder: Path, draft: Draft) -> Path:
    """Write an entry behind the others of its case, or into a new file. Returns the file. `folder` is that of all
    expectations."""
    path = folder / f"{draft.case_id}.yaml"
    if not path.exists():
        _save(path, f"case: {json.dumps(draft.case_id)}\nknown:\n{_lines(draft, '  ')}")
        return path
    text = read_text(path)
    document = parse_yaml(text, str(path))
    items = _items(text, document)
    at = _line_end(text, items[-1][1])
    before = text[:at] if text[:at].endswith("\n") else f"{text[:at]}\n"
    _save(path, before + _lines(draft, _indent(text, items[0][0])) + text[at:])
    return path


def remove(folder: Path, entry: Expectation) -> Path:
    """Remove an entry with the comment right above it; the last entry takes its file with it. Returns the file."""
    path = folder / f"{entry.case_id}.yaml"
    text = read_text(path)
    document = parse_yaml(text, str(path))
    items = _items(text, document)
    if len(items) == 1:
        path.unlink()
        return path
    start, end = items[_number(document, entry)]
    start = _with_comment(text, _line_start(text, start))
    _save(path, text[:start] + text[_line_end(text, end) :])
    return path


def extend(folder: Path, entry: Expectation, expires: date) -> Path:
    """Give an entry another last day. Returns the file."""
    path = folder / f"{entry.case_id}.yaml"
    text = read_text(path)
    document = parse_yaml(text, str(path))
    span = document.span(["known", _number(document, entry), "expires"])
    _save(path, f"{text[: span.start]}{expires}{text[span.end :]}")
    return path


def _number(document: Document, entry: Expectation) -> int:
    """Which of a file's entries it is. Raises `HarnessError` when the file was changed since it was read."""
    for number, known in enumerate(checked(document, ExpectationFile).known):
        if (known.fingerprint, known.candidate, known.versions) == (entry.fingerprint, entry.runtime, entry.versions):
            return number
    raise HarnessError(
        f"{document.name} has no entry for {entry.fingerprint!r} any more", "Look at the file and start again."
    )


def _items(text: str, document: Document) -> Sequence[tuple[int, int]]:
    """From where to where each entry stands. Raises `HarnessError` where they do not stand below each other."""
    spans = [document.span(["known", number]) for number in range(len(checked(document, ExpectationFile).known))]
    for number, span in enumerate(spans):
        if not text[_line_start(text, span.start) : span.start].strip() == "-":
            raise HarnessError(
                "this entry does not stand on lines of its own, so that it can not be changed without the others",
                "Write the entries of `known` below each other, each behind a dash.",
                where=document.where(["known", number]),
            )
    return [(span.start, span.end) for span in spans]


def _lines(draft: Draft, indent: str) -> str:
    fields = {
        "fingerprint": json.dumps(draft.fingerprint, ensure_ascii=False),
        "candidate": draft.runtime,
        "versions": json.dumps(draft.versions),
        "reason": json.dumps(draft.reason, ensure_ascii=False),
        "source": json.dumps(draft.source, ensure_ascii=False),
        "owner": json.dumps(draft.owner, ensure_ascii=False),
        "since": draft.since.isoformat(),
        "expires": draft.expires.isoformat(),
    }
    first, *others = (f"{name}: {value}\n" for name, value in fields.items())
    return "".join([f"{indent}- {first}", *(f"{indent}  {line}" for line in others)])


def _save(path: Path, text: str) -> None:
    """Nothing is written that could not be read again."""
    checked(parse_yaml(text, str(path)), ExpectationFile)
    write_whole(path, text.encode())


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Behind the line in which a part ends. A block scalar ends where the next line begins."""
    if text[at - 1 : at] == "\n":
        return at
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _indent(text: str, at: int) -> str:
    return text[_line_start(text, at) : at].partition("-")[0]


def _with_comment(text: str, start: int) -> int:
    """The start of the comment that ends right above the line at `start`, or `start`."""
    while start:
        above = _line_start(text, start - 1)
        if not text[above:start].strip().startswith("#"):
            break
        start = above
    return start
