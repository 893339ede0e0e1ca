"""Which workers a lane has and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from footprints import make_pool

from harness.embedded.lanes import environment, worker_plans
from harness.embedded.nats import Bus
from harness.embedded.processes import RUN_MARKER
from harness.model.deployment import DeploymentRequest
from harness.model.lane import Side
from harness.model.pool import Runtime

PYTHON = make_pool("python")
RUST = make_pool("rust", Runtime.RUST)
REAL_RUST = make_pool("real", Runtime.RUST, ("noetl-worker",))
REAL_PYTHON = make_pool("real", Runtime.PYTHON, ("noetl-worker",))
BUS = Bus("nats://u:p@127.0.0.1:1", "u", "p", "", "a", "NOETL_COMMANDS_x", "noetl_x.commands")


def test_a_python_pool_under_test_takes_everything() -> None:
    (plan,) = worker_plans(DeploymentRequest(PYTHON, RUST, make_pool("other")), Side.REFERENCE)
    assert plan.pool is PYTHON
    assert plan.segments == ("shared", "python", "system")


def test_beside_a_rust_pool_the_python_pool_takes_only_its_segment() -> None:
    plans = worker_plans(DeploymentRequest(PYTHON, RUST, make_pool("other")), Side.CANDIDATE)
    assert [(plan.pool.id, plan.segments) for plan in plans] == [
        ("rust", ("shared",)),
        ("rust", ("system",)),
        ("other", ("python",)),
    ]
    assert len({plan.worker_id for plan in plans}) == 3
    assert len({plan.name for plan in plans}) == 3


def test_both_sides_have_workers_of_their_own_when_they_are_the_same_pool() -> None:
    request = DeploymentRequest(RUST, RUST, PYTHON)
    names = [plan.name for side in Side for plan in worker_plans(request, side)]
    assert len(set(names)) == len(names) == 6


@pytest.mark.parametrize(
    ("pool", "announced", "waits"),
    [(PYTHON, True, True), (RUST, True, True), (REAL_RUST, True, False), (REAL_PYTHON, False, True)],
)
def test_what_is_known_of_a_worker_beforehand(pool: object, announced: bool, waits: bool) -> None:
    plan = worker_plans(DeploymentRequest(pool, RUST, PYTHON), Side.REFERENCE)[0]  # type: ignore[arg-type]
    assert (plan.announced, plan.waits) == (announced, waits)


def test_a_rust_worker_is_told_its_consumer_and_filter() -> None:
    plan = worker_plans(DeploymentRequest(PYTHON, RUST, PYTHON), Side.CANDIDATE)[0]
    told = environment(plan, BUS, "http://127.0.0.1:2", 3, Path("/run/rust"), {RUN_MARKER: "/run"})
    assert told["NATS_CONSUMER"] == "noetl_worker_pool_shared"
    assert told["NATS_FILTER_SUBJECT"] == "noetl_x.commands.shared.>"
    assert told["NATS_STREAM"] == "NOETL_COMMANDS_x"
    assert told["WORKER_ID"] == plan.worker_id
    assert told["TMPDIR"] == "/run/rust"
    assert told["WORKER_METRICS_BIND"] == "127.0.0.1:3"
    assert "NOETL_WORKER_POOL_SEGMENTS" not in told


def test_a_python_worker_is_told_its_segments() -> None:
    plan = worker_plans(DeploymentRequest(PYTHON, RUST, PYTHON), Side.CANDIDATE)[2]
    told = environment(plan, BUS, "http://127.0.0.1:2", 3, Path("/run/rust"), {RUN_MARKER: "/run"})
    assert told["NOETL_WORKER_POOL_SEGMENTS"] == "python"
    assert told["NATS_CONSUMER"] == "noetl_worker_pool"
    assert (told["NATS_USER"], told["NATS_PASSWORD"]) == ("u", "p")
    assert "NATS_FILTER_SUBJECT" not in told


def test_a_worker_inherits_the_shell_but_nothing_that_would_steer_it() -> None:
    plan = worker_plans(DeploymentRequest(PYTHON, RUST, PYTHON), Side.CANDIDATE)[0]
    shell = {RUN_MARKER: "/run", "PATH": "/bin", "RUST_LOG": "trace", "NATS_USER": "me", "WORKER_MAX_CONCURRENT": "1"}
    told = environment(plan, BUS, "http://127.0.0.1:2", 3, Path("/run/rust"), shell)
    assert told["PATH"] == "/bin"
    assert told["NATS_USER"] == "u"
    assert not {"RUST_LOG", "WORKER_MAX_CONCURRENT"} & told.keys()
