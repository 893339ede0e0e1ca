"""The report as a comment on a pull request: causes first, and never more than such a comment may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from harness.judged import Judged
from harness.model.secrets import blotted
from harness.model.verdict import Pair, RunVerdict
from harness.report import words

LARGEST = 60_000
"""Bytes. GitHub takes 65,536 characters in a comment."""


def write(run: Judged, out: TextIO) -> None:
    """The blocks of the report as far as they fit; how many do not is said at the end."""
    write_blocks(blocks(run.verdict), LARGEST, out)


def write_blocks(all_blocks: Iterable[str], largest: int, out: TextIO) -> None:
    """As many of the blocks, from the first on, as `largest` bytes hold."""
    parts = list(all_blocks)
    room = largest - 200
    for index, block in enumerate(parts):
        room -= len(block.encode()) + 2
        if room < 0:
            out.write(f"\n{len(parts) - index} parts more do not fit here; `--format json` has all of them.\n")
            return
        out.write(f"{block}\n\n")


def blocks(verdict: RunVerdict) -> Iterator[str]:
    """The report piece by piece, what weighs most first."""
    alarms = list(words.alarms(verdict))
    if alarms:
        yield fenced("\n".join(map(words.visible, alarms)))
    yield f"**{words.summary(verdict)}**"
    yield "\n".join(f"- {name}: {escaped(value)}" for name, value in words.pools(verdict))
    for heading, causes in words.groups(verdict.causes):
        yield f"### {heading}"
        for cause in causes:
            why = escaped(blotted(cause.reason or words.finding(cause.sample)))
            cases = escaped(words.shown(words.cases(cause)))
            yield f"- {_code(cause.fingerprint)}  \n  {cases}  \n  {words.shown(why)}"
    if words.noisy(verdict):
        yield "### Noise and flaky differences"
    for pair in words.noisy(verdict):
        lines = (f"  - {escaped(words.shown(blotted(line)))}" for line in words.noise(pair))
        yield "\n".join([f"- {escaped(pair.case.id)}", *lines])
    pairs = words.of_note(verdict)
    if pairs:
        yield "### Cases to look at"
    for pair in pairs:
        yield _case(verdict, pair)
    left = list(words.footprints(verdict))
    if left:
        yield "### What the run left behind"
        yield fenced("\n".join(map(words.visible, left)))


def _case(verdict: RunVerdict, pair: Pair) -> str:
    lines = [text for one in pair.findings for text in (words.finding(one), words.opinion(one)) if text]
    lines += [f"no longer excused since {one.expires}: {one.fingerprint}" for one in pair.expired]
    lines += [f"did not show, though expected: {one.fingerprint}" for one in pair.unmet]
    parting = words.parting(pair)
    if parting is not None:
        lines += ["the histories part at", f"  reference  {parting[0]}", f"  candidate  {parting[1]}"]
    lines += words.complaints(pair, pair.reference)[:3] + words.complaints(pair, pair.candidate)[:3]
    body = "\n".join(words.visible(words.shown(blotted(line))) for line in lines[:40])
    title = f"#### {escaped(pair.case.id)}\n{escaped(words.standing(pair))}"
    return "\n\n".join([title, fenced(body), _code(words.reproduce(verdict, pair))])


def escaped(value: str) -> str:
    """`value` as one line of Markdown that says just this."""
    return re.sub(r"([\\`*_<>\[\]|#])", r"\\\1", " ".join(value.split()))


def _code(value: str) -> str:
    ticks = _ticks(value, 1)
    return f"{ticks} {value} {ticks}" if "`" in value else f"`{value}`"


def fenced(value: str) -> str:
    """`value` as it is, in a block of its own."""
    ticks = _ticks(value, 3)
    return f"{ticks}text\n{value}\n{ticks}"


def _ticks(value: str, least: int) -> str:
    """More backticks than any run of them inside."""
    longest = max((len(run) for run in re.findall(r"`+", value)), default=0)
    return "`" * max(least, longest + 1)
