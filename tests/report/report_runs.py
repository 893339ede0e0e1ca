"""Runs that the tests of the HTML report are about: small ones in which everything happens once, and a large one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from builders import PATH, PYTHON, RUST, Lane, Step, candidate, reference, verdict

from harness.files.pools import load_pool
from harness.history.stored import StoredCause, StoredRun
from harness.judged import Judged
from harness.model.evidence import Effect, EffectKind, Evidence, LegEnd, LogLine
from harness.model.expectation import Expectation
from harness.model.lane import Side
from harness.model.verdict import Counts, RunVerdict
from harness.recording.facts import Manifest

SECRET = "s3cr3t-pass"
HOSTILE = 'hostile/"><img src=x onerror=alert(1)>'
ATTACK = f"</script><script>document.title='taken'</script> postgres://noetl:{SECRET}@db/x \x1b[2J"
AUTH = "expected struct AuthConfig"
SEQUENCE = "Tool not found: task_sequence"
QUIET = 12.3
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
KNOWN = Expectation(
    "http/known",
    "http data at /status has another value",
    "rust",
    "",
    "The Rust worker answers 201.",
    "spec 4",
    "noetl-harness",
    date(2027, 2, 1),
    "playbooks/expectations/http/known.yaml",
)
SOURCE = f"""apiVersion: noetl.io/v2
metadata: {{name: example, path: {PATH}}}
workflow:
  - step: start
    tool: {{kind: postgres, auth: pg_local}}

  - step: end
    tool: {{kind: python, code: "result = 1"}}
"""


def replay() -> RunVerdict:
    """A day like 2026-06-02: two causes by which executions end differently, and everything else that a page shows."""
    legs = [
        *_same("python/hello"),
        *_six("loops/six"),
        *_beside("loops/beside"),
        *_retry("retry/visits"),
        *_hostile(),
    ]
    legs += [leg for name in ("auth/by_alias", "auth/second", "auth/third") for leg in _stranded(name)]
    legs += [leg for name in ("sequence/retry", "sequence/jump") for leg in _unknown_tool(name)]
    legs += _other_data("http/known")
    return with_sources(verdict(*legs, expectations=[KNOWN], candidate_pool=RUST, expect=None))


def healthy() -> RunVerdict:
    """Nothing differs."""
    return with_sources(verdict(*_same("python/hello"), *_six("loops/six")))


def large(cases: int, calls: int) -> RunVerdict:
    """`cases` pairs of `calls` calls on each side, which are five events each."""
    steps = [Step(f"step_{number}", {"n": number, "text": "x" * 40}) for number in range(calls)]
    one = verdict(reference(*steps), candidate(*steps))
    pairs = tuple(
        replace(one.pairs[0], case=replace(one.pairs[0].case, id=f"area_{n % 12}/case_{n}")) for n in range(cases)
    )
    counts = replace(one.counts, total=cases, decided=cases, same=cases)
    return with_sources(replace(one, pairs=pairs, counts=counts))


def earlier(run: RunVerdict) -> list[StoredRun]:
    """Two runs before `run`: one cause has left since, the cause of the stranded ones is new."""
    left = StoredCause("python data lacks /gone", ("python/hello",), False, False, None)
    stays = StoredCause(SEQUENCE, ("sequence/retry",), True, False, None)
    counts = Counts(run.counts.total, run.counts.total, 1, 0, run.counts.total - 1, 0)
    return [
        StoredRun(f"2026112{day}T020000-abcdef", run.reference, run.candidate, run.routing, 1, (left, stays), counts)
        for day in (1, 2)
    ]


def judged(run: RunVerdict, *past: StoredRun) -> Judged:
    """`run` as reports get it, with the runs that are stored beside it. It has no recording."""
    manifest = Manifest(run.run_id, START, run.suite_digest, run.routing, "embedded", (), {}, None, ())
    return Judged(run, manifest, {}, {}, (load_pool("python"), load_pool("rust")), lambda: past)


def with_sources(run: RunVerdict) -> RunVerdict:
    """The cases with a playbook of two steps, under a run id that sorts behind earlier ones."""
    pairs = tuple(
        replace(pair, case=replace(pair.case, source=SOURCE, file=f"playbooks/{pair.case.id}.yaml", tags=("db",)))
        for pair in run.pairs
    )
    return replace(run, run_id="20261123T020000-abcdef", pairs=pairs)


def _same(case_id: str) -> list[Evidence]:
    steps = (Step("start", {"a": 1}), Step("end", {"b": 2}))
    effect = Effect(EffectKind.TABLE, "SELECT * FROM t", ({"id": 1, "password": SECRET},))
    return [
        reference(*steps, case_id=case_id, effects=(effect,)),
        candidate(*steps, case_id=case_id, effects=(effect,)),
    ]


def _six(case_id: str) -> list[Evidence]:
    steps = [Step("start", {"n": n}, iteration=n) for n in range(6)]
    return [reference(*steps, case_id=case_id), candidate(*steps, case_id=case_id)]


def _beside(case_id: str) -> list[Evidence]:
    """Two calls that are open at the same time on the reference, and one after the other on the candidate."""
    lane = Lane(Side.REFERENCE, PYTHON)
    lane.begin()
    steps = [Step("start", {"n": n}, iteration=n) for n in range(2)]
    commands = [lane.run(step) for step in steps]
    lane.end("completed")
    late = timedelta(milliseconds=50)
    rows = [
        replace(row, created_at=row.created_at - late) if row.command_id == commands[1] else row for row in lane.rows
    ]
    return [replace(lane.evidence(case_id), events=tuple(rows)), candidate(*steps, case_id=case_id)]


def _retry(case_id: str) -> list[Evidence]:
    again = (Step("start", error="boom", kind="http"), Step("start", {"n": 1}, kind="http"))
    return [reference(*again, case_id=case_id), candidate(*again, case_id=case_id)]


def _other_data(case_id: str) -> list[Evidence]:
    return [
        reference(Step("start", {"status": 200}, kind="http"), case_id=case_id),
        candidate(Step("start", {"status": 201}, kind="http"), case_id=case_id),
    ]


def _stranded(case_id: str) -> list[Evidence]:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(Step("start", kind="postgres", stop="command.started"))
    log = tuple(LogLine("server.log", f"INFO record {n}", level="INFO") for n in range(40))
    told = lane.log("start", f"Command execution failed error=invalid type, {AUTH}")
    stuck = lane.evidence(case_id, end=LegEnd.STUCK, quiet_seconds=QUIET, log=(*log, told, *log))
    steps = (Step("start", {"rows": 1}, kind="postgres"), Step("end", {"b": 2}))
    return [reference(*steps, case_id=case_id), stuck]


def _unknown_tool(case_id: str) -> list[Evidence]:
    failed = candidate(
        Step("start", kind="http", error=SEQUENCE), Step("end", {"b": 1}), terminal="failed", case_id=case_id
    )
    return [reference(Step("start", {"a": 1}, kind="http"), Step("end", {"b": 1}), case_id=case_id), failed]


def _hostile() -> list[Evidence]:
    line = LogLine("worker.log", ATTACK, level="ERROR")
    return [
        reference(Step("start", {"said": ATTACK}), case_id=HOSTILE),
        candidate(Step("start", {"said": "else", "password": SECRET}), case_id=HOSTILE, log=(line,)),
    ]
