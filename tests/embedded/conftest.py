"""What the tests of the embedded deployment share: a temporary folder that every account can enter, and small pools."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from footprints import make_pool

from harness.embedded.accounts import server_account
from harness.embedded.folder import RunFolder, make_folder
from harness.model.deployment import DeploymentRequest, EmbeddedRequest
from harness.model.pool import Runtime


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """TMPDIR for one test: `tmp_path` will not do, since other accounts can not enter it."""
    folder = Path(tempfile.mkdtemp(prefix="harness-test-", dir="/dev/shm" if os.path.isdir("/dev/shm") else "/tmp"))
    folder.chmod(0o711)
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def run_folder(base: Path) -> Iterator[RunFolder]:
    folder = make_folder(server_account())
    yield folder
    os.close(folder.lock)
    folder.remove()


@pytest.fixture
def request_for() -> Callable[..., EmbeddedRequest]:
    """A request whose candidate is the named stand-in."""

    def make(candidate: str = "always_waits", **fields: str | None) -> EmbeddedRequest:
        python = make_pool("always_waits")
        return EmbeddedRequest(DeploymentRequest(python, make_pool(candidate, Runtime.RUST), python), **fields)

    return make
