"""The credentials that a lane is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.files.credentials import load_credentials
from harness.model.errors import HarnessError
from harness.reference.credentials import AliasError, Found, resolve

TENANT = {
    "tenant_host": "127.0.0.1",
    "tenant_port": "5433",
    "tenant_user": "u",
    "tenant_password": "p${tenant_user}",
    "tenant_database": "d",
}
REFUSED = {"postgresql", "generic", "hmac", "s3", "google_oauth", "snowflake", "oauth2_client_credentials"}
SECRET = ("token", "access_token", "bearer_token", "api_key", "value", "password", "db_password")


def test_the_credentials_of_the_project() -> None:
    found = {one.name: one for one in load_credentials(TENANT)}
    assert {one.type for one in found.values()} == {
        *("basic", "api_key", "bearer", "bearer_token", "postgres", "POSTGRES"),
        *REFUSED,
    }
    assert found["pg_local"].data == {
        "db_host": "127.0.0.1",
        "db_port": "5433",
        "db_user": "u",
        "db_password": "p${tenant_user}",
        "db_name": "d",
    }
    assert "p${" not in repr(found["pg_local"])


def test_they_resolve_on_a_rust_worker_but_for_what_cases_want_refused() -> None:
    refused = set()
    for one in load_credentials(TENANT):
        tags = None if one.tags is None else list(one.tags)
        body = {"id": "1", "name": one.name, "type": one.type, "data": dict(one.data), "tags": tags}
        try:
            done = resolve({"auth": one.name}, lambda alias, body=body: Found(body), release="5.15.1")
        except AliasError:
            refused.add(one.name)
        else:
            assert done.lookups == 1
            assert all(done.secrets.values()) == (one.name != "api_no_token")
    assert refused == {
        *("pg_bad_port", "pg_postgresql", "pg_untagged"),
        *(f"refused_{kind}" for kind in REFUSED - {"postgresql"}),
    }


def test_every_fixed_secret_is_marked_as_a_fake() -> None:
    for one in load_credentials(TENANT):
        secrets = [value for key, value in one.data.items() if key in SECRET]
        assert all(value.startswith(("fake-", TENANT["tenant_password"])) for value in secrets)


def test_a_credential_without_tags_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\ntype: b\ntags: null\ndata: {token: x}\n")
    (one,) = load_credentials({}, tmp_path)
    assert one.tags is None
    (tmp_path / "a.yaml").write_text("name: a\ntype: b\ndata: {token: x}\n")
    with pytest.raises(HarnessError, match="tags"):
        load_credentials({}, tmp_path)


def test_a_placeholder_without_a_value() -> None:
    with pytest.raises(HarnessError, match=r"there is no value for \$\{tenant_port\}") as raised:
        load_credentials({name: text for name, text in TENANT.items() if name != "tenant_port"})
    assert str(raised.value.where).endswith("pg_both.yaml:8:3")


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
