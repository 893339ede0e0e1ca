from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from recorded import MANIFEST

from harness.judged import Judged
from harness.model.envelope import Call, CallKey, Envelope, Letter, Outcome, OutcomeClass
from harness.model.event import EventRow
from harness.model.evidence import Consumer, Evidence, LaneEvidence, LegEnd, LogLine, StreamState
from harness.model.expectation import Expectation, Flaky, Rated
from harness.model.finding import Checker, Edge, Finding, Weight
from harness.model.lane import Side
from harness.model.noise import Kind, Noise, NoiseEntry, Spot
from harness.model.suite import Case
from harness.model.verdict import (
    Cause,
    Claims,
    Controls,
    Counts,
    Leg,
    LegVerdict,
    Misjudged,
    Moment,
    Pair,
    PairVerdict,
    RunVerdict,
    Standing,
)
from harness.report import write
from harness.report.markdown import LARGEST

SECRET = "s3cr3t-pass"
STRANDED = Finding(
    Checker.ZOMBIE,
    "auth/by_alias",
    "expected struct AuthConfig",
    "the execution is RUNNING and nobody works on it",
    Weight.DIVERGES,
    Side.CANDIDATE,
    step="fetch",
    edge=Edge.NOT_FINISHED,
    evidence=(f"ERROR Command execution failed error=[bold]invalid[/bold] postgres://noetl:{SECRET}@127.0.0.1/x",),
    ends_differently=True,
)
STATUS = Finding(
    Checker.ENVELOPE,
    "http/get",
    "envelope: value at /status",
    "200 against 500",
    Weight.DIVERGES,
    step="get",
    pointer="/status",
)
KNOWN = replace(STATUS, case_id="http/known", fingerprint="envelope: keys of the result")
EXCUSE = Expectation(
    "http/known",
    KNOWN.fingerprint,
    "rust",
    "",
    "The Rust worker leaves the headers out.",
    "spec 4",
    "harness",
    date(2026, 5, 1),
    "playbooks/expectations/http/known.yaml",
)


def leg(case_id: str, side: Side, verdict: LegVerdict, log: tuple[LogLine, ...] = ()) -> Leg:
    key = CallKey(f"t/{case_id}", "fetch", -1, 1)
    call = Call(
        key, 1, 2, "http", (Letter.ISSUED, Letter.CLAIMED), (f"worker-{side}",), Envelope(key, "http", OutcomeClass.OK)
    )
    event = EventRow(1, 2, "command.issued", "fetch", "PENDING", datetime(2026, 1, 1, tzinfo=UTC))
    end = LegEnd.TERMINAL_EVENT
    evidence = Evidence(case_id, side, str(side), end, 2, 0.5, events=(event,), log=log)
    return Leg(evidence, Outcome((call,), "completed", False), verdict, ())


def pair(
    case_id: str, verdict: PairVerdict, standing: Standing, *findings: Finding, end: LegVerdict = LegVerdict.COMPLETED
) -> Pair:
    log = (
        LogLine("w1.log", "INFO all is well", level="INFO"),
        LogLine("w1.log", f"ERROR it broke, password={SECRET} \x1b[2J", level="ERROR"),
    )
    return Pair(
        Case(case_id, f"t/{case_id}", f"playbooks/{case_id}.yaml", source=f"password: {SECRET}"),
        leg(case_id, Side.REFERENCE, LegVerdict.COMPLETED),
        leg(case_id, Side.CANDIDATE, end, log if findings else ()),
        verdict,
        standing,
        findings,
        history=(
            Moment("fetch  command.started", "fetch  command.started", parts=False),
            Moment("fetch  call.done ok", None, parts=bool(findings)),
        ),
    )


def stream(delivered: int) -> StreamState:
    return StreamState(delivered, delivered, (Consumer("noetl_worker_pool_python", None, delivered, 0, 0, 0, 0, 1),))


@pytest.fixture
def verdict() -> RunVerdict:
    stranded = pair("auth/by_alias", PairVerdict.DIVERGED, Standing.UNEXPECTED, STRANDED, end=LegVerdict.ZOMBIE)
    differs = pair("http/get", PairVerdict.DIVERGED, Standing.UNEXPECTED, STATUS)
    known = replace(pair("http/known", PairVerdict.DIVERGED, Standing.EXPECTED), excused=((KNOWN, EXCUSE),))
    same = pair("python/hello", PairVerdict.SAME_PASS, Standing.EXPECTED)
    return RunVerdict(
        run_id="run",
        controls=Controls(2, 2),
        reference="python@4.12.0",
        candidate="rust@5.9.0",
        routing="4.11.0",
        emulated=("python@4.12.0", "rust@5.9.0"),
        real=(),
        pairs=(stranded, differs, known, same),
        causes=(
            Cause(KNOWN.fingerprint, ("http/known",), False, True, KNOWN, EXCUSE.reason),
            Cause(STATUS.fingerprint, ("http/get",), False, False, STATUS),
            Cause(STRANDED.fingerprint, ("auth/by_alias",), True, False, STRANDED),
        ),
        lanes=tuple(LaneEvidence(side, str(side), True, stream(3), stream(8)) for side in Side),
        exit=1,
        seconds=12.34,
        suite_digest="abc",
        counts=Counts(total=4, decided=4, unexpected=2, indeterminate=0, same=1, known=1),
        claims=(
            Claims(Side.CANDIDATE, "task_sequence", "python@4.12.0", 5),
            Claims(Side.CANDIDATE, "task_sequence", "rust@5.9.0", 0),
            Claims(Side.CANDIDATE, "http", "rust@5.9.0", 9),
        ),
        again=("--reference", "python@4.12.0", "--candidate", "exec:my pool.yaml", "--routing", "4.11.0"),
    )


def text(form: str, verdict: RunVerdict) -> str:
    out = io.StringIO()
    write(form, Judged(verdict, MANIFEST, {}, {}), out)
    return out.getvalue()


@pytest.mark.parametrize("form", ["terminal", "history", "markdown", "json", "jsonl"])
def test_no_format_shows_a_secret(form: str, verdict: RunVerdict) -> None:
    assert SECRET not in text(form, verdict)


@pytest.mark.parametrize("form", ["terminal", "history", "markdown", "json", "jsonl"])
def test_every_format_says_first_that_a_control_was_misjudged(form: str, verdict: RunVerdict) -> None:
    wrong = Misjudged("null lost", "diverged; envelope: data lacks a key", "same_pass")
    report = text(form, replace(verdict, controls=Controls(17, 18, (wrong,))))
    places = [report.index(part) for part in ("null lost", "same_pass", "rust@5.9.0")]
    assert places == sorted(places)
    if form.startswith("json"):
        head = json.loads(report.splitlines()[0] if form == "jsonl" else report)
        assert (head["controls"]["right"], head["controls"]["misjudged"][0]["got"]) == (17, "same_pass")
    else:
        assert report.removeprefix("```text\n").startswith("INVALID: 1 of 18 controls misjudged")


@pytest.mark.parametrize("form", ["terminal", "history", "markdown"])
def test_a_valid_run_leads_its_score_with_the_controls(form: str, verdict: RunVerdict) -> None:
    report = text(form, verdict)
    assert "controls 2/2 · decided 4/4" in report
    assert "INVALID" not in report


@pytest.mark.parametrize("form", ["terminal", "history"])
def test_text_is_plain_and_fits_80_columns_except_for_commands_and_the_score(
    form: str, verdict: RunVerdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = text(form, verdict).splitlines()
    assert not [line for line in lines if "\x1b" in line]
    assert not [line for line in lines[:-1] if len(line) > 80 and "noetl-harness diff" not in line]


def test_the_terminal_leads_with_what_ends_executions_differently_and_puts_known_causes_last(
    verdict: RunVerdict,
) -> None:
    report = text("terminal", verdict)
    order = [
        "Causes by which executions end differently",
        " 1. expected struct AuthConfig",
        "Causes of other differences",
        " 2. envelope: value at /status",
        "Known differences",
        " 3. envelope: keys of the result",
        "The Rust worker leaves the headers out.",
        "Cases to look at",
        "decided 4/4",
    ]
    places = [report.index(part) for part in order]
    assert places == sorted(places)


def test_a_heading_without_a_cause_is_left_out(verdict: RunVerdict) -> None:
    report = text("terminal", replace(verdict, causes=verdict.causes[:1]))
    assert "Known differences" in report
    assert "Causes" not in report


def test_the_terminal_says_what_is_emulated_and_what_is_real(verdict: RunVerdict) -> None:
    report = text("terminal", replace(verdict, emulated=("python@4.12.0",), real=("rust@5.9.0",)))
    assert "reference  python@4.12.0  (EMULATED by our own workers)" in report
    assert "candidate  rust@5.9.0  (real workers)" in report
    assert "as of NoETL 4.11.0" in report
    assert "12.3 s" in report


def test_a_case_shows_what_differs_where_it_parts_who_claimed_and_how_to_see_it_again(verdict: RunVerdict) -> None:
    report = text("terminal", verdict)
    case = report[report.index("\nauth/by_alias") : report.index("\nhttp/get")]
    for part in (
        "diverged, unexpected: reference completed, candidate zombie",
        "candidate, step fetch: the execution is RUNNING",
        "[missing edge: started and never finished]",
        "[bold]invalid[/bold]",
        "reference  fetch  call.done ok",
        "candidate  (nothing)",
        "claimed on candidate by worker-candidate: fetch",
        "log of candidate: ERROR it broke, password=*** \\x1b[2J",
        "diff playbooks/auth/by_alias.yaml --reference python@4.12.0 --candidate 'exec:my pool.yaml' --routing 4.11.0",
    ):
        assert part in case, part
    assert "all is well" not in case


def test_a_log_record_that_a_finding_quotes_is_told_once(verdict: RunVerdict) -> None:
    quoted = verdict.pairs[0].candidate.evidence.log[1].text
    finding = replace(STRANDED, evidence=(f"worker.log: {quoted}",))
    told = text("terminal", replace(verdict, pairs=(replace(verdict.pairs[0], findings=(finding,)),), causes=()))
    assert told.count("it broke") == 1


def test_findings_with_one_fingerprint_stand_under_it(verdict: RunVerdict) -> None:
    between = replace(STATUS, fingerprint="something else", step="other")
    twice = (STATUS, between, replace(STATUS, step="get again"))
    told = text("terminal", replace(verdict, pairs=(replace(verdict.pairs[1], findings=twice),), causes=()))
    assert told.count(STATUS.fingerprint) == 1
    assert told.index("step get again, at /status: 200 against 500") < told.index("something else")


def test_the_later_lines_of_a_record_stand_deeper(verdict: RunVerdict) -> None:
    finding = replace(STRANDED, evidence=("first line\n  second line",))
    told = text("terminal", replace(verdict, pairs=(replace(verdict.pairs[0], findings=(finding,)),)))
    assert "\n      first line\n        second line\n" in told


def test_cases_that_are_expected_are_not_told_in_full(verdict: RunVerdict) -> None:
    report = text("terminal", verdict)
    assert "\npython/hello" not in report
    assert "\nhttp/known" not in report


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": PairVerdict.INDETERMINATE, "standing": Standing.UNDECIDED},
        {"standing": Standing.UNEXPECTED_PASS, "unmet": (EXCUSE,)},
        {"standing": Standing.EXPIRED, "expired": (EXCUSE,)},
    ],
)
def test_cases_that_are_undecided_or_better_than_expected_are_told(
    verdict: RunVerdict, changes: dict[str, object]
) -> None:
    odd = replace(verdict.pairs[3], **changes)  # type: ignore[arg-type]
    for form in ("terminal", "markdown"):
        report = text(form, replace(verdict, pairs=(odd,), causes=()))
        assert "python/hello" in report
        assert report.count(EXCUSE.fingerprint) == (0 if odd.verdict is PairVerdict.INDETERMINATE else 1)


def test_claims_of_task_sequences_stand_beside_the_delivery_counters(verdict: RunVerdict) -> None:
    report = text("terminal", verdict)
    assert "python@4.12.0 claimed 5" in report
    assert "rust@5.9.0 claimed 0" in report
    assert "claimed 9" not in report
    assert "consumer noetl_worker_pool_python: 3 before, 8 after" in report


def test_without_task_sequences_nothing_is_said_of_claims(verdict: RunVerdict) -> None:
    report = text("terminal", replace(verdict, claims=()))
    assert "consumer" not in report


@pytest.mark.parametrize("form", ["terminal", "history"])
def test_the_last_line_is_the_score(form: str, verdict: RunVerdict) -> None:
    last = text(form, verdict).splitlines()[-1]
    assert last == "controls 2/2 · decided 4/4 · 2 unexpected · 0 indeterminate · parity 1/4 25.0% [0-100] · 1 known"


def test_diff_sets_the_histories_side_by_side_and_marks_where_they_part(verdict: RunVerdict) -> None:
    lines = text("history", replace(verdict, pairs=verdict.pairs[:1])).splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("the histories part here"))
    assert lines[at - 1].split(" | ") == [lines[at - 1].split(" | ")[0], "fetch  command.started"]
    assert lines[at + 1].startswith("fetch  call.done ok")
    assert lines[at + 1].endswith("#")


def test_diff_of_equal_histories_says_so(verdict: RunVerdict) -> None:
    report = text("history", replace(verdict, pairs=verdict.pairs[3:]))
    assert "Nothing differs" in report
    assert "part here" not in report


def test_diff_says_when_there_is_no_history(verdict: RunVerdict) -> None:
    report = text(
        "history", replace(verdict, pairs=(replace(verdict.pairs[0], history=(), notes=("a probe failed",)),))
    )
    assert "can not be set side by side" in report
    assert "not compared: a probe failed" in report


def test_json_is_the_verdict_under_its_own_names(verdict: RunVerdict) -> None:
    data = json.loads(text("json", verdict))
    assert data["schema"] == "noetl-harness/run/1"
    assert (data["exit"], data["candidate"], data["counts"]["unexpected"]) == (1, "rust@5.9.0", 2)
    first = data["pairs"][0]
    assert (first["verdict"], first["standing"]) == ("diverged", "unexpected")
    assert first["findings"][0]["edge"] == "started and never finished"
    assert first["candidate"]["outcome"]["calls"][0]["letters"] == ["issued", "claimed"]
    assert "source" not in first["case"]
    assert "events" not in first["candidate"]["evidence"]
    assert data["pairs"][2]["excused"][0][1]["expires"] == "2026-05-01"


def test_json_is_the_same_text_for_the_same_verdict(verdict: RunVerdict) -> None:
    assert text("json", verdict) == text("json", verdict)


def test_jsonl_has_one_line_for_each_pair(verdict: RunVerdict) -> None:
    lines = [json.loads(line) for line in text("jsonl", verdict).splitlines()]
    assert [line["case"]["id"] for line in lines] == ["auth/by_alias", "http/get", "http/known", "python/hello"]
    assert {line["candidate_pool"] for line in lines} == {"rust@5.9.0"}


def test_markdown_leads_with_the_score_and_the_causes(verdict: RunVerdict) -> None:
    report = text("markdown", verdict)
    assert report.startswith("**controls 2/2 · decided 4/4")
    assert report.index("### Causes by which") < report.index("### Cases to look at")
    assert "auth/by\\_alias" in report


def test_markdown_stays_within_its_bound_and_says_what_is_left_out(verdict: RunVerdict) -> None:
    many = tuple(
        replace(one, case=replace(one.case, id=f"many/{number}")) for number in range(1000) for one in verdict.pairs[:1]
    )
    report = text("markdown", replace(verdict, pairs=many))
    assert len(report.encode()) <= LARGEST
    assert "parts more do not fit here" in report
    assert report.count("```") % 2 == 0


def test_markdown_fences_hold_what_has_fences_itself(verdict: RunVerdict) -> None:
    nasty = replace(STATUS, message="```\n# not a heading")
    report = text("markdown", replace(verdict, pairs=(replace(verdict.pairs[1], findings=(nasty,)),), causes=()))
    assert "\n````text\n" in report


def test_noise_and_rates_stand_in_every_report(verdict: RunVerdict) -> None:
    day = date(2026, 5, 1)
    spot = Spot("fetch[2]", "/drawn", Kind.VALUE)
    entry = NoiseEntry("python/hello", "python@4.12.0", spot, 3, 4, day, day, date(2026, 5, 31))
    flaky = replace(EXCUSE, flaky=Flaky(0.05, 0.4, 20))
    odd = replace(
        verdict.pairs[3],
        verdict=PairVerdict.NOISE,
        standing=Standing.UNDECIDED,
        noise=(Noise(spot, True, False, entry),),
        lapsed=(replace(entry, spot=replace(spot, at="/old")),),
        rates=(Rated(flaky, 2, 9),),
    )
    counts = replace(verdict.counts, noise=1)
    for form in ("terminal", "history", "markdown"):
        report = " ".join(text(form, replace(verdict, pairs=(odd,), counts=counts)).replace("\\", "").split())
        assert "fetch[2] at /drawn (value): the reference differs from itself; on record, seen in 3 of 4 runs" in report
        assert "holds until 2026-05-31; the candidate does not differ" in report
        assert "fetch[2] at /old (value): masks nothing since 2026-05-31, 3 of 4 runs showed it" in report
        assert "in 2 of 9 runs, expected 5% to 40% of 20 runs, too few runs to say" in report
        assert "· 1 noise" in report
    kept = json.loads(text("json", replace(verdict, pairs=(odd,), counts=counts)))
    assert kept["pairs"][0]["noise"][0]["entry"]["seen"] == 3
    assert kept["pairs"][0]["rates"][0]["shown"] == 2


def test_without_noise_no_report_speaks_of_it(verdict: RunVerdict) -> None:
    for form in ("terminal", "history", "markdown"):
        assert "oise" not in text(form, verdict)


def test_diff_says_where_a_known_difference_is_and_why_it_is_known(verdict: RunVerdict) -> None:
    lines = text("history", verdict).splitlines()
    at = lines.index(f"  - known: {KNOWN.fingerprint}")
    said = " ".join(" ".join(lines[at + 1 : at + 8]).split())
    assert f"step {KNOWN.step}, at {KNOWN.pointer}" in said
    assert EXCUSE.reason in said
    for line in KNOWN.evidence:
        assert line in said
