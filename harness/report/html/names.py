"""The words and signs of the report."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import assert_never

from harness.model.envelope import Letter, OutcomeClass
from harness.model.errors import Exit
from harness.model.finding import Departs, Finding
from harness.model.secrets import blotted_value
from harness.model.verdict import LegVerdict, Pair, RunVerdict, Standing


class Tone(StrEnum):
    """How much attention something asks for. The value is also the class that the style sheet knows."""

    LOOK = "look"
    OPEN = "open"
    KNOWN = "known"
    SAME = "same"


def tone(pair: Pair) -> Tone:
    """A pair's, from what is on record for it."""
    match pair.standing:
        case Standing.UNEXPECTED | Standing.UNEXPECTED_PASS | Standing.EXPIRED | Standing.STALE:
            return Tone.LOOK
        case Standing.FLAKY_OUT_OF_BOUNDS:
            return Tone.LOOK
        case Standing.FLAKY_WITHIN_BOUNDS:
            return Tone.KNOWN
        case Standing.UNDECIDED:
            return Tone.OPEN
        case Standing.EXPECTED:
            return Tone.KNOWN if pair.excused else Tone.SAME
        case never:
            assert_never(never)


def sign(one: Tone) -> str:
    """What stands before the word, so that nobody has to tell colours apart."""
    match one:
        case Tone.LOOK:
            return "≠"
        case Tone.OPEN:
            return "?"
        case Tone.KNOWN:
            return "≈"
        case Tone.SAME:
            return "="
        case never:
            assert_never(never)


def state(one: Tone) -> str:
    """The word for a tone."""
    match one:
        case Tone.LOOK:
            return "unexpected"
        case Tone.OPEN:
            return "not decided"
        case Tone.KNOWN:
            return "known difference"
        case Tone.SAME:
            return "same"
        case never:
            assert_never(never)


def letter(one: Letter) -> str:
    """One sign for a letter of a lifecycle."""
    match one:
        case Letter.ISSUED:
            return "i"
        case Letter.CLAIMED:
            return "c"
        case Letter.STARTED:
            return "s"
        case Letter.DONE:
            return "d"
        case Letter.ERROR:
            return "e"
        case Letter.COMPLETED:
            return "✓"
        case Letter.FAILED:
            return "✗"
        case Letter.CANCELLED:
            return "⊘"
        case never:
            assert_never(never)


def outcome(one: OutcomeClass) -> str:
    """How a call ended."""
    match one:
        case OutcomeClass.OK:
            return "ok"
        case OutcomeClass.ERROR:
            return "error"
        case OutcomeClass.MASKED:
            return "an error inside call.done"
        case OutcomeClass.NONE:
            return "no answer"
        case never:
            assert_never(never)


def answer(verdict: RunVerdict) -> tuple[Tone, str, str]:
    """The first words of the report: whether this is good enough, in a few words and in a sentence."""
    counts = verdict.counts
    match Exit(verdict.exit):
        case Exit.OK:
            said = f"All {counts.decided} cases agree, or differ only in ways that are on record."
            return Tone.SAME, "Good enough", said
        case Exit.DIVERGED:
            said = f"{counts.unexpected} of {counts.total} cases are not as they should be."
            return Tone.LOOK, "Not good enough", said
        case Exit.INDETERMINATE:
            said = f"{counts.indeterminate} of {counts.total} cases could not be decided."
            return Tone.OPEN, "Not known", said
        case Exit.ENVIRONMENT:
            return Tone.OPEN, "Not known", "The environment was lost under way."
        case Exit.INVALID:
            return Tone.LOOK, "Invalid", "The judge is wrong about pairs whose verdict is known; nothing below counts."
        case code:
            return Tone.OPEN, "Not known", f"The run ended with exit code {int(code)}."


def grave(one: LegVerdict) -> bool:
    """Whether a leg has no end that says how it went."""
    return one in (LegVerdict.ZOMBIE, LegVerdict.TIMEOUT, LegVerdict.CONTAMINATED, LegVerdict.INFRA_ERROR)


def says_who(one: Finding) -> bool:
    """Whether the reference implementations know which side departs."""
    return one.opinion is not None and one.opinion.departs is not Departs.UNKNOWN


def plain(value: str) -> str:
    """A value of a closed set as people write it."""
    return value.replace("_", " ")


def counted(number: int, noun: str) -> str:
    """`1 case`, `3 cases`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """`740 µs`, `12.3 ms`, `1.25 s`."""
    if abs(seconds) < 0.001:
        return f"{1e6 * seconds:.0f} µs" if seconds else "0 ms"
    if abs(seconds) < 1:
        return f"{1000 * seconds:.3g} ms"
    return f"{seconds:.3g} s" if abs(seconds) < 1000 else f"{seconds:.0f} s"


def compact(value: object) -> str:
    """A JSON value on one line, without secrets."""
    return json.dumps(blotted_value(value), ensure_ascii=False, default=str)
