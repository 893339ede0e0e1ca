from __future__ import annotations

import base64
import gzip
import hashlib
import io
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from report_runs import ATTACK, AUTH, HOSTILE, QUIET, SECRET, SEQUENCE, earlier, healthy, judged, large, replay

from harness.history.stored import StoredRun, as_stored
from harness.model.errors import Exit
from harness.model.finding import Departs, Opinion
from harness.model.lane import Side
from harness.model.noise import Kind, Noise, NoiseEntry, Spot
from harness.model.verdict import Controls, Misjudged, PairVerdict, RunVerdict, Standing
from harness.report.html import write
from harness.report.html.axis import axis
from harness.report.html.case import case_page
from harness.report.html.timeline import Timeline

BIGGEST = 15_000_000


def text(run: RunVerdict, *past: StoredRun) -> str:
    out = io.StringIO()
    write(judged(run, *past), out)
    return out.getvalue()


def pages(report: str) -> dict[str, str]:
    """The pages of the cases, unpacked."""
    found = re.findall(r'<script type="text/plain" data-case="([^"]*)">([^<]*)</script>', report)
    return {name: gzip.decompress(base64.b64decode(packed)).decode() for name, packed in found}


@pytest.fixture(scope="module")
def run() -> RunVerdict:
    return replay()


@pytest.fixture(scope="module")
def report(run: RunVerdict) -> str:
    return text(run, *earlier(run))


def first_screen(report: str) -> str:
    return report[report.index('<section id="view-overview"') : report.index('<section id="view-cases"')]


def test_the_first_screen_says_whether_it_is_good_enough_and_names_both_causes(report: str) -> None:
    screen = first_screen(report)
    assert "Not good enough" in screen
    assert screen.index(AUTH) < screen.index("<h2>") > screen.index(SEQUENCE)
    assert "“expected struct AuthConfig” in 3 cases and “Tool not found: task_sequence” in 2 cases." in screen


def test_the_first_screen_has_causes_by_size_zombies_and_pools(report: str) -> None:
    screen = first_screen(report)
    assert screen.index(f'<span class="fingerprint">{AUTH}') < screen.index(f'<span class="fingerprint">{SEQUENCE}')
    assert "<b>3 cases</b> on the candidate: started and never finished" in screen
    assert f"Quiet for up to {QUIET} s" in screen
    assert "rust@5.10.0  (real workers)" in screen


def test_a_cause_says_whether_it_is_new(report: str) -> None:
    screen = first_screen(report)
    causes = re.findall(r"<h3>.*?</li>", screen, re.S)
    assert "New in this run." in next(one for one in causes if AUTH in one)
    named = f'<h3><span class="fingerprint">{SEQUENCE}'
    assert "New in this run." not in next(one for one in causes if named in one)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (Exit.OK, "Good enough"),
        (Exit.DIVERGED, "Not good enough"),
        (Exit.INDETERMINATE, "Not known"),
        (Exit.ENVIRONMENT, "The environment was lost"),
        (Exit.INVALID, "Invalid"),
    ],
)
def test_every_exit_code_has_its_answer(code: Exit, words: str) -> None:
    assert words in first_screen(text(replace(healthy(), exit=code)))


def test_what_is_wrong_with_the_run_itself_comes_first() -> None:
    wrong = Controls(44, 45, (Misjudged("null lost", "diverged", "same_pass"),))
    broken = replace(healthy(), exit=Exit.INVALID, controls=wrong, losses=("nats-server",), problems=("no footer",))
    screen = first_screen(text(broken))
    places = [screen.index(part) for part in ("1 of 45 controls", "null lost", "nats-server", "no footer", "parity")]
    assert places == sorted(places)
    assert '<b>44</b> <span class="dim">of 45 judged right</span>' in screen


def test_a_healthy_run_raises_no_alarm() -> None:
    screen = first_screen(text(healthy()))
    assert 'class="notice"' not in screen
    assert 'class="look"' not in screen
    assert "Nothing differs." in screen


def test_cases_that_were_not_decided_stand_on_the_first_screen_with_the_reason() -> None:
    run = healthy()
    leg = replace(run.pairs[0].candidate, evidence=replace(run.pairs[0].candidate.evidence, problem="the log is gone"))
    pair = replace(
        run.pairs[0], candidate=leg, verdict=PairVerdict.INDETERMINATE, standing=Standing.UNDECIDED, findings=()
    )
    screen = first_screen(text(replace(run, exit=Exit.INDETERMINATE, pairs=(pair, *run.pairs[1:]))))
    assert "Why cases were not decided" in screen
    assert "candidate: the log is gone" in screen


def test_noise_and_who_departs_are_told() -> None:
    run = replay()
    day = date(2026, 5, 1)
    entry = NoiseEntry("python/hello", "python@4.12.0", Spot("start", "/drawn", Kind.VALUE), 3, 4, day, day, day)
    noisy = replace(run.pairs[0], noise=(Noise(entry.spot, True, False, entry),))
    cause = replace(
        run.causes[0], sample=replace(run.causes[0].sample, opinion=Opinion(Departs.CANDIDATE, "so says 5"))
    )
    report = text(replace(run, pairs=(noisy, *run.pairs[1:]), causes=(cause, *run.causes[1:])))
    for document in (first_screen(report), pages(report)["python/hello"]):
        assert "start at /drawn (value): the reference differs from itself" in document
    assert "The reference implementations say: the candidate departs: so says 5" in first_screen(report)


def test_the_policy_allows_this_script_and_this_style_and_nothing_else(report: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', report)
    assert policy is not None
    said = policy[1].replace("&#39;", "'")
    assert said.startswith("default-src 'none'; ")
    for tag, name in (("script", "script-src"), ("style", "style-src")):
        body = re.findall(rf"<{tag}>(.*?)</{tag}>", report, re.S)
        assert len(body) == 1
        assert f"{name} 'sha256-{base64.b64encode(hashlib.sha256(body[0].encode()).digest()).decode()}'" in said
    assert "unsafe" not in said


class Watcher(HTMLParser):
    """Notes what a document would run or ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or name == "style" or (name in ("src", "href", "action") and _leads_away(value)):
                self.found.append(f"{tag} {name}={value}")
        if tag in ("img", "iframe", "object", "embed"):
            self.found.append(tag)


def _leads_away(value: str | None) -> bool:
    return not (value or "").startswith(("#", "data:,"))


def test_no_text_of_a_run_becomes_markup(report: str) -> None:
    for document in (report, *pages(report).values()):
        watcher = Watcher()
        watcher.feed(document)
        assert watcher.found == []
    assert report.count("<script>") == 1
    assert "&lt;/script&gt;" in pages(report)[HOSTILE.replace('"', "&#34;").replace(">", "&gt;").replace("<", "&lt;")]


def test_no_secret_and_nothing_that_moves_a_cursor_is_shown(report: str) -> None:
    assert SECRET in ATTACK
    for document in (report, *pages(report).values()):
        assert SECRET not in document
        assert "\x1b" not in document


def test_a_page_shows_what_differs_and_marks_the_guilty_step(report: str) -> None:
    page = pages(report)["auth/by_alias"]
    assert re.search(r'<li class="marked"><code>  - step: start</code> <span class="note">expected struct', page)
    assert "<li><code>  - step: end</code>" in page
    assert "noetl-harness diff playbooks/auth/by_alias.yaml" in page
    assert "28 records before" in page
    assert '<i class="lacks">d</i><i class="lacks">✓</i>' in page


def test_the_page_of_cases_that_agree_marks_nothing(report: str) -> None:
    page = pages(report)["python/hello"]
    assert "Nothing differs" in page
    assert 'class="marked"' not in page
    assert 'class="lacks"' not in page


def test_the_envelope_is_marked_where_a_pointer_says_that_it_differs(report: str) -> None:
    page = pages(report)["http/known"]
    assert re.search(r'<span class="marked" title="/status">  &#34;status&#34;: 201</span>', page)
    assert "The Rust worker answers 201." in page


def drawn(case_id: str) -> Timeline:
    run = replay()
    drawing = case_page(run, next(pair for pair in run.pairs if pair.case.id == case_id)).timeline
    assert drawing is not None
    return drawing


def test_a_retry_stands_on_one_line_with_what_it_repeats() -> None:
    tracks = drawn("retry/visits").rows[1].tracks
    assert [[bar.kind for bar in track.bars] for track in tracks] == [["error", "work"], ["error", "work"]]


def test_calls_side_by_side_stand_on_lines_of_their_own() -> None:
    tracks = drawn("loops/beside").rows[1].tracks
    assert [(track.side, len(track.bars)) for track in tracks] == [
        (Side.REFERENCE, 1),
        (Side.REFERENCE, 1),
        (Side.CANDIDATE, 2),
    ]


def test_a_zombie_is_drawn_to_the_end_of_the_watch_with_the_silence_cut_out() -> None:
    drawing = drawn("auth/by_alias")
    hanging = [bar for row in drawing.rows for track in row.tracks for bar in track.bars if bar.kind == "hang"]
    assert len(hanging) == 2
    assert {round(bar.x + bar.width) for bar in hanging} == {round(drawing.right)}
    assert [one.seconds for one in drawing.axis.breaks] == [pytest.approx(QUIET, abs=0.2)]


def test_an_axis_without_long_silences_is_linear() -> None:
    one = axis([0.0, 0.1, 0.9, 1.0], 0, 100)
    assert one.breaks == ()
    assert [one.x(at) for at in (0.0, 0.25, 1.0, 2.0)] == [0, 25, 100, 100]


def test_an_axis_keeps_order_around_a_break() -> None:
    one = axis([0.0, 0.1, 20.0, 20.1], 0, 100)
    places = [one.x(at) for at in (0.0, 0.05, 0.1, 10.0, 20.0, 20.05, 20.1)]
    assert places == sorted(places)
    assert one.breaks[0].seconds == pytest.approx(19.9)
    assert [tick.text for tick in one.ticks][-1].startswith("20.")


def test_the_trend_shows_causes_that_came_and_left(report: str) -> None:
    view = report[report.index('<section id="view-trend"') :]
    rows = re.findall(r"<tr><th scope=\"row\"><span class=\"fingerprint\">.*?</tr>", view, re.S)
    assert "gone" in next(row for row in rows if "python data lacks /gone" in row)
    assert "new" in next(row for row in rows if AUTH in row)
    assert "new" not in next(row for row in rows if f">{SEQUENCE}<" in row)


def test_the_trend_names_flaky_cases_and_says_nothing_where_there_are_none() -> None:
    run = healthy()
    before = replace(as_stored(run), run_id="20261122T020000-abcdef")
    assert "Flaky cases" not in text(run, before)
    pair = replace(before.pairs[0], verdict=PairVerdict.DIVERGED)
    report = text(run, replace(before, pairs=(pair, *before.pairs[1:])))
    view = report[report.index('<table class="flaky">') :]
    assert pair.case_id in view[: view.index("</table>")]
    assert "100 %" in view[: view.index("</table>")]


def test_latency_and_coverage_have_their_tables(report: str) -> None:
    assert "Per tool kind" in report
    assert 'href="#case/python/hello">python/hello</a> <span class="">start</span>' in report
    assert "has kinds that no case uses" in report


def test_the_same_run_gives_the_same_file(run: RunVerdict) -> None:
    assert text(run) == text(run)


def test_two_hundred_cases_of_five_hundred_events_stay_small() -> None:
    assert len(text(large(200, 50)).encode()) < BIGGEST


def test_calls_that_are_not_drawn_are_counted() -> None:
    page = pages(text(large(1, 1_300)))["area_0/case_0"]
    assert "200 calls more are not drawn." in page
    assert "700 calls more are in verdict.json." in page
