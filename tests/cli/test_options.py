from __future__ import annotations

import pytest

from harness.cli.options import deployment_request, run_target
from harness.deployments.embedded import EmbeddedTarget
from harness.model.errors import Exit, HarnessError


@pytest.mark.parametrize(
    ("reference", "candidate", "python"),
    [
        ("python", "rust", "python@4.12.0"),
        ("rust@5.9.0", "python", "python@4.12.0"),
        ("rust@5.9.0", "rust@5.10.0", "python@4.12.0"),
    ],
)
def test_what_routes_to_python_goes_to_the_python_pool_of_the_pair_or_to_the_newest(
    reference: str, candidate: str, python: str
) -> None:
    request = deployment_request(reference, candidate, "4.12.0")
    assert request.python_pool.id == python
    assert request.reference.id.startswith(reference)
    assert request.candidate.id.startswith(candidate)


def test_a_request_shows_no_password() -> None:
    target = run_target("embedded", "postgresql://u:s3cr3t-pass@h/d", "nats://u:s3cr3t-pass@h", None)
    assert isinstance(target, EmbeddedTarget)
    request = target.request(deployment_request("python", "rust", "4.11.0"))
    assert (request.postgres_dsn, request.pools.routing) == ("postgresql://u:s3cr3t-pass@h/d", "4.11.0")
    assert "s3cr3t-pass" not in repr(target) + repr(request)


@pytest.mark.parametrize("name", ["", "kind", "embedded:here", "processes", "processes:"])
def test_a_target_that_there_is_not_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(HarnessError, match=r"there is no target .*\n.*embedded or processes:FILE") as caught:
        run_target(name, None, None, None)
    assert caught.value.exit is Exit.USAGE


def test_an_option_of_another_target_is_refused() -> None:
    with pytest.raises(HarnessError, match="--nats-url is not for --target processes"):
        run_target("processes:mine.yaml", None, "nats://localhost", None)
