"""The process itself: it starts on a given socket, logs in one-line form without secrets, and ends on SIGTERM."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from control_plane_lane import Backing

from harness.embedded.processes import listen

pytestmark = pytest.mark.embedded

_SERVE = """
import json, socket, sys
from harness.embedded.control_plane.server import serve
from harness.model.deployment import ControlPlaneConfig
config, descriptor = json.loads(sys.argv[1]), int(sys.argv[2])
serve(ControlPlaneConfig(**config), socket.socket(fileno=descriptor))
"""


def test_it_serves_until_sigterm(backing: Backing, tmp_path: Path) -> None:
    listener = listen()
    config = backing.config(port=listener.getsockname()[1])
    told = json.dumps({name: getattr(config, name) for name in ("dsn", "nats_url", "base_url", "routing")})
    log = tmp_path / "log"
    descriptor = listener.fileno()
    os.set_inheritable(descriptor, True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, told, str(descriptor)], stdout=out, stderr=out, pass_fds=[descriptor]
        )
    listener.close()
    try:
        with urlopen(f"{config.base_url}/health", timeout=20) as answer:
            assert json.load(answer) == {"status": "ok"}
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert time.monotonic() - asked < 3
    finally:
        process.kill()
        process.wait()
    text = log.read_text()
    lines = text.splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT[\d:.]+ \[INFO\] ", line) for line in lines), text
    assert [line.split("] ", 1)[1].split(" at ")[0] for line in lines] == [
        "Control plane ready",
        "Control plane stopped",
    ]
    assert config.dsn.split(":")[2].split("@")[0] not in text
