"""The suite as tests of pytest (docs/pytest.md). Every pytest with the package installed loads this module, so it only
adds options; without `--target` nothing else of the harness is loaded, and nothing is collected."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.reference.routing import DEFAULT_RELEASE, KINDS


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of `noetl-harness run` that say what runs where, by the same names."""
    group = parser.getgroup("noetl-harness", "NoETL playbooks on two worker pools")
    group.addoption(
        "--target",
        dest="noetl_target",
        metavar="TARGET",
        help="Collect playbooks/suite.yaml, and run it here: embedded, processes:FILE or kubernetes:FILE.",
    )
    for name, default, metavar, said in (
        ("reference", "python", "POOL", "The pool to measure against."),
        ("candidate", "rust", "POOL", "The pool under test."),
        ("allow-context", None, "NAME", "Kubernetes: the run may touch this context, though kind did not make it."),
    ):
        dest = f"noetl_{name.replace('-', '_')}"
        group.addoption(f"--{name}", dest=dest, default=default, metavar=metavar, help=said)
    group.addoption(
        "--routing",
        dest="noetl_routing",
        choices=tuple(KINDS),
        default=DEFAULT_RELEASE,
        help="The release whose map from tool kind to pool the control plane uses; a Rust server has none.",
    )
    group.addoption(
        "--runs",
        dest="noetl_runs",
        type=Path,
        default=os.environ.get("NOETL_HARNESS_RUNS"),
        metavar="DIR",
        help="Folder of the runs' recordings: reports/runs.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Switch the suite on where `--target` was given."""
    if config.getoption("noetl_target") is not None:
        from harness.testing.plugin import install

        install(config)
