"""The worker as a process that a person starts by hand."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

COMMAND = (sys.executable, "-m", "harness.embedded.worker")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "usage: python -m harness.embedded.worker POOL"),
        (("no-such-pool",), 2, "no-such-pool"),
        (("rust@5.10.0",), 4, "NATS does not answer"),
        (("python",), 4, "NATS does not answer"),
    ],
)
def test_what_can_not_work_ends_in_one_message(arguments: tuple[str, ...], code: int, said: str) -> None:
    env = {**os.environ, "NATS_URL": "nats://user:hush@127.0.0.1:1"}
    ended = subprocess.run((*COMMAND, *arguments), env=env, capture_output=True, text=True, timeout=30)
    assert ended.returncode == code
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hush" not in ended.stdout + ended.stderr
