from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from harness.cli.guard import guarded, run_async
from harness.model.errors import Exit, HarnessError, Location
from harness.model.secrets import blotted, blotted_value

SECRET = "s3cr3t-pass"


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def raising(error: BaseException) -> Callable[[], Any]:
    def verb() -> None:
        raise error

    return verb


def environment(text: str) -> HarnessError:
    return HarnessError(text, "Start it.", Exit.ENVIRONMENT)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (environment("PostgreSQL does not answer"), 4, "PostgreSQL does not answer\n  Start it."),
        (HarnessError("odd", "Mend it.", where=Location("f.yaml", 3, 7)), 2, "f.yaml:3:7: odd"),
        (click.UsageError("No such option: --x"), 2, "No such option: --x"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (BaseExceptionGroup("tasks", [environment("one"), environment("two")]), 4, "one"),
        (HarnessError(f"postgres://u:{SECRET}@h/d fails", "Check."), 2, "postgres://u:***@h/d fails"),
    ],
)
def test_an_error_becomes_one_message_and_its_code(
    error: BaseException, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(error)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("noetl-harness: ")
    assert words in err
    assert "Traceback" not in err
    assert SECRET not in err


def test_what_an_interruption_ends_in_is_an_interruption(capsys: pytest.CaptureFixture[str]) -> None:
    def verb() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        except KeyboardInterrupt:
            raise ImportError("half a module") from None

    assert guarded(verb) == 130
    assert capsys.readouterr().err == "noetl-harness: interrupted\n"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(f"postgres://u:{SECRET}@h/d"),
        BaseExceptionGroup("tasks", [environment("one"), ZeroDivisionError(f"password={SECRET}")]),
    ],
)
def test_a_defect_leaves_its_trace_in_a_file_without_secrets(
    error: BaseException, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert guarded(raising(error)) == 70
    message = capsys.readouterr().err
    assert "Traceback" not in message
    found = re.search(r"in (\S+\.txt)", message)
    assert found is not None
    trace = Path(found[1])
    assert "Traceback" in trace.read_text()
    assert SECRET not in trace.read_text()
    assert trace.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("answer", "code"), [(None, 0), (0, 0), (1, 1), (3, 3)])
def test_a_verbs_own_answer_is_the_code(answer: int | None, code: int) -> None:
    assert guarded(lambda: answer) == code


def test_a_coroutines_value_is_handed_back() -> None:
    async def main() -> int:
        await asyncio.sleep(0)
        return 5

    assert run_async(main()) == 5


PROGRAM = """
import asyncio, sys
from harness.cli.guard import guarded, run_async

async def main():
    try:
        print("open", flush=True)
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.3)
        print("closed", flush=True)

sys.exit(guarded(lambda: run_async(main())))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("times", [1, 3])
def test_a_signal_closes_everything_and_ends_with_130(number: signal.Signals, times: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        for _ in range(times):
            process.send_signal(number)
            time.sleep(0.05)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == "closed\n"
    assert "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_verb_that_waits_for_its_input(number: signal.Signals) -> None:
    with subprocess.Popen(
        [str(Path(sys.executable).with_name("noetl-harness")), "oracle", "route"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"{}\n")
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(number)
        assert process.wait(timeout=10) == 130


def test_a_reader_that_hangs_up_makes_no_noise() -> None:
    program = (
        "import sys; from harness.cli.guard import guarded\ndef v():\n  while True: print('x' * 999, flush=True)\n"
    )
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-c", f"{program}sys.exit(guarded(v))"], stdout=pipe, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 141
    assert done.stderr == ""


def test_nor_does_one_that_read_both_streams_of_a_group_of_tasks(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\nfrom harness.cli.guard import guarded, run_async\n"
        "async def talk():\n  while True: print('x' * 999, file=sys.stderr, flush=True)\n"
        "async def both():\n  async with asyncio.TaskGroup() as group: group.create_task(talk())\n"
        "sys.exit(guarded(lambda: run_async(both())))"
    )
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with os.fdopen(writer, "w") as pipe:
        done = subprocess.run([sys.executable, "-c", program], stdout=pipe, stderr=pipe, env=environment)
    assert done.returncode == 141
    assert list(tmp_path.iterdir()) == []  # a defect would have left its trace there


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"nats://user:{SECRET}@127.0.0.1:4222", "nats://user:***@127.0.0.1:4222"),
        (f"postgresql://u:a@b:{SECRET}@h/d", "postgresql://u:***@h/d"),
        (f"host=x password={SECRET} dbname=y", "host=x password=*** dbname=y"),
        (f"host=x password='{SECRET} more' dbname=y", "host=x password=*** dbname=y"),
        (f"Authorization: Bearer {SECRET}", "Authorization: Bearer ***"),
        ("http://127.0.0.1:8082/api and a@b", "http://127.0.0.1:8082/api and a@b"),
        ("basic rules", "basic rules"),
        (1_000_000 * "x", 1_000_000 * "x"),
    ],
)
def test_passwords_are_blotted_out_and_nothing_else(text: str, shown: str) -> None:
    assert blotted(text) == shown


def test_values_under_telling_keys_are_hidden_whole() -> None:
    value = {"db_password": SECRET, "api_key": "k", "tokens": 3, "token": None, "rows": [{"X-Api-Key": "k", "n": 1}]}
    assert blotted_value(value) == {
        "db_password": "***",
        "api_key": "***",
        "tokens": 3,
        "token": None,
        "rows": [{"X-Api-Key": "***", "n": 1}],
    }
