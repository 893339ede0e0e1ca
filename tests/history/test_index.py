"""The index of the stored runs: made from the recordings, up to date, shared, and no more than an index."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from builders import Step, candidate, reference
from recorded import MANIFEST, record

from harness.history import index
from harness.history.index import HISTORY_FILE, stored_runs
from harness.history.stored import RUN, as_stored
from harness.judge.run import judge
from harness.model.errors import HarnessError
from harness.recording.read import open_recording
from harness.report.json import keep, text


def stored(runs: Path, run_id: str, value: int = 1) -> Path:
    legs = reference(Step("start", {"v": 1})), candidate(Step("start", {"v": value}))
    folder = record(runs, *legs, manifest=replace(MANIFEST, run_id=run_id))
    keep(judge(open_recording(folder).request()), folder)
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "reports" / "runs"
    stored(folder, "1")
    stored(folder, "2", value=2)
    return folder


def rows(runs: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(runs.with_name(HISTORY_FILE))) as database:
        return database.execute(query).fetchall()


def test_what_is_found_is_what_the_verdicts_say(runs: Path) -> None:
    said = [RUN.validate_json((runs / name / "verdict.json").read_bytes()) for name in ("1", "2")]
    assert stored_runs(runs) == said
    assert stored_runs(runs) == said
    assert rows(runs, "SELECT run_id, total, same FROM run ORDER BY 1") == [("1", 1, 1), ("2", 1, 0)]
    assert rows(runs, "SELECT folder, fingerprint FROM cause") == [("2", "python data at /v has another value")]
    assert rows(runs, "SELECT folder, case_id, verdict FROM pair ORDER BY 1") == [
        ("1", "example", "same_pass"),
        ("2", "example", "diverged"),
    ]


def test_a_run_that_was_judged_just_now_is_what_will_be_found(runs: Path) -> None:
    run = judge(open_recording(runs / "2").request())
    kept, now = RUN.validate_json(text(run)), as_stored(run)
    assert now.pairs == kept.pairs
    assert (now.counts, now.suite_digest, now.seconds, now.exit) == (
        kept.counts,
        kept.suite_digest,
        kept.seconds,
        kept.exit,
    )


def test_a_verdict_is_read_once(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored_runs(runs)
    stored(runs, "3")
    read: list[str] = []
    verdict = index._verdict
    monkeypatch.setattr(index, "_verdict", lambda folder: (read.append(folder.name), verdict(folder))[1])
    assert [run.run_id for run in stored_runs(runs)] == ["1", "2", "3"]
    assert read == ["3"]


def test_a_verdict_that_changed_is_read_again_and_one_that_is_gone_is_forgotten(runs: Path) -> None:
    stored_runs(runs)
    keep(replace(judge(open_recording(runs / "1").request()), exit=4), runs / "1")
    (runs / "2" / "verdict.json").unlink()
    assert [(run.run_id, run.exit) for run in stored_runs(runs)] == [("1", 4)]
    assert rows(runs, "SELECT count(*) FROM cause") == [(0,)]


def test_the_index_may_be_deleted(runs: Path) -> None:
    before = stored_runs(runs)
    runs.with_name(HISTORY_FILE).unlink()
    assert stored_runs(runs) == before


def test_an_index_of_another_version_is_made_anew(runs: Path) -> None:
    before = stored_runs(runs)
    with closing(sqlite3.connect(runs.with_name(HISTORY_FILE))) as database:
        database.execute("ALTER TABLE run ADD COLUMN more TEXT")
        database.execute("PRAGMA user_version = 999")
    assert stored_runs(runs) == before


@pytest.mark.parametrize("content", [b"nonsense" * 1000, None])
def test_a_damaged_index_is_named_with_what_to_do(runs: Path, content: bytes | None) -> None:
    stored_runs(runs)
    file = runs.with_name(HISTORY_FILE)
    whole = file.read_bytes()
    file.write_bytes(content or whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(HarnessError, match=r"history\.sqlite is damaged") as caught:
        stored_runs(runs)
    assert "Delete it" in caught.value.todo


def test_another_folder_keeps_no_index(tmp_path: Path) -> None:
    stored(tmp_path / "unpacked", "1")
    assert [run.run_id for run in stored_runs(tmp_path / "unpacked")] == ["1"]
    assert [one.name for one in tmp_path.iterdir()] == ["unpacked"]


def test_where_the_index_can_not_be_made_the_runs_are_still_found(runs: Path) -> None:
    runs.with_name(HISTORY_FILE).mkdir()
    assert [run.run_id for run in stored_runs(runs)] == ["1", "2"]


def test_several_processes_insert_a_run_once(runs: Path) -> None:
    for number in range(3, 15):
        stored(runs, f"{number:02}")
    look = (
        "from harness.history.index import stored_runs, Path\nprint(len(stored_runs(Path(__import__('sys').argv[1]))))"
    )
    looks = [
        subprocess.Popen(
            [sys.executable, "-c", look, str(runs)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert [one.communicate(timeout=120) for one in looks] == [("14\n", "")] * 4
    assert rows(runs, "SELECT count(*), count(DISTINCT run_id) FROM run") == [(14, 14)]
    assert rows(runs, "SELECT count(*) FROM pair") == [(14,)]
