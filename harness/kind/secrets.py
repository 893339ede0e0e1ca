"""Passwords of a cluster of one's own: drawn when it is made, kept in it, and never on a command line or in a file."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping

from harness.deployments.kubernetes.api import Api, Refused, path_of

COPIES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("noetl", "noetl-internal-api-token"): {"token": "INTERNAL_API_TOKEN"},
    ("postgres", "postgres-secret"): {
        name: name for name in ("SUPERUSER_PASSWORD", "NOETL_PASSWORD", "POSTGRES_PASSWORD")
    },
    ("nats", "nats-secret"): {"NATS_PASSWORD": "NATS_PASSWORD"},
}
"""Secrets beside `noetl-secret` that pods read: their keys, and the key of `noetl-secret` with the same value."""


async def make_secrets(api: Api) -> None:
    """Those that are there stay as they are, for the databases were made with them."""
    values = await _kept(api, "noetl", "noetl-secret", drawn())
    for (namespace, name), keys in COPIES.items():
        await _kept(api, namespace, name, {key: values[source] for key, source in keys.items()})


def drawn() -> dict[str, str]:
    names = ("NOETL_PASSWORD", "POSTGRES_PASSWORD", "SUPERUSER_PASSWORD", "NATS_PASSWORD", "INTERNAL_API_TOKEN")
    # A letter first: the configuration of NATS would read 12e5... as a number.
    passwords = {name: f"s{secrets.token_hex(16)}" for name in names}
    return passwords | {"NOETL_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode()}


async def _kept(api: Api, namespace: str, name: str, values: Mapping[str, str]) -> dict[str, str]:
    """The Secret's values: those that it has, else `values`, which it has then."""
    try:
        body = await api.get(path_of("v1", "secrets", namespace, name))
    except Refused as refused:
        if refused.code != 404:
            raise
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "Opaque", "data": encoded}
        await api.create(path_of("v1", "secrets", namespace), body)
    return {key: base64.b64decode(value).decode() for key, value in (body.get("data") or {}).items()}
