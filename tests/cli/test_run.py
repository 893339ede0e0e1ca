"""The real command on the real deployment. Every test has a temporary folder of its own, which must be empty again."""

from __future__ import annotations

import json
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

pytestmark = pytest.mark.embedded

HARNESS = str(Path(sys.executable).with_name("noetl-harness"))
SECRET = "s3cr3t-pass"

FOREIGN = """\
apiVersion: noetl.io/v2
kind: Playbook
metadata: {name: foreign, path: elsewhere/foreign}
workflow:
  - step: start
    tool: {kind: python, code: "result = {'answer': 42}"}
    next:
      spec: {mode: exclusive}
      arcs: [{step: end}]
  - step: end
    tool: {kind: python, code: "result = {'done': True}"}
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A TMPDIR that the account of PostgreSQL can enter; nothing may be left in it, and no process that knows it."""
    folder = Path(tempfile.mkdtemp(prefix="hc-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    try:
        assert until_gone(folder) == []
        assert list(folder.iterdir()) == []
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def harness(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [HARNESS, *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        cwd="/",
        env={**os.environ, "TMPDIR": str(home)},
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stderr
    return done


def until_gone(folder: Path) -> list[str]:
    """Processes that have `folder` in their environment or arguments, after a moment in which they may end."""
    for _ in range(30):
        found = [line for entry in Path("/proc").glob("[0-9]*") if (line := knows(entry, folder))]
        if not found:
            break
        time.sleep(0.1)
    return found


def knows(entry: Path, folder: Path) -> str:
    try:
        facts = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
    except OSError:
        return ""
    return f"{entry.name}: {facts[-200:]!r}" if str(folder).encode() in facts else ""


def test_run_ends_with_the_verdict_and_keeps_data_and_talk_apart(home: Path) -> None:
    done = harness(home, "run", "python/hello", "--format", "json")
    verdict = json.loads(done.stdout)
    assert (verdict["exit"], done.returncode) == (0, 0)
    assert [pair["verdict"] for pair in verdict["pairs"]] == ["same_pass"]
    assert verdict["emulated"] == ["python@4.12.0", "rust@5.15.1"]
    assert "[2/2] python/hello on " in done.stderr


def test_diff_takes_any_playbook_and_shows_both_histories(home: Path, tmp_path: Path) -> None:
    playbook = tmp_path / "foreign.yaml"
    playbook.write_text(FOREIGN)
    done = harness(home, "diff", str(playbook))
    assert done.returncode == 0, done.stdout
    assert "elsewhere/foreign\nsame_pass, expected: reference completed, candidate completed" in done.stdout
    assert "Nothing differs" in done.stdout
    assert " · decided 1/1 · " in done.stdout.splitlines()[-1]


def test_a_difference_ends_with_1_and_the_command_that_shows_it(home: Path) -> None:
    done = harness(home, "run", "sequence/retry", "--candidate", "rust@5.9.0", "--routing", "4.11.0")
    assert done.returncode == 1
    report = done.stdout
    assert report.index("executions end differently") < report.index("Tool not found: task_sequence")
    assert "--candidate rust@5.9.0 --routing 4.11.0" in report


def test_a_deployment_that_is_kept_is_used_and_ended(home: Path) -> None:
    try:
        up = harness(home, "up", "--format", "json")
        assert json.loads(up.stdout)["lanes"]["candidate"]["pool"] == "rust@5.15.1"
        done = harness(home, "run", "python/hello", "--format", "json")
        assert done.returncode == 0
        assert "kept deployment ready" in done.stderr
        other = harness(home, "up", "--candidate", "rust@5.10.0")
        assert other.returncode == 2
        assert "noetl-harness down" in other.stderr
    finally:
        down = harness(home, "down")
    assert (down.returncode, down.stdout) == (0, "stopped\n")
    assert harness(home, "down").stdout == "there was nothing to stop\n"


def _wait_until_it_catches_signals(pid: int) -> None:
    """Before that, Python itself is not up yet."""
    caught = 0
    while not caught >> (signal.SIGTERM - 1) & 1:
        time.sleep(0.005)
        status = Path(f"/proc/{pid}/status").read_text()
        caught = int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16)  # type: ignore[index]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["at once", "starting", "running"])
def test_an_interrupted_run_ends_with_130_and_leaves_nothing(home: Path, number: signal.Signals, moment: str) -> None:
    with subprocess.Popen(
        [HARNESS, "run", "-j", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(home)},
    ) as process:
        assert process.stderr is not None
        match moment:
            case "at once":
                _wait_until_it_catches_signals(process.pid)
            case "starting":
                process.stderr.readline()
                time.sleep(0.4)
            case _:
                for line in process.stderr:
                    if line.startswith("[1/"):
                        break
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert err.endswith("noetl-harness: interrupted\n")


def test_a_run_that_is_killed_leaves_nothing(home: Path) -> None:
    with subprocess.Popen(
        [HARNESS, "run", "-j", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(home)},
    ) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("deployment ready"):
            pass
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert until_gone(home) == []


@pytest.mark.parametrize(
    "option",
    [
        ("--postgres-dsn", f"postgresql://noetl:{SECRET}@127.0.0.1:1/noetl"),
        ("--nats-url", f"nats://noetl:{SECRET}@127.0.0.1:1"),
    ],
)
def test_a_server_that_does_not_answer_ends_with_4_and_one_message(home: Path, option: tuple[str, str]) -> None:
    done = harness(home, "run", "python/hello", *option)
    assert done.returncode == 4, done.stderr
    assert "127.0.0.1:1" in done.stderr
    assert SECRET not in done.stdout + done.stderr
