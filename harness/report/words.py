"""The sentences that the formats for people share."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from harness.model.check import Check
from harness.model.evidence import LaneEvidence
from harness.model.expectation import Rated
from harness.model.finding import Departs, Finding, Weight
from harness.model.noise import NoiseEntry, Spot
from harness.model.secrets import blotted
from harness.model.verdict import AS_RECORDED, Cause, Leg, Pair, RunVerdict
from harness.reference.routing import RUST_SERVER

LONGEST = 600
"""Characters of one piece of evidence that people are shown; the JSON formats have all of it."""

_NAMES = 4
"""Names of what a run left behind that people are shown of each kind; the JSON formats have all of them."""


def pools(verdict: RunVerdict) -> Iterator[tuple[str, str]]:
    """The header: what was compared, which pools are played by our own workers, routing and time."""
    for side, pool in (("reference", verdict.reference), ("candidate", verdict.candidate)):
        yield side, f"{pool}  ({'EMULATED by our own workers' if pool in verdict.emulated else 'real workers'})"
    release = "a Rust server, by no kind" if verdict.routing == RUST_SERVER else f"NoETL {verdict.routing}"
    yield "routing", f"as of {release}"
    yield "took", f"{verdict.seconds:.1f} s"


def alarms(verdict: RunVerdict) -> Iterator[str]:
    """What a report says first: that the judge itself was wrong, with each misjudged control; what the deployment lost;
    what is wrong with the recording; and that there is nothing in it."""
    misjudged = verdict.controls.misjudged
    if misjudged:
        yield (
            f"INVALID: {len(misjudged)} of {verdict.controls.total} controls misjudged. "
            "The judge is wrong about pairs whose verdict is known; nothing below counts."
        )
    for one in misjudged:
        yield f"control {one.name}: expected {one.expected}, got {one.got}"
    for loss in verdict.losses:
        yield f"LOST: {shown(blotted(loss))}. The run stopped there; what had not ended by then is not judged."
    for problem in verdict.problems:
        yield f"INCOMPLETE: {blotted(problem)}"
    if not verdict.pairs:
        yield "EMPTY: no case was run"


def footprints(verdict: RunVerdict) -> Iterator[str]:
    """What the run left behind where it was a guest, a line a kind. Names are of things that were not there before, the
    first few of them."""
    for left in verdict.footprints:
        whose = " and ".join(side.value for side in left.sides)
        if left.problem is not None:
            yield f"NoETL of {whose}: not known, since it could not be read: {blotted(left.problem)}"
            continue
        still = f", {left.running} of them still RUNNING" if left.running else ""
        yield f"NoETL of {whose}: {left.playbooks} playbooks, {left.executions} executions{still}, {left.events} events"
        yield from _named("new credentials", left.credentials)
        yield from _named("credentials that had other values before", left.replaced)
        yield from _named("new consumers", left.consumers)
        yield from _named("new tables", left.tables)
        if left.apart:
            yield f"  {left.apart} executions of others were RUNNING before; nothing here is about them"


def _named(what: str, names: tuple[str, ...]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        yield f"  {len(names)} {what}: {', '.join(names[:_NAMES])}{more}"


def groups(causes: tuple[Cause, ...]) -> Iterator[tuple[str, tuple[Cause, ...]]]:
    """The causes under their headings, the gravest first; headings without a cause are left out."""
    fresh = [cause for cause in causes if not cause.known]
    for heading, members in (
        ("Causes by which executions end differently", [cause for cause in fresh if cause.ends_differently]),
        ("Causes of other differences", [cause for cause in fresh if not cause.ends_differently]),
        ("Known differences", [cause for cause in causes if cause.known]),
    ):
        if members:
            yield heading, tuple(members)


def cases(cause: Cause) -> str:
    """`3 cases: a, b, c`."""
    return f"{len(cause.cases)} {'case' if len(cause.cases) == 1 else 'cases'}: {', '.join(cause.cases)}"


def of_note(verdict: RunVerdict) -> tuple[Pair, ...]:
    """The pairs that a person must look at."""
    return tuple(pair for pair in verdict.pairs if pair.standing not in AS_RECORDED)


def standing(pair: Pair) -> str:
    """What became of a pair, in one line."""
    legs = f"reference {pair.reference.verdict.value}, candidate {pair.candidate.verdict.value}"
    return f"{pair.verdict.value}, {pair.standing.value}: {legs}"


def differs(pair: Pair) -> bool:
    """Whether there is more to tell than what changes no verdict."""
    return bool(pair.excused) or any(one.weight is not Weight.INFO for one in pair.findings)


def by_fingerprint(pair: Pair) -> dict[str, list[Finding]]:
    """The findings of a pair under their fingerprints, in the order in which these come first; what changes no verdict
    comes last."""
    groups: dict[str, list[Finding]] = {}
    for one in sorted(pair.findings, key=lambda one: one.weight is Weight.INFO):
        groups.setdefault(one.fingerprint, []).append(one)
    return groups


def finding(one: Finding) -> str:
    """What the fingerprint does not say: `candidate, step fetch, at /status: 200 against 500 [missing edge: ...]`."""
    parts = [
        one.side.value if one.side else "",
        f"step {one.step}" if one.step else "",
        f"at {one.pointer}" if one.pointer else "",
    ]
    place = ", ".join(part for part in parts if part)
    edge = f"[missing edge: {one.edge.value}]" if one.edge else ""
    message = "" if one.message == one.fingerprint else one.message
    return ": ".join(part for part in (place, " ".join(part for part in (message, edge) if part)) if part)


def opinion(one: Finding) -> str:
    """What the reference implementations say of a departure: `the candidate departs: ...`, empty where none was asked
    for."""
    if one.opinion is None:
        return ""
    match one.opinion.departs:
        case Departs.UNKNOWN:
            who = "which side departs is not known"
        case Departs.BOTH:
            who = "both sides depart"
        case side:
            who = f"the {side.value} departs"
    return f"{who}: {one.opinion.because}"


def departures(pair: Pair) -> Iterator[str]:
    """A line for everything in which the pair is not as recorded."""
    yield from map(_departure, pair.findings)
    for expectation in pair.expired:
        yield f"no longer excused since {expectation.expires}: {expectation.fingerprint}"
    for expectation in pair.unmet:
        yield f"did not show, though expected: {expectation.fingerprint}"
    yield from (f"not compared: {note}" for note in pair.notes)


def of_check(check: Check) -> Iterator[str]:
    """A line for each finding that the answer rests on."""
    yield from map(_departure, check.findings)


def on_record(check: Check) -> Iterator[str]:
    """A line for each difference that is on record, with its reason."""
    for one, expectation in check.excused:
        yield f"{one.fingerprint}: {expectation.reason} ({expectation.source}, until {expectation.expires})"


def owners(pair: Pair) -> tuple[str, ...]:
    """Who has something on record for the pair."""
    expectations = (*(one for _, one in pair.excused), *pair.unmet, *pair.expired)
    return tuple(dict.fromkeys(one.owner for one in expectations))


def _departure(one: Finding) -> str:
    return ": ".join(part for part in (one.fingerprint, finding(one)) if part)


def shown(text: str) -> str:
    """`text`, cut where it is too long for a person."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ... ({len(text) - LONGEST} characters more)"


def visible(text: str) -> str:
    """`text` with what would move the cursor spelled out."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in text)


def parting(pair: Pair) -> tuple[str, str] | None:
    """The first event in which the histories part, as each side has it."""
    for moment in pair.history:
        if moment.parts:
            return moment.reference or "(nothing)", moment.candidate or "(nothing)"
    return None


def claimed(leg: Leg) -> Iterator[str]:
    """`worker-1a2b3c4d: start, fetch` for each worker that claimed a command of the leg."""
    steps: dict[str, list[str]] = {}
    for call in leg.outcome.calls:
        for worker in call.claimed_by:
            steps.setdefault(worker, []).append(call.key.step)
    for worker, names in steps.items():
        yield f"{worker}: {', '.join(dict.fromkeys(names))}"


def complaints(pair: Pair, leg: Leg) -> tuple[str, ...]:
    """The leg's log records that complain, except for those that a finding quotes."""
    quoted = "\n".join(line for finding in pair.findings for line in finding.evidence)
    records = (line.text for line in leg.evidence.log if line.level.upper() in ("ERROR", "WARN", "WARNING"))
    return tuple(text for text in records if text not in quoted)


def reproduce(verdict: RunVerdict, pair: Pair) -> str:
    """One command that runs this pair again."""
    return shlex.join(["noetl-harness", "diff", pair.case.file, *verdict.again])


def deliveries(lane: LaneEvidence) -> Iterator[tuple[str, int, int]]:
    """The consumers of a lane with what had been delivered before the first leg and after the last."""
    before = {consumer.name: consumer.delivered for consumer in lane.before.consumers}
    for consumer in lane.after.consumers:
        yield consumer.name, before.get(consumer.name, 0), consumer.delivered


def spot(one: Spot) -> str:
    """`step fetch at /t (value)`."""
    return f"{one.where} at {one.at} ({one.kind.value})"


def recorded(one: NoiseEntry) -> str:
    """How often noise on record was seen, and how long it holds."""
    return f"seen in {one.seen} of {one.runs} runs from {one.first} to {one.last}, holds until {one.expires}"


def noise(pair: Pair) -> Iterator[str]:
    """A line for each place that was taken for noise, each that no longer is, and each flaky difference."""
    for place in pair.noise:
        said = ["the reference differs from itself"] if place.again else []
        said += [f"on record, {recorded(place.entry)}"] if place.entry else []
        said += ["the candidate differs" if place.differs else "the candidate does not differ"]
        yield f"{spot(place.spot)}: {'; '.join(said)}"
    for entry in pair.lapsed:
        yield f"{spot(entry.spot)}: masks nothing since {entry.expires}, {entry.seen} of {entry.runs} runs showed it"
    for one in pair.rates:
        yield rate(one)


def rate(one: Rated) -> str:
    """A flaky difference against its bounds."""
    flaky = one.expectation.flaky
    assert flaky is not None
    bounds = f"{flaky.min:.0%} to {flaky.max:.0%} of {flaky.runs} runs"
    few = ", too few runs to say" if one.runs < flaky.runs else ""
    return f"flaky: {one.expectation.fingerprint}: in {one.shown} of {one.runs} runs, expected {bounds}{few}"


def noisy(verdict: RunVerdict) -> tuple[Pair, ...]:
    """The pairs that `noise` has something to say of."""
    return tuple(pair for pair in verdict.pairs if pair.noise or pair.lapsed or pair.rates)


def summary(verdict: RunVerdict) -> str:
    """The last line of a report."""
    counts, controls = verdict.counts, verdict.controls
    noise = f" · {counts.noise} noise" if counts.noise else ""
    oldest = "" if counts.oldest_known is None else f" (oldest {counts.oldest_known} d)"
    interval = f"[{counts.low * 100:.0f}-{counts.high * 100:.0f}]"
    return (
        f"controls {controls.right}/{controls.total} · "
        f"decided {counts.decided}/{counts.total} · {counts.unexpected} unexpected · "
        f"{counts.indeterminate} indeterminate · parity {counts.same}/{counts.total} {counts.parity:.1%} "
        f"{interval} · {counts.known} known{oldest}{noise}"
    )
