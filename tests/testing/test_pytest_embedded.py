"""The suite in sessions of pytest on the real deployment. None leaves a process or a deployment's folder."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.files.project import project_root
from harness.model.check import CheckName

pytestmark = pytest.mark.embedded

OLD_DAY = ("--candidate", "rust@5.9.0", "--routing", "4.11.0")
KNOWN, SEQUENCE, ALIAS = "http/get", "sequence/retry", "postgres/by_alias"


@pytest.fixture
def home() -> Iterator[Path]:
    """A TMPDIR that the account of PostgreSQL can enter. What may be left in it is the folder that xdist gives to its
    workers, and the script that a killed Rust worker was about to run."""
    folder = Path(tempfile.mkdtemp(prefix="hp-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    try:
        assert until_gone(folder) == []
        names = {path.name for path in folder.iterdir()}
        assert not {name for name in names if not name.startswith(("pytest-of-", ".tmp"))}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the project's playbooks, for recordings and for what pytest keeps."""
    (tmp_path / "playbooks").symlink_to(project_root() / "playbooks")
    return tmp_path


def session(home: Path, place: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "TMPDIR": str(home), "NOETL_HARNESS_RUNS": str(place / "runs"), "COLUMNS": "200"}
    environment.pop("PYTEST_XDIST_WORKER", None)
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-rA", "--target", "embedded", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=place,
        env=environment,
        start_new_session=True,
    )


def until_gone(folder: Path) -> list[str]:
    """Processes that have `folder` in their environment or arguments, after a moment in which they may end."""
    for _ in range(100):
        found = [entry.name for entry in Path("/proc").glob("[0-9]*") if knows(entry, folder)]
        if not found:
            break
        time.sleep(0.1)
    return found


def knows(entry: Path, folder: Path) -> bool:
    try:
        return str(folder).encode() in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_day_of_2026_06_02_as_tests(home: Path, place: Path, workers: str) -> None:
    chosen = [f"playbooks/suite.yaml::{case}" for case in (KNOWN, SEQUENCE, ALIAS)]
    with session(home, place, *OLD_DAY, "-n", workers, *chosen) as process:
        said, _ = process.communicate(timeout=180)
    told = {test: outcome for outcome, test in re.findall(r"^([A-Z]+) \S*suite\.yaml::(\S+)", said, re.MULTILINE)}
    passed = {f"{case}::{name.value}": "PASSED" for case in (KNOWN, SEQUENCE, ALIAS) for name in CheckName}
    known = {f"{KNOWN}::parity": "XFAIL"}
    failed = dict.fromkeys((f"{SEQUENCE}::parity", f"{ALIAS}::parity", f"{ALIAS}::zombie"), "FAILED")
    assert told == passed | known | failed, said
    assert process.returncode == 1
    again = f"noetl-harness diff playbooks/{SEQUENCE}.yaml --reference python@4.12.0"
    assert f"{again} {' '.join(OLD_DAY)}\n" in said
    assert f"{ALIAS}::zombie - Failed: expected struct AuthConfig" in said
    assert "controls 56/56 · decided 3/3 · 2 unexpected" in said
    assert len(list((place / "runs").iterdir())) == 1


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_interrupted_session_leaves_nothing(home: Path, place: Path, workers: str) -> None:
    with session(home, place, "-n", workers, "playbooks") as process:
        while not list(place.glob("runs/*/cases/*/*.json")):
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert "KeyboardInterrupt" in said
    assert "the run was told to end before it had seen all its cases" in said
