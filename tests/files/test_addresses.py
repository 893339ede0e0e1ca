"""Addresses that a person gives: the right ones pass, the wrong ones are refused without being shown."""

from __future__ import annotations

import pytest

from harness.files.addresses import check_nats_url, check_postgres_dsn
from harness.model.errors import Exit, HarnessError

SECRET = "Zq9secret"


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u:p@h:5/d",
        "postgres://h/d",
        "postgresql:///d",
        "host=h user=u password=p",
        "postgresql://u:a%40b@h/d",
    ],
)
def test_sound_dsns_pass(dsn: str) -> None:
    check_postgres_dsn(dsn)


@pytest.mark.parametrize("url", ["nats://h:4222", "nats://u:p@h:4222", "h:4222", "tls://h", "nats://u:a%40b@h"])
def test_sound_nats_urls_pass(url: str) -> None:
    check_nats_url(url)


@pytest.mark.parametrize(
    "dsn",
    ["", "garbage", f"mysql://u:{SECRET}@h/d", f"postgresql://u:{SECRET}@PW@h/d", f"postgresql://u:{SECRET}@h:x%zz/d"],
)
def test_other_dsns_are_refused_unseen(dsn: str) -> None:
    with pytest.raises(HarnessError) as told:
        check_postgres_dsn(dsn)
    assert told.value.exit is Exit.USAGE
    assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    "url",
    ["", f"http://u:{SECRET}@h", f"nats://u:{SECRET}@h:abc", f"nats://u:{SECRET}@PW@h:1", "nats://", "nats://h:0"],
)
def test_other_nats_urls_are_refused_unseen(url: str) -> None:
    with pytest.raises(HarnessError) as told:
        check_nats_url(url)
    assert told.value.exit is Exit.USAGE
    assert SECRET not in str(told.value)
