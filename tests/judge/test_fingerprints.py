"""Known texts are found as fast as fixed texts are, and none is overlooked for it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.files.rules import load_fingerprints
from harness.judge.fingerprints import LogFingerprint, likely, named, of_error, of_lines, spotted
from harness.judge.literals import fixed
from harness.model.evidence import LogLine

KNOWN = load_fingerprints()


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """What an earlier test asked for is worked out again."""
    fixed.cache_clear()


PATTERNS = [
    ("plain", ("plain",)),
    ("a bc* def", (" def",)),
    ("long texts? end", ("long text",)),
    ("ab{2,3}cde", ("cde",)),
    ("abc+d", ("abc",)),
    ("one|other thing", ("one", "other thing")),
    ("one|[ab]", ("one", "")),
    (r"a\.b\(c", ("a.b(c",)),
    (r"\d+ of \w", (" of ",)),
    ("in (group|other) out", (" out",)),
    ("[abc]x[^]]yz", ("yz",)),
    ("((deep) in) it", (" it",)),
    ("^start.end$", ("start",)),
    ("(?i)Case", ("",)),
    ("", ("",)),
]


@pytest.mark.parametrize(("pattern", "texts"), PATTERNS)
def test_the_longest_fixed_text_of_each_alternative(pattern: str, texts: tuple[str, ...]) -> None:
    assert fixed(re.compile(pattern)) == texts


@pytest.mark.parametrize("pattern", [*(pattern for pattern, _ in PATTERNS), *(one.pattern.pattern for one in KNOWN)])
@given(st.data())
def test_every_match_has_a_fixed_text(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern, fullmatch=False))
    assert any(part in text for part in fixed(re.compile(pattern)))


@pytest.mark.parametrize("one", KNOWN, ids=lambda one: one.id)
def test_every_shipped_fingerprint_can_be_looked_for_fast(one: LogFingerprint) -> None:
    assert all(len(part) > 7 for part in fixed(one.pattern))


def _line(text: str, level: str = "INFO") -> LogLine:
    return LogLine("worker.log", text, level=level)


def test_only_what_can_be_there_is_searched_for() -> None:
    lines = [_line("all is well"), _line("error=Tool not found: x")]
    assert [one.id for one in likely(lines, KNOWN)] == ["tool-not-found"]
    assert likely(lines[:1], KNOWN) == ()


@given(st.lists(st.sampled_from(["Tool not found: x", "expected struct AuthConfig", "Tool not found:", "well"])))
def test_a_fast_look_changes_no_answer(texts: list[str]) -> None:
    lines = [_line(text) for text in texts]
    first = next((one for one in lines if named(one.text, KNOWN)), None)
    assert of_lines(lines, KNOWN) == (first and (named(first.text, KNOWN), first))


def test_error_lines_come_first() -> None:
    lines = [_line("Tool not found: x"), _line("expected struct AuthConfig", "ERROR")]
    assert of_lines(lines, KNOWN) == ("expected struct AuthConfig", lines[1])


def test_every_line_is_looked_at_however_many_there_are() -> None:
    lines = [_line("Tool not found: x" if number % 499 == 0 else "well") for number in range(2000)]
    found = list(spotted(lines, KNOWN))
    assert [line for _, line in found] == [line for line in lines if line.text != "well"]
    assert len(found) == 5


@pytest.mark.parametrize(("text", "name"), [("ab1", "is 1, not x"), ("ab", "is , not x"), ("a", None)])
def test_groups_of_the_pattern_stand_in_the_name(text: str, name: str | None) -> None:
    assert LogFingerprint("x", re.compile(r"ab(\d)?()"), "is {1}, not {2}x").of(text) == name


def test_a_text_that_nobody_knows_is_named_by_itself() -> None:
    assert of_error("Tool not found: x", KNOWN) == "Tool not found: x"
    assert of_error("s3_7 is 5 late", KNOWN, "s3_7") == "<step> is <n> late"
    assert of_error("XXXX is 5 late", KNOWN) == "XXXX is <n> late"
