from __future__ import annotations

from pathlib import Path

import pytest

from harness.files import project
from harness.model.errors import Exit, HarnessError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site" / "harness"
    folder.mkdir(parents=True)
    monkeypatch.setattr(project, "_PACKAGE", folder)
    return folder


def fill(folder: Path) -> Path:
    for name in ("playbooks", "fixtures"):
        (folder / name).mkdir(parents=True)
    return folder


def found() -> Path:
    return project.project_root.__wrapped__()


def test_the_checkout_that_holds_the_package(package: Path) -> None:
    assert fill(package.parent) == found()


def test_the_copy_in_a_wheel_goes_before_folders_that_happen_to_lie_beside_it(package: Path) -> None:
    fill(package.parent)
    assert fill(package / "_project") == found()


def test_a_damaged_installation_is_told(package: Path) -> None:
    (package.parent / "playbooks").mkdir()
    with pytest.raises(HarnessError, match="Install noetl-harness again") as caught:
        found()
    assert caught.value.exit is Exit.ENVIRONMENT
