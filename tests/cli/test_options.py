from __future__ import annotations

import pytest

from harness.cli.options import deployment_request


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
    request = deployment_request(reference, candidate, "4.12.0", None, None)
    assert request.python_pool.id == python
    assert request.reference.id.startswith(reference)
    assert request.candidate.id.startswith(candidate)


def test_a_request_shows_no_password() -> None:
    request = deployment_request("python", "rust", "4.11.0", "postgresql://u:s3cr3t-pass@h/d", "nats://u:s3cr3t-pass@h")
    assert (request.postgres_dsn, request.routing) == ("postgresql://u:s3cr3t-pass@h/d", "4.11.0")
    assert "s3cr3t-pass" not in repr(request)
