"""Which values a worker hides before it reports a result (spec: noetl-rust 3.3, noetl-python 4.3).

Neither kind is safe to rely on: `author` holds `auth`. That is what the releases do, and a parity case can see it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

REDACTED = "[REDACTED]"

_TOKENS = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "bearer",
    "api_key",
    "apikey",
    "access_token",
    "refresh_token",
    "auth_token",
    "authorization",
    "auth",
    "credential",
    "credentials",
    "private_key",
    "privatekey",
    "secret_key",
    "secretkey",
    "client_secret",
    "clientsecret",
    "connection_string",
    "connectionstring",
    "db_password",
    "database_password",
    "aws_secret",
    "gcp_key",
    "azure_key",
    "ssh_key",
    "sshkey",
    "passphrase",
    "pem",
    "cert",
    "certificate",
    "oauth_token",
    "id_token",
    "encryption_key",
    "decrypt_key",
    "master_key",
    "snowflake_password",
    "snowflake_token",
    "private_key_passphrase",
    "keychain",
    "api_secret",
    "apisecret",
    "auth0_token",
    "auth0_id_token",
    "auth0_refresh_token",
    "idtoken",
    "oauth",
    "jwt",
]
"""Parts of a key that make it sensitive; both releases have the same list (NoETL 4.12.0, worker 5.10.0)."""

_KEY = re.compile("|".join(map(re.escape, _TOKENS)))

_HEADERS = frozenset(
    [
        "authorization",
        "proxy_authorization",
        "www_authenticate",
        "x_api_key",
        "x_auth_token",
        "x_access_token",
        "cookie",
        "set_cookie",
    ]
)
"""Keys whose value the Python worker hides whatever it is (NoETL 4.12.0)."""

_RUST_VALUES = (
    re.compile(r"\A-----BEGIN [\s\S]*PRIVATE KEY-----"),
    re.compile(r"\A(?:bearer|basic) \s*\S", re.IGNORECASE),
    re.compile(r"\AeyJ[^.]*\.eyJ[^.]*\.[^.]+\Z"),
    re.compile(
        r"(?:\A|[ \t\n\r\"':=,])(?:sk-ant-|sk-|AIza|ya29\.|gh[psour]_|github_pat_|xox[baprs]-)[A-Za-z0-9_-]{12,}"
    ),
)

_PYTHON_VALUES = (
    re.compile(r"\ABearer\s+\S+", re.IGNORECASE),
    re.compile(r"\ABasic\s+[A-Za-z0-9+/=]+", re.IGNORECASE),
    re.compile(r"\AeyJ[A-Za-z0-9_.-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z"),
    re.compile(r"(?:\A|[\"':\s])(?:sk-ant-|sk-)[A-Za-z0-9][A-Za-z0-9_-]{12,}"),
    re.compile(r"(?:\A|[\"':\s])AIza[0-9A-Za-z_-]{20,}"),
    re.compile(r"(?:\A|[\"':\s])ya29\.[0-9A-Za-z_-]+"),
    re.compile(r"(?:\A|[\"':\s])(?:gh[pousr]_|github_pat_)[0-9A-Za-z_]{20,}"),
    re.compile(r"(?:\A|[\"':\s])xox[baprs]-[0-9A-Za-z-]{20,}"),
    re.compile(r"-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----"),
    re.compile(
        r"[?&](?:key|api[_-]?key|token|access[_-]?token|id[_-]?token|refresh[_-]?token|client[_-]?secret|signature)"
        r"=[^&\s]+",
        re.IGNORECASE,
    ),
    re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^/@:\s]+(?::[^/@\s]*)?@\S"),
)

_CODE = re.compile(r"\{\{|\}\}|=\{|def |import |return |class ")
"""Templates and source are not taken for secrets by the Python worker, whatever is in them (NoETL 4.12.0)."""

_URL_USER = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)[^/@\s]+@")

_MAX_DEPTH = 20


def sensitive_key(key: str) -> bool:
    """Whether a part of the key is in the list; `-` counts as `_`, case does not count."""
    return bool(_KEY.search(_plain(key)))


def _plain(key: str) -> str:
    return key.lower().replace("-", "_")


def by_substring(value: Any) -> Any:
    """The Rust way: everything under a sensitive key goes, and strings that look like a secret anywhere."""
    match value:
        case Mapping():
            return {key: REDACTED if sensitive_key(key) else by_substring(item) for key, item in value.items()}
        case list():
            return [by_substring(item) for item in value]
        case str() if len(value) >= 8 and any(pattern.search(value) for pattern in _RUST_VALUES):
            return REDACTED
        case _:
            return value


def by_keychain(value: Any, context: Mapping[str, Any]) -> Any:
    """The Python way: `keychain` goes, values of the keychain in `context` go wherever they stand, header keys go;
    under any other sensitive key go objects and lists, and strings only if they look like a secret."""
    return _scrub(value, _secret_test(frozenset(_strings(context.get("keychain")))), 0)


def _secret_test(secrets: frozenset[str]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        if text in secrets or any(len(secret) >= 8 and secret in text for secret in secrets):
            return True
        return not _CODE.search(text) and any(pattern.search(text) for pattern in _PYTHON_VALUES)

    return test


def _scrub(value: Any, is_secret: Callable[[str], bool], depth: int) -> Any:
    if depth >= _MAX_DEPTH:
        return value
    match value:
        case Mapping():
            kept = {key: item for key, item in value.items() if str(key) != "keychain"}
            return {key: _scrub_entry(str(key), item, is_secret, depth) for key, item in kept.items()}
        case list():
            return [_scrub(item, is_secret, depth + 1) for item in value]
        case str() if is_secret(value):
            return REDACTED
        case _:
            return value


def _scrub_entry(key: str, item: Any, is_secret: Callable[[str], bool], depth: int) -> Any:
    if isinstance(item, Mapping) and isinstance(item.get("$noetl_ref"), Mapping):
        return item
    if _plain(key) in _HEADERS:
        return REDACTED
    if not sensitive_key(key):
        return _scrub(item, is_secret, depth + 1)
    match item:
        case str():
            return REDACTED if is_secret(item) else item
        case Mapping() | list():
            return REDACTED
        case _:
            return item


def _strings(value: Any) -> list[str]:
    match value:
        case str() if value:
            return [value]
        case Mapping():
            return [text for item in value.values() for text in _strings(item)]
        case list():
            return [text for item in value for text in _strings(item)]
        case _:
            return []


def hide_url_users(text: str) -> str:
    """A text for a log, without `user:password@` in its URLs."""
    return _URL_USER.sub(rf"\g<scheme>{REDACTED}@", text)
