"""What each release of the Rust worker changed in alias resolution (spec: noetl-rust 1.3, 1.6).

A release between two of the table behaves like the newest one that is not newer than it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeAlias

from harness.model.errors import HarnessError

Fields: TypeAlias = tuple[tuple[str, str], ...]
"""Key in the credential's data to key in the tool's config, in the order in which they are tried."""

_POSTGRES: Fields = (
    ("db_host", "host"),
    ("db_port", "port"),
    ("db_user", "user"),
    ("db_password", "password"),
    ("db_name", "database"),
    *((name, name) for name in ("host", "port", "user", "password", "database")),
)
_NATS: Fields = (
    ("nats_url", "url"),
    ("nats_user", "user"),
    ("nats_username", "user"),
    ("nats_password", "password"),
    ("nats_token", "token"),
)
_SNOWFLAKE: Fields = (
    *(
        (f"sf_{name}", name)
        for name in (
            "account",
            "user",
            "password",
            "private_key",
            "private_key_passphrase",
            "warehouse",
            "database",
            "schema",
            "role",
        )
    ),
    *(
        (name, name)
        for name in ("account", "user", "password", "private_key", "warehouse", "database", "schema", "role")
    ),
)


@dataclass(frozen=True, slots=True)
class Merge:
    """A type whose data goes into the tool's config. `rest`: all other keys of the data follow under their own name.

    `port`: the value for `port` is coerced.
    """

    fields: Fields = ()
    rest: bool = False
    port: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """Alias resolution of one release.

    `keys`: where an alias may stand; only the first that is present counts. `strips_first`: these keys are gone even
    when the type turns out to be unsupported. `task_sequence`, `transfer`: kinds whose parts are resolved in place of
    the config itself. `typed_errors`: transient failures are told from terminal ones, which have their own text.
    `whole_chain`: logs show the causes too. `supported` is the list in the text about an unsupported type.
    """

    keys: tuple[str, ...] = ("auth",)
    strips_first: bool = False
    task_sequence: bool = False
    transfer: bool = False
    typed_errors: bool = False
    whole_chain: bool = False
    merges: Mapping[str, Merge] = field(default_factory=lambda: {"postgres": Merge(_POSTGRES, port=True)})
    supported: str = "postgres, bearer, api_key, basic"


def _sources(merge: Merge) -> dict[str, Merge]:
    return dict.fromkeys(("nats", "pubsub", "kafka"), merge)


_CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("5.10.0", {}),
    ("5.11.2", {"keys": ("auth", "credential"), "strips_first": True}),
    ("5.11.3", {"task_sequence": True}),
    ("5.15.1", {"typed_errors": True}),
    ("5.15.2", {"merges": _sources(Merge(rest=True))}),
    ("5.20.1", {"merges": _sources(Merge(_NATS, rest=True))}),
    (
        "5.20.2",
        {
            "merges": {"snowflake": Merge(_SNOWFLAKE)},
            "supported": "postgres, snowflake, bearer, api_key, basic, nats, pubsub, kafka",
        },
    ),
    ("5.21.0", {"merges": {"snowflake": Merge((*_SNOWFLAKE, ("sf_public_key", "public_key")))}}),
    ("5.22.0", {"transfer": True}),
    ("5.108.1", {"whole_chain": True}),
)

RELEASES = tuple(release for release, _ in _CHANGES)
"""The releases that changed something, oldest first. Before the first there is no resolution."""


@cache
def rules_of(release: str) -> Rules | None:
    """The rules of a release, None before 5.10.0. Raises `HarnessError` when `release` is no release number."""
    asked = _numbers(release)
    rules: Rules | None = None
    for since, change in _CHANGES:
        if _numbers(since) > asked:
            break
        known = rules or Rules()
        merges = {**known.merges, **change.get("merges", {})}
        rules = replace(known, **{**change, "merges": merges})
    return rules


def _numbers(release: str) -> tuple[int, ...]:
    parts = release.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise HarnessError(
            f"{release!r} is not a release of the Rust worker",
            f"Give three numbers, such as 5.10.0. The rules changed with {', '.join(RELEASES)}.",
        )
    return tuple(int(part) for part in parts)
