"""Captures of real executions become recordings, and the judge tells them apart, each with its evidence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from captured import CAPTURES, killed_worker, no_worker

from harness.captures import ImportRequest, import_captures
from harness.files.pools import load_pool
from harness.judge.run import judge
from harness.model.deployment import DeploymentRequest
from harness.model.errors import Exit, HarnessError
from harness.model.evidence import LegEnd
from harness.model.finding import Checker, Edge
from harness.model.verdict import LegVerdict, Pair, PairVerdict, RunVerdict, Standing
from harness.recording.read import open_recording
from harness.zombies import zombies_of_recording


def imported(runs: Path, *captures: Path, candidate: str = "rust") -> Path:
    python = load_pool("python")
    pools = DeploymentRequest(python, load_pool(candidate), python)
    return import_captures(ImportRequest(captures, pools, runs, ("import",)))


def judged(runs: Path, *captures: Path, candidate: str = "rust") -> RunVerdict:
    return judge(open_recording(imported(runs, *captures, candidate=candidate)).request())


def only(run: RunVerdict) -> Pair:
    (pair,) = run.pairs
    return pair


@pytest.mark.parametrize(
    ("name", "ended", "end"),
    [
        ("hello_world", LegVerdict.COMPLETED, LegEnd.TERMINAL_EVENT),
        ("composition", LegVerdict.COMPLETED, LegEnd.TERMINAL_EVENT),
        ("loop_par", LegVerdict.COMPLETED, LegEnd.TERMINAL_EVENT),
        ("task_sequence", LegVerdict.COMPLETED, LegEnd.TERMINAL_EVENT),
        ("retry", LegVerdict.COMPLETED, LegEnd.TERMINAL_EVENT),
        ("python_raise", LegVerdict.FAILED, LegEnd.TERMINAL_EVENT),
        ("unknown_alias", LegVerdict.FAILED, LegEnd.TERMINAL_EVENT),
        ("postgres_sqlerr", LegVerdict.FAILED, LegEnd.TERMINAL_EVENT),
        ("http_refused", LegVerdict.FAILED, LegEnd.TERMINAL_EVENT),
        ("vars_simple", LegVerdict.COMPLETED, LegEnd.DRAINED),
        ("no_arc_matches", LegVerdict.COMPLETED, LegEnd.DRAINED),
    ],
)
def test_a_single_execution_is_a_leg_without_a_counterpart(
    tmp_path: Path, name: str, ended: LegVerdict, end: LegEnd
) -> None:
    run = judged(tmp_path, CAPTURES / name)
    pair = only(run)
    assert (pair.verdict, pair.standing) == (PairVerdict.SKIPPED, Standing.UNDECIDED)
    assert (pair.reference.verdict, pair.reference.evidence.end) == (ended, end)
    assert run.exit is Exit.INDETERMINATE
    assert run.emulated == ()


def test_work_that_is_done_without_a_terminal_event_says_so(tmp_path: Path) -> None:
    pair = only(judged(tmp_path, CAPTURES / "vars_simple"))
    (found,) = [one for one in pair.findings if one.edge is Edge.NOT_TERMINAL]
    assert found.evidence == ("noetl.execution.status: RUNNING", "4 commands, all closed")


def test_a_killed_worker_whose_work_another_one_took_over(tmp_path: Path) -> None:
    run = judged(tmp_path, CAPTURES / "zombie_kill9_single")
    (found,) = only(run).findings
    assert found.fingerprint == "command taken over from a lost worker: worker_inactive"
    assert "claimed by worker-ce169812, worker-7f040a48" in found.evidence
    assert (only(run).standing, run.exit) == (Standing.UNEXPECTED, Exit.DIVERGED)


def test_a_command_that_had_no_worker_for_three_minutes(tmp_path: Path) -> None:
    pair = only(judged(tmp_path, CAPTURES / "zombie_no_worker"))
    (found,) = [one for one in pair.findings if one.checker is Checker.ZOMBIE]
    assert found.fingerprint == "no worker claimed a command until NoETL published it again"
    assert "claimed 184.7 s later" in found.evidence[0]
    assert "[PUBLISH-RECOVERY] Command unclaimed after 30.0s" in found.evidence[1]


def test_both_while_they_hang(tmp_path: Path) -> None:
    folder = imported(tmp_path / "runs", killed_worker(tmp_path), no_worker(tmp_path))
    run = judge(open_recording(folder).request())
    assert [pair.reference.verdict for pair in run.pairs] == [LegVerdict.ZOMBIE, LegVerdict.ZOMBIE]
    assert run.exit is Exit.DIVERGED
    killed, unclaimed = zombies_of_recording(folder).zombies
    assert (killed.edge, killed.step, killed.worker) == (Edge.NOT_FINISHED, "start", "worker-ce169812")
    assert "no worker that could work on it lives" in killed.signals
    assert (unclaimed.edge, unclaimed.worker) == (Edge.UNCLAIMED, None)


def test_one_signal_is_not_enough_and_says_so(tmp_path: Path) -> None:
    """Without a row of the worker nothing tells a dead one from a slow one: NATS still counts its message as taken."""
    earlier = killed_worker(tmp_path)
    (earlier / "runtime.jsonl").unlink()
    folder = imported(tmp_path / "runs", earlier)
    found = zombies_of_recording(folder)
    assert (found.zombies, found.exit) == ((), Exit.INDETERMINATE)
    assert "quiet" in found.unclear[0]


def test_two_folders_make_a_pair(tmp_path: Path) -> None:
    for side in ("reference", "candidate"):
        shutil.copytree(CAPTURES / "hello_world", tmp_path / "pair" / side)
    run = judged(tmp_path / "runs", tmp_path / "pair", candidate="python")
    assert only(run).verdict is PairVerdict.SAME_PASS
    assert run.exit is Exit.OK


def test_two_executions_that_differ(tmp_path: Path) -> None:
    shutil.copytree(CAPTURES / "hello_world", tmp_path / "pair" / "reference")
    shutil.copytree(CAPTURES / "python_raise", tmp_path / "pair" / "candidate")
    run = judged(tmp_path / "runs", tmp_path / "pair", candidate="python")
    assert only(run).verdict is PairVerdict.REFERENCE_ONLY
    assert run.exit is Exit.DIVERGED


def test_secrets_are_taken_out(tmp_path: Path) -> None:
    shutil.copytree(CAPTURES / "hello_world", tmp_path / "leaky")
    events = tmp_path / "leaky" / "events.jsonl"
    events.write_text(events.read_text().replace('"status":"initialized"', '"db_password":"hunter2hunter2"'))
    with (tmp_path / "leaky" / "server.log").open("w") as log:
        log.write("2026-11-23T17:43:24.000000 [INFO]  to nats://u:hunter3hunter3@h execution_id=766623173935628291\n")
    folder = imported(tmp_path / "runs", tmp_path / "leaky")
    written = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert "hunter2" not in written
    assert "hunter3" not in written
    assert "nats://u:***" in written


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("events.jsonl", '{"event_id": 1}\n', "events.jsonl:1: this is no such row of NoETL: it lacks 'execution_id'"),
        ("events.jsonl", '{"event_id":\n', "events.jsonl:1:13: this is not JSON"),
        ("events.jsonl", "\n[1]\n", "events.jsonl:2: this is not a JSON object"),
        ("events.jsonl", "", "events.jsonl: a capture without events says nothing"),
        ("commands.jsonl", '{"command_id": "x"}\n', "commands.jsonl:1: this is no such row of NoETL"),
        ("status.json", '{\n "a": ]}', "status.json:2:7: this is not JSON"),
        ("nats.json", '{"after": {"state": {}}}', "nats.json: `after` does not hold the state of a stream"),
        ("execution_row.jsonl", "[" * 100_000, "execution_row.jsonl:1: this is nested too deeply"),
    ],
)
def test_a_broken_capture_is_told_with_its_line(tmp_path: Path, file: str, content: str, words: str) -> None:
    shutil.copytree(CAPTURES / "hello_world", tmp_path / "broken")
    (tmp_path / "broken" / file).write_text(content)
    with pytest.raises(HarnessError, match=r"(?s).*") as caught:
        imported(tmp_path / "runs", tmp_path / "broken")
    assert words in str(caught.value)
    assert caught.value.exit is Exit.USAGE
    assert not (tmp_path / "runs").exists()


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    shutil.copytree(CAPTURES / "hello_world", tmp_path / "broken")
    with (tmp_path / "broken" / "events.jsonl").open("ab") as file:
        file.write(b"\xff\n")
    with pytest.raises(HarnessError, match=r"events.jsonl:44: this is not UTF-8 text"):
        imported(tmp_path / "runs", tmp_path / "broken")


def test_executions_that_do_not_belong_together(tmp_path: Path) -> None:
    shutil.copytree(CAPTURES / "hello_world", tmp_path / "both")
    other = (CAPTURES / "retry" / "events.jsonl").read_text()
    with (tmp_path / "both" / "events.jsonl").open("a") as file:
        file.write(other)
    with pytest.raises(HarnessError, match="2 executions that do not belong together"):
        imported(tmp_path / "runs", tmp_path / "both")


@pytest.mark.parametrize(
    ("names", "words"), [(("nothing",), "nothing is no capture"), (("one/x", "two/x"), "two captures have the name x")]
)
def test_folders_that_can_not_be_imported(tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    for name in ("one/x", "two/x"):
        shutil.copytree(CAPTURES / "retry", tmp_path / name)
    with pytest.raises(HarnessError, match=words):
        imported(tmp_path / "runs", *(tmp_path / name for name in names))


def test_an_import_is_judged_the_same_again(tmp_path: Path) -> None:
    folder = imported(tmp_path, *sorted(one for one in CAPTURES.iterdir() if one.is_dir()))
    recording = open_recording(folder)
    assert recording.problems == []
    assert judge(recording.request()) == judge(open_recording(folder).request())
    assert json.loads((folder / "manifest.json").read_text())["deployment"] == "captures"
