"""Where the suite and the fixtures are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from harness.model.errors import Exit, HarnessError

_PACKAGE = Path(__file__).resolve().parents[1]


@cache
def project_root() -> Path:
    """The folder that holds `playbooks/` and `fixtures/`: the copy in an installed wheel, else the checkout.

    Raises `HarnessError` (environment) when neither is there, which means that the installation is damaged.
    """
    for folder in (_PACKAGE / "_project", _PACKAGE.parent):
        if (folder / "playbooks").is_dir() and (folder / "fixtures").is_dir():
            return folder
    raise HarnessError(
        f"playbooks/ and fixtures/ are not beside the package in {_PACKAGE.parent}",
        "Install noetl-harness again, or run it from a complete checkout.",
        Exit.ENVIRONMENT,
    )


def runs_folder(given: Path | None) -> Path:
    """Where recordings go: the folder that was `given`, else `reports/runs` of the checkout, or of the folder in which
    an installed harness is called."""
    return given if given is not None else _reports() / "runs"


def noise_file() -> Path:
    """Where the noise on record is: `reports/noise.json`, beside the runs."""
    return _reports() / "noise.json"


def _reports() -> Path:
    checkout = project_root() == _PACKAGE.parent
    return (_PACKAGE.parent if checkout else Path.cwd()) / "reports"
