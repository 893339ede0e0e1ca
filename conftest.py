"""Settings that every test folder shares."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# This machine's two cores are shared with PostgreSQL and NATS of other tests: time says nothing about a property.
settings.register_profile("harness", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("harness")


@pytest.fixture(scope="session", autouse=True)
def _recordings_of_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Runs that tests start leave nothing in the project's own folder of recordings."""
    os.environ["NOETL_HARNESS_RUNS"] = str(tmp_path_factory.mktemp("runs"))
