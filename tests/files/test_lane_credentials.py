"""The credentials that a lane is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.files.credentials import load_credentials
from harness.model.errors import HarnessError
from harness.reference.credentials import Found, resolve

TENANT = {
    "tenant_host": "127.0.0.1",
    "tenant_port": "5433",
    "tenant_user": "u",
    "tenant_password": "p${tenant_user}",
    "tenant_database": "d",
}


def test_the_credentials_of_the_project() -> None:
    found = {one.name: one for one in load_credentials(TENANT)}
    assert {name: one.type for name, one in found.items()} == {
        "api_basic": "basic",
        "api_key_header": "api_key",
        "api_token": "bearer",
        "pg_local": "postgres",
    }
    assert found["pg_local"].data == {
        "db_host": "127.0.0.1",
        "db_port": "5433",
        "db_user": "u",
        "db_password": "p${tenant_user}",
        "db_name": "d",
    }
    assert "p${" not in repr(found["pg_local"])


def test_every_one_of_them_resolves_on_a_rust_worker() -> None:
    for one in load_credentials(TENANT):
        body = {"id": "1", "name": one.name, "type": one.type, "data": dict(one.data), "tags": list(one.tags)}
        done = resolve({"auth": one.name}, lambda alias, body=body: Found(body), release="5.10.0")
        assert done.lookups == 1
        assert all(done.secrets.values())


def test_every_fixed_secret_is_marked_as_a_fake() -> None:
    for one in load_credentials(TENANT):
        secrets = [value for key, value in one.data.items() if key in ("token", "password", "api_key")]
        assert all(value.startswith("fake-") for value in secrets)


def test_a_placeholder_without_a_value() -> None:
    with pytest.raises(HarnessError, match=r"there is no value for \$\{tenant_port\}") as raised:
        load_credentials({name: text for name, text in TENANT.items() if name != "tenant_port"})
    assert str(raised.value.where).endswith("pg_local.yaml:8:3")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name: a\ntype: b\ntags: [t]\n", ":1:1"),
        ("name: a\ntype: b\ndata: {token: hidden}\ntags: []\n", ":4:1"),
        ("name: a\ntype: b\ntags: [t]\ndata: {token: [hidden]}\n", ":4:8"),
        ("name: a\ntype: b\ntags: [t]\ndata: {token: x, token: hidden}\n", ":4:18"),
    ],
)
def test_a_broken_file_is_told_without_its_values(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(HarnessError) as raised:
        load_credentials({}, tmp_path)
    assert str(raised.value.where).endswith(f"a.yaml{place}")
    assert "hidden" not in str(raised.value)
