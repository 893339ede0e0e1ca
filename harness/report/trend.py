"""The stored runs over time, for a person, an issue or a program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TextIO

from harness.history.trend import CaseTrend, Durations, Point, Presence, Trend
from harness.report.markdown import LARGEST, escaped, write_blocks
from harness.report.page import Page
from harness.report.plain import plain

SCHEMA = "noetl-harness/trend/1"

MOST_CASES = 15
"""Cases in a list for people; JSON has all of them."""


def write(form: str, one: Trend, out: TextIO) -> None:
    """`json`: one object with `schema` and the fields of `Trend`."""
    match form:
        case "json":
            json.dump({"schema": SCHEMA, **plain(one)}, out, indent=2, ensure_ascii=False)
            out.write("\n")
        case "markdown":
            write_blocks(_blocks(one), LARGEST, out)
        case _:
            _write_page(one, Page(out))


def _write_page(one: Trend, page: Page) -> None:
    page.line(_title(one))
    page.line()
    page.line(f"{'run':<24}{'exit':>4}{'parity':>18}  {'95 %':<8} {'':<13}{'unexpected':>10}", style="bold")
    for point in one.points:
        page.line(_row(point), style="" if point.exit == 0 else "red")
        for change in _changes(point):
            page.paragraph(change, indent=4, hang=4, style="yellow")
    page.heading(_causes(one))
    for cause in _moving(one):
        style = "yellow" if cause.known else "red"
        page.paragraph(f"{cause.cases[-1]:>4}  {cause.fingerprint}: {_presence(one, cause)}", hang=6, style=style)
    page.heading("Flaky cases" if one.flaky else "No case got another verdict from one run to the next")
    for case in one.flaky[:MOST_CASES]:
        page.paragraph(f"{case.case_id}: {_flips(case)}", indent=2, hang=4, style="red")
    slowest = _slowest(one)
    if slowest:
        page.heading(f"The slowest cases, seconds: median of the runs, newest run  ({len(one.cases)} cases)")
        page.line(f"  {'':<36}{one.reference:>18}  {one.candidate:>18}")
    for case in slowest:
        page.line(f"  {case.case_id:<36}{_times(case.reference):>18}  {_times(case.candidate):>18}")


def _blocks(one: Trend) -> Iterator[str]:
    yield f"**{escaped(_title(one))}**"
    rows = "\n".join(
        f"| {point.run_id} | {point.exit} | {_parity(point)} | {_interval(point)} | {point.counts.unexpected} | "
        f"{escaped('; '.join(_changes(point)))} |"
        for point in one.points
    )
    yield f"| run | exit | parity | 95 % | unexpected | causes |\n|---|---|---|---|---|---|\n{rows}"
    yield f"{_causes(one)}:"
    for cause in _moving(one):
        yield f"- {cause.cases[-1]} cases: {escaped(cause.fingerprint)}: {_presence(one, cause)}"
    for case in one.flaky[:MOST_CASES]:
        yield f"- flaky: {escaped(case.case_id)}: {_flips(case)}"
    times = "\n".join(
        f"| {escaped(case.case_id)} | {_times(case.reference)} | {_times(case.candidate)} |" for case in _slowest(one)
    )
    if times:
        yield f"| slowest: median, newest (s) | {one.reference} | {one.candidate} |\n|---|---|---|\n{times}"


def _title(one: Trend) -> str:
    count = len(one.points)
    runs = "1 stored run" if count == 1 else f"{count} stored runs, oldest first"
    return f"{one.reference} against {one.candidate}, routing {one.routing}: {runs}"


def _row(point: Point) -> str:
    bar = "#" * round(12 * point.counts.parity)
    parity, interval = _parity(point), _interval(point)
    return f"{point.run_id:<24}{point.exit:>4}{parity:>18}  {interval:<8} {bar:<13}{point.counts.unexpected:>10}"


def _parity(point: Point) -> str:
    return f"{point.counts.same}/{point.counts.total} {point.counts.parity:.1%}"


def _interval(point: Point) -> str:
    return f"[{100 * point.low:.0f}-{100 * point.high:.0f}]"


def _changes(point: Point) -> Iterator[str]:
    yield from (f"+ {name}" for name in point.came)
    yield from (f"- {name}" for name in point.left)


def _causes(one: Trend) -> str:
    moving = len(_moving(one))
    return f"{len(one.causes) - moving} known causes show in every run, {moving} others (cases of the newest run first)"


def _moving(one: Trend) -> list[Presence]:
    """The causes that a person has not put on record, or that do not show in every run."""
    return [cause for cause in one.causes if not (cause.known and all(cause.cases))]


def _presence(one: Trend, cause: Presence) -> str:
    """`known, in 3 of 6 runs, since RUN` or `gone since RUN`."""
    known = "known, " if cause.known else ""
    runs = f"in {sum(map(bool, cause.cases))} of {len(cause.cases)} runs"
    since = f"since {one.points[cause.first].run_id}"
    gone = "" if cause.cases[-1] else f", gone since {one.points[cause.last + 1].run_id}"
    return f"{known}{runs}, {since}{gone}"


def _flips(case: CaseTrend) -> str:
    return f"another verdict {case.flips} of {case.chances} times ({case.flake_rate:.0%})"


def _slowest(one: Trend) -> list[CaseTrend]:
    timed = [case for case in one.cases if case.reference or case.candidate]
    return sorted(timed, key=lambda case: (-_longest(case), case.case_id))[:MOST_CASES]


def _longest(case: CaseTrend) -> float:
    return max(side.median for side in (case.reference, case.candidate) if side)


def _times(side: Durations | None) -> str:
    return "-" if side is None else f"{side.median:.2f} {side.newest:>7.2f}"
