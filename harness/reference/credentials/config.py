"""Whether a config fits the Rust worker's own struct for it, which is checked after aliases are resolved.

Spec: noetl-rust 1.2; the struct is the same in tools 2.16.0 and 3.1.0.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from harness.reference.credentials.answers import AliasError, ErrorKind
from harness.reference.credentials.releases import rules_of
from harness.reference.credentials.serde import (
    DecodeError,
    Field,
    Presence,
    Struct,
    floating,
    option,
    string,
    strings,
    unit_enum,
    unsigned,
)

AUTH: Final = Struct(
    "AuthConfig",
    (
        Field("type", unit_enum("bearer", "basic", "api_key", "gcp_adc", "none")),
        *(
            Field(name, option(string), Presence.OPTION)
            for name in ("credential", "token", "username", "password", "header")
        ),
        Field("scopes", option(strings), Presence.OPTION),
    ),
)
_RETRY: Final = Struct(
    "RetryConfig",
    (
        Field("max_retries", unsigned(32), Presence.DEFAULT),
        Field("initial_delay_ms", unsigned(64), Presence.DEFAULT),
        Field("max_delay_ms", unsigned(64), Presence.DEFAULT),
        Field("backoff_multiplier", floating, Presence.DEFAULT),
    ),
)
_TOOL: Final = Struct(
    "ToolConfig",
    (
        Field("kind", string),
        Field("timeout", option(unsigned(64)), Presence.OPTION),
        Field("retry", option(_RETRY), Presence.OPTION),
        Field("auth", option(AUTH), Presence.OPTION),
    ),
    arrays=False,
)


def deserialize_check(config: Any, *, release: str) -> None:
    """Raise `AliasError` of kind `malformed_config` where the Rust worker can not read `config`.

    That is the case with a string in `auth` (`invalid type: string "pg_local", expected struct AuthConfig`), an alias
    map there (``missing field `type` ``), `timeout: "30s"`, `retry: true` and the like; all else is the tool's affair.
    Until 5.15.0 the log shows serde's text; from 5.15.1 it is the cause of a general one.
    """
    try:
        _TOOL(config)
    except DecodeError as error:
        raise _malformed(config, str(error), release) from None


def _malformed(config: Any, text: str, release: str) -> AliasError:
    rules = rules_of(release)
    kept = deepcopy(config)
    if rules is None or not rules.typed_errors:
        return AliasError(ErrorKind.MALFORMED_CONFIG, text, config=kept)
    message = "malformed tool config (pre-dispatch deserialization)"
    if rules.whole_chain:
        message = f"{message}: {text}"
    return AliasError(ErrorKind.MALFORMED_CONFIG, message, cause=text, config=kept)
