"""A run's folder as one file: whole, the same every time, and without a secret."""

from __future__ import annotations

import hashlib
import json
import tarfile
import time
from pathlib import Path

import pytest
from builders import Step, candidate, reference
from click.testing import CliRunner
from recorded import begun, record

from harness.cli.main import cli
from harness.judge.run import judge
from harness.model.errors import HarnessError
from harness.model.suite import Case
from harness.model.verdict import RunVerdict
from harness.recording.bundle import Packed, bundle
from harness.recording.read import open_recording

TYPED = "hunter2-typed-by-a-person"
KNOWN = "s3cr3t-pass"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    leaking = reference(Step("start", {"v": f"password={TYPED} {KNOWN}", "token": TYPED}))
    return record(tmp_path / "runs", leaking, candidate(Step("start", {"v": "naïve 日本"})), secrets=[KNOWN])


def pack(folder: Path, output: Path) -> tuple[Packed, ...]:
    return bundle(open_recording(folder), output)


def unpacked(file: Path, where: Path) -> Path:
    with tarfile.open(file) as archive:
        archive.extractall(where, filter="data")
    (run,) = where.iterdir()
    return run


def verdict(folder: Path) -> RunVerdict:
    return judge(open_recording(folder).request())


def test_who_unpacks_it_judges_the_same(folder: Path, tmp_path: Path) -> None:
    assert not any(one.changed for one in pack(folder, tmp_path / "b.tar.gz"))
    run = unpacked(tmp_path / "b.tar.gz", tmp_path / "unpacked")
    assert run.name == folder.name
    assert verdict(run) == verdict(folder)
    assert not verdict(run).problems


def test_the_index_has_every_file_with_size_and_digest(folder: Path, tmp_path: Path) -> None:
    packed = pack(folder, tmp_path / "b.tar.gz")
    run = unpacked(tmp_path / "b.tar.gz", tmp_path / "unpacked")
    index = json.loads((run / "index.json").read_text())
    assert (index["schema"], index["run_id"]) == ("noetl-harness/bundle/1", folder.name)
    names = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()} - {"index.json"}
    assert {one["name"] for one in index["files"]} == {one.name for one in packed} == names
    for one in index["files"]:
        content = (run / one["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["size"], one["sha256"])


def test_equal_folders_give_equal_bytes_at_any_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(folder, tmp_path / "one.tar.gz")
    monkeypatch.setattr(time, "time", lambda: 1.0)
    for path in folder.rglob("*"):
        path.touch()
    pack(folder, tmp_path / "two.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()


def test_a_secret_in_somebodys_playbook_is_out_before_there_is_anything_to_pack(tmp_path: Path) -> None:
    dsn, child = f'dsn: "postgresql://noetl:{TYPED}@db/noetl"', (("a/child", f"password={TYPED}"),)
    case = Case("own", "own", "own.yaml", dsn, {"api_key": TYPED}, requires=child)
    recorder = begun(tmp_path / "runs", [case])
    recorder.close(1.0)
    assert TYPED not in (recorder.folder / "recording.jsonl").read_text()
    assert not any(one.changed for one in pack(recorder.folder, tmp_path / "b.tar.gz"))


def test_a_secret_that_came_in_later_is_taken_out_and_told(folder: Path, tmp_path: Path) -> None:
    (folder / "derived.json").write_text(json.dumps({"dsn": f"postgresql://noetl:{TYPED}@db/noetl", "api_key": TYPED}))
    (folder / "lines.jsonl").write_text(json.dumps({"a": 1}) + "\n" + json.dumps({"password": TYPED}) + "\n")
    (folder / "note.txt").write_text(f"password={TYPED}\n")
    changed = {one.name for one in pack(folder, tmp_path / "b.tar.gz") if one.changed}
    assert changed == {"derived.json", "lines.jsonl", "note.txt"}
    run = unpacked(tmp_path / "b.tar.gz", tmp_path / "unpacked")
    told = "".join(path.read_text() for path in run.rglob("*") if path.is_file())
    assert TYPED not in told
    assert KNOWN not in told
    assert (run / "lines.jsonl").read_text().startswith('{"a": 1}\n')


def test_what_is_half_written_or_a_link_stays_out_and_what_is_no_text_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("not of this run")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / ".verdict.json.part").write_text("{")
    names = {one.name for one in pack(folder, tmp_path / "b.tar.gz")}
    assert not names & {"link", ".verdict.json.part"}
    (folder / "core").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HarnessError, match="core is no text"):
        pack(folder, tmp_path / "b.tar.gz")


def test_a_recording_that_is_cut_can_be_packed_too(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "recording.jsonl").read_bytes()
    (folder / "recording.jsonl").write_bytes(lines[:-20])
    pack(folder, tmp_path / "b.tar.gz")
    run = unpacked(tmp_path / "b.tar.gz", tmp_path / "unpacked")
    assert (run / "recording.jsonl").read_bytes() == lines[:-20]
    assert verdict(run).problems == verdict(folder).problems != ()


def test_the_verb_says_where_the_file_is_and_what_it_took_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (folder / "note.txt").write_text(f"password={TYPED}\n")
    shown = CliRunner().invoke(cli, ["bundle", str(folder)])
    assert (shown.exit_code, shown.stdout) == (0, f"{folder.name}.tar.gz\n")
    assert shown.stderr == "note.txt: something with the form of a secret was taken out\n"
    assert (tmp_path / f"{folder.name}.tar.gz").is_file()


def test_a_place_that_can_not_be_written_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HarnessError, match="can not be written"):
        pack(folder, tmp_path / "file" / "b.tar.gz")
