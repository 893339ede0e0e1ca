"""What differs from lane to lane: what playbooks and credentials ask for as `${name}`, and which of it is secret."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from harness.files.credentials import load_credentials
from harness.model.lane import Lane
from harness.model.secrets import names_secret, url_passwords


def lane_values(lane: Lane) -> dict[str, str]:
    """Texts by the name under which a payload or a credential asks for them, as the lane's workers need them."""
    seen = lane.inside or lane
    tenant = urlsplit(seen.tenant_dsn)
    return {
        "tenant_host": tenant.hostname or "",
        "tenant_port": str(tenant.port or 5432),
        "tenant_user": unquote(tenant.username or ""),
        "tenant_password": unquote(tenant.password or ""),
        "tenant_database": tenant.path.lstrip("/"),
        "server_url": seen.server_url,
        "test_server_url": seen.test_server_url,
    }


def lane_secrets(lane: Lane) -> frozenset[str]:
    """Every secret that the harness hands to this lane: of its credentials, and the passwords of its addresses."""
    credentials = load_credentials(lane_values(lane))
    handed = {text for one in credentials for key, text in one.data.items() if names_secret(key)}
    return frozenset((handed | url_passwords(lane.dsn, lane.tenant_dsn, lane.nats_url)) - {""})


def filled(value: object, values: Mapping[str, str]) -> object:
    """`value` with every `${name}` in it replaced; what is no text stays as it is."""
    if not isinstance(value, str):
        return value
    for name, text in values.items():
        value = value.replace(f"${{{name}}}", text)
    return value


def addresses(lane: Lane) -> tuple[tuple[str, str], ...]:
    """Texts that only this lane has, each with the token that stands for it on every lane."""
    values = lane_values(lane)
    pairs = [(values[name], f"<{name}>") for name in ("test_server_url", "server_url", "tenant_database")]
    hosts = [(urlsplit(url).netloc, f"<{token.strip('<>')}_host>") for url, token in pairs[:2]]
    mark = [(f"{lane.mark}/", "")] if lane.mark else []
    return tuple((text, token) for text, token in (*pairs, *hosts, *mark) if text)
