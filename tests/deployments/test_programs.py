"""Programs that the harness was told to start: what becomes of them, however the harness ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.deployments.programs import held
from harness.embedded.folder import run_folders
from harness.embedded.processes import last_complaint, tail
from harness.model.errors import Exit, HarnessError
from harness.model.processes import Program

SECRET = "s3cr3t-of-the-pool"

HARNESS = """
import asyncio, sys
from harness.deployments.programs import held
from harness.model.processes import Program
async def main():
    programs = [
        Program("settled", ("sh", "-c", "touch began; setsid sleep 600 &"), ("sh", "-c", "touch ended"), folder="."),
        Program("held", ("sh", "-c", "sleep 601; true"), folder="."),
    ]
    async with held(programs):
        print("up", flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the programs; nothing that runs there, and no run folder, may be left."""
    folder = Path(tempfile.mkdtemp(prefix="hp-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    try:
        assert until(lambda: not inside(folder)), inside(folder)
        assert until(lambda: not list(run_folders()))
    finally:
        shutil.rmtree(folder)


def inside(folder: Path) -> list[str]:
    """The commands of processes whose working folder this is."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(entry / "cwd")) == folder:
                found.append((entry / "cmdline").read_text().replace("\0", " ").strip())
        except OSError:
            continue
    return found


def until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not (answer := true()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer


def shell(name: str, start: str, stop: str = "", **environment: str) -> Callable[[Path], Program]:
    def program(folder: Path) -> Program:
        return Program(name, ("sh", "-c", start), ("sh", "-c", stop) if stop else (), environment, str(folder))

    return program


async def test_one_in_the_foreground_gets_its_environment_and_ends_with_the_block(place: Path) -> None:
    """Also what it has started: a script is not its worker."""
    program = shell("pool", "echo $WORKER_ID; sleep 600; true", WORKER_ID="w-1")(place)
    async with held([program]) as programs:
        assert until(lambda: programs.log("pool").read_text() == "w-1\n")
        assert until(lambda: "sleep 600" in inside(place))
        assert programs.lost() == ()
    assert not inside(place)


async def test_one_that_settles_is_waited_for_and_ended_by_its_stop(place: Path) -> None:
    program = shell("pool", "sleep 0.2; touch began; setsid sleep 600 &", "touch ended")(place)
    async with held([program]):
        assert (place / "began").exists() or until((place / "began").exists)
        assert not (place / "ended").exists()
    assert (place / "ended").exists()


async def test_a_program_that_ends_is_lost(place: Path) -> None:
    async with held([shell("pool", "sleep 0.3; exit 3")(place)]) as programs:
        assert until(lambda: programs.lost() == ("pool ended with exit code 3",))


async def test_what_its_log_complained_of_last_is_told_without_secrets(place: Path) -> None:
    said = "echo 'ERROR first'; echo 'ERROR no way in with '$DB_PASSWORD; echo 'stack backtrace:'; sleep 0.3; exit 1"
    complaint = "; the last complaint in its log: ERROR no way in with *** stack backtrace:"
    async with held([shell("pool", said, DB_PASSWORD="hunter2-hunter2")(place)]) as programs:
        assert until(lambda: programs.lost() == (f"pool ended with exit code 1{complaint}",))


def test_the_end_of_a_log_has_whole_lines_only(tmp_path: Path) -> None:
    """Half a line would show half a secret, which nobody would find in it."""
    log = tmp_path / "worker.log"
    log.write_text(f"ERROR {'x' * 20_000} hunter2-hunter2\nlast\n")
    assert tail(log) == "last"
    assert last_complaint(log) == ""
    log.write_text("first\nlast\n")
    assert tail(log) == "first\nlast"


async def test_one_that_ends_while_others_are_started_is_lost_too(place: Path) -> None:
    programs = [
        shell("pool", "exit 3")(place),
        shell("slow", "sleep 0.5", "true")(place),
        shell("last", "sleep 600")(place),
    ]
    async with held(programs) as running:
        assert until(lambda: running.lost() == ("pool ended with exit code 3",))


async def test_nothing_to_hold_is_nothing_to_start() -> None:
    async with held([]) as programs:
        assert programs.lost() == ()


@pytest.mark.parametrize("moment", ["stdin", "supervisor"])
def test_nothing_is_left_when_the_harness_or_its_supervisor_is_killed(place: Path, moment: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HARNESS], stdout=subprocess.PIPE, text=True, cwd=place) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert until(lambda: "sleep 601" in inside(place))
        if moment == "supervisor":
            guard = child_of(process.pid)
            os.kill(child_of(guard), signal.SIGKILL)
            assert until((place / "ended").exists)
        process.kill()
    assert (place / "began").exists()
    assert until((place / "ended").exists)


def child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


async def test_one_that_does_not_start_is_one_message_and_the_others_are_ended(place: Path) -> None:
    programs = [
        shell("first", "sleep 600")(place),
        shell("pool", "echo the password is $DB_PASSWORD; exit 4", "touch ended", DB_PASSWORD=SECRET)(place),
    ]
    with pytest.raises(
        HarnessError, match=r"command of pool, sh, ended with exit code 4.*\n.*password is \*\*\*"
    ) as told:
        async with held(programs):
            pytest.fail("it did not start")
    assert told.value.exit is Exit.ENVIRONMENT
    assert SECRET not in str(told.value) + repr(programs)


async def test_a_command_that_is_not_there_is_one_message(place: Path) -> None:
    with pytest.raises(HarnessError, match=r"command of pool can not be run: \./none: No such file") as told:
        async with held([Program("pool", ("./none",), folder=str(place))]):
            pytest.fail("it did not start")
    assert told.value.exit is Exit.ENVIRONMENT


async def test_one_that_does_not_stop_is_told_and_tried_again(place: Path) -> None:
    program = shell("pool", "true", "echo x >> tried; exit 5")(place)
    with pytest.raises(HarnessError, match="command of pool, sh, ended with exit code 5") as told:
        async with held([program]):
            pass
    assert told.value.exit is Exit.ENVIRONMENT
    assert (place / "tried").read_text() == "x\nx\n"
