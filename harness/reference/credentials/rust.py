"""Alias resolution of the Rust worker (spec: noetl-rust 1.3, 1.4, 1.6; checked against 5.10.0 to 5.22.0).

Before a Rust worker gives a config to its tool it replaces the name of a credential by what the tool needs: connection
fields for databases, a small `auth` object plus a secret for HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from harness.reference.credentials.answers import (
    AliasError,
    ErrorKind,
    Found,
    HttpFailure,
    Lookup,
    Missing,
    Resolution,
    Secrets,
    TransportFailure,
)
from harness.reference.credentials.config import deserialize_check
from harness.reference.credentials.record import Record, decode
from harness.reference.credentials.releases import Merge, Rules, rules_of
from harness.reference.credentials.serde import DecodeError, as_number, debug, debug_string

_RETRYABLE: Final = frozenset({408, 429, 502, 503, 504})

_SECRET_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "bearer": ("token", "access_token", "bearer_token"),
    "api_key": ("api_key", "key", "token"),
    "basic": ("password", "db_password"),
}


def resolve(config: Any, lookup: Lookup, *, release: str) -> Resolution:
    """`config` with its aliases resolved, the secrets to hand to the tool, and the number of lookups made.

    Works on a copy. Without an alias in it, `config` comes back as it is and nothing is looked up; a template in an
    alias is looked up as it stands. Resolving a result again changes nothing and yields no secrets.

    Before 5.10.0 nothing is resolved: a string in `auth` does not fit the tool's config, which is an error of kind
    `malformed_config`.

    Raises `AliasError` with the config as far as it was changed, and `HarnessError` for a `release` that is none.
    """
    rules = rules_of(release)
    if rules is None:
        if isinstance(config, dict) and isinstance(config.get("auth"), str):
            deserialize_check(config, release=release)
        return Resolution(deepcopy(config), Secrets(), 0)
    return _Resolver(deepcopy(config), lookup, rules).run()


class _Resolver:
    """One resolution: the config as it changes, the secrets so far, the lookups so far."""

    def __init__(self, config: Any, lookup: Lookup, rules: Rules) -> None:
        self.config = config
        self.lookup = lookup
        self.rules = rules
        self.secrets: dict[str, str] = {}
        self.lookups = 0

    def run(self) -> Resolution:
        for part in self._parts():
            if isinstance(part, dict):
                self._resolve_part(part)
        return Resolution(self.config, Secrets(self.secrets), self.lookups)

    def _parts(self) -> Iterator[Any]:
        """The objects in which an alias may stand, in the order of the lookups."""
        kind = self.config.get("kind") if isinstance(self.config, dict) else None
        if kind == "task_sequence" and self.rules.task_sequence:
            tasks = self.config.get("tool_config")
            for task in tasks if isinstance(tasks, list) else ():
                if isinstance(task, dict):
                    yield from (task[label] for label in sorted(task))
        elif kind == "transfer" and self.rules.transfer:
            yield from (self.config.get(end) for end in ("source", "target"))
        else:
            yield self.config

    def _resolve_part(self, part: dict[str, Any]) -> None:
        alias = next((part[key] for key in self.rules.keys if key in part), None)
        if isinstance(alias, str):
            self._apply(part, alias, self._record(alias))

    def _record(self, alias: str) -> Record:
        self.lookups += 1
        match self.lookup(alias):
            case Found(body):
                try:
                    return decode(body)
                except DecodeError as error:
                    under = "error decoding response body"
                    raise self._fetch_error(ErrorKind.DECODE, alias, under, str(error)) from None
            case Missing():
                place = f"/api/credentials/{alias}"
                message = f"Credential alias '{alias}' not found in keychain (server returned 404 for {place})"
                raise self._error(ErrorKind.NOT_FOUND, message)
            case HttpFailure(status, body):
                call = f"credential fetch for '{alias}'" if self.rules.typed_errors else f"get_credential('{alias}')"
                under = f"{call} failed: HTTP {status} {body}"
                raise self._fetch_error(ErrorKind.HTTP, alias, under, transient=status in _RETRYABLE)
            case TransportFailure(text):
                raise self._fetch_error(ErrorKind.TRANSPORT, alias, text, transient=True)

    def _fetch_error(self, kind: ErrorKind, alias: str, *causes: str, transient: bool = False) -> AliasError:
        """Until 5.15.0 every failed fetch has the same words around it; then transient ones alone have any."""
        around = f"looking up credential alias '{alias}' in keychain"
        if not self.rules.typed_errors:
            return self._error(kind, around, *causes)
        if transient:
            return self._error(kind, f"transient error {around}", *causes, transient=True)
        return self._error(kind, *causes)

    def _error(self, kind: ErrorKind, message: str, *causes: str, transient: bool = False) -> AliasError:
        cause = ": ".join(causes) or None
        if self.rules.whole_chain and cause:
            message = f"{message}: {cause}"
        return AliasError(kind, message, cause=cause, config=self.config, lookups=self.lookups, transient=transient)

    def _apply(self, part: dict[str, Any], alias: str, record: Record) -> None:
        kind = "bearer" if record.kind == "bearer_token" else record.kind
        known = kind in _SECRET_KEYS or kind in self.rules.merges
        if known or self.rules.strips_first:
            for key in self.rules.keys:
                part.pop(key, None)
        if kind in _SECRET_KEYS:
            part["auth"] = _auth_object(kind, alias, record.data)
            self.secrets[alias] = _first_text(record.data, _SECRET_KEYS[kind])
        elif kind in self.rules.merges:
            self._merge(part, record.data, self.rules.merges[kind])
        else:
            raise self._error(
                ErrorKind.UNSUPPORTED_TYPE,
                f"Credential alias '{alias}' has unsupported type '{record.kind}'.  "
                f"Supported types: {self.rules.supported}.  File an issue if your tool needs another type.",
            )

    def _merge(self, part: dict[str, Any], data: Mapping[str, Any], merge: Merge) -> None:
        """What the playbook wrote stays, null included, and of two keys of the data the first in the table wins."""
        for source, target in merge.fields:
            if source in data and target not in part:
                coerced = merge.port and target == "port"
                part[target] = self._port(data[source]) if coerced else deepcopy(data[source])
        if merge.rest:
            for name, value in data.items():
                part.setdefault(name, deepcopy(value))

    def _port(self, value: Any) -> Any:
        """Numbers pass as they are, also those that are no port. Both texts say db_port, whatever the key was."""
        if as_number(value) is not None:
            return value
        if not isinstance(value, str):
            shape = f"postgres credential 'db_port' has unsupported JSON shape: {debug(value)}"
            raise self._error(ErrorKind.PORT, shape)
        problem = _u16_problem(value)
        if problem is not None:
            raise self._error(
                ErrorKind.PORT, f"postgres credential 'db_port' is not a u16: {debug_string(value)}", problem
            )
        return int(value)


def _auth_object(kind: str, alias: str, data: Mapping[str, Any]) -> dict[str, str]:
    auth = {"type": kind, "credential": alias}
    if kind == "api_key":
        header = data.get("header")
        auth["header"] = header if isinstance(header, str) else "X-API-Key"
    if kind == "basic":
        auth["username"] = _first_text(data, ("username", "user"))
    return auth


def _first_text(data: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The value of the first name that is present, even with null; empty where that is no string or none is."""
    value = next((data[name] for name in names if name in data), None)
    return value if isinstance(value, str) else ""


def _u16_problem(text: str) -> str | None:
    """Why Rust does not parse `text` as an unsigned 16-bit integer, None where it does. One leading `+` is fine."""
    if not text:
        return "cannot parse integer from empty string"
    digits = text.removeprefix("+")
    value = 0
    for char in digits:
        if not "0" <= char <= "9":
            return "invalid digit found in string"
        value = value * 10 + int(char)
        if value > 65535:
            return "number too large to fit in target type"
    return None if digits else "invalid digit found in string"
