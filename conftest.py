"""Settings that every test folder shares."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# This machine's two cores are shared with PostgreSQL and NATS of other tests: time says nothing about a property.
settings.register_profile("harness", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("harness")
