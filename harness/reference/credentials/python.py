"""How the Python worker 4.12.0 finds what `auth` names (spec: noetl-python 4.1, 4.2).

It has two resolvers that accept different shapes. Postgres takes an alias, a dict or a map of both, and fails loudly;
HTTP understands nothing but a map of dicts with a `type`, and what it does not understand it leaves out without a word.

Templates in `auth` have been rendered before. A lookup that is answered with anything but a record counts as "not
found"; trying three times and keeping records for 300 s is the lookup's affair. `environ` is the worker's environment.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from harness.reference.credentials.answers import Found, Lookup

_SINGLE_KEYS: Final = frozenset(
    {"source", "key", "name", "service", "secret_name", "scope", "fields", "inject", "type"}
)
_HTTP_TYPES: Final = frozenset(
    {"postgres", "hmac", "s3", "bearer", "basic", "header", "api_key", "oauth2_client_credentials"}
)
_POSTGRES_FIELDS: Final = (
    *((name, name) for name in ("db_host", "db_port", "db_user", "db_password", "db_name")),
    ("host", "db_host"),
    ("port", "db_port"),
    ("user", "db_user"),
    ("username", "db_user"),
    ("password", "db_password"),
    ("database", "db_name"),
    ("dbname", "db_name"),
    ("sslmode", "sslmode"),
    ("dsn", "db_conn_string"),
    ("connection_string", "db_conn_string"),
)
_REQUIRED: Final = ("db_host", "db_port", "db_user", "db_password", "db_name")
_LABELS: Final = ("host", "port", "user", "password", "name")
_DIRECT: Final = frozenset({*_REQUIRED, "db_conn_string"})


class PythonAuthError(ValueError):
    """Authentication of a postgres task failed. The text is the worker's own and holds no value of a credential."""


@dataclass(frozen=True, slots=True)
class PostgresConnection:
    """Where a postgres task connects to. `conninfo` is the libpq text that the worker builds, or the record's own."""

    host: str
    port: str
    user: str
    database: str
    conninfo: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Item:
    """One resolved entry of `auth`."""

    service: str | None
    payload: Mapping[str, Any] = field(repr=False)


class _Unresolved(Exception):
    """The worker's debug log would say why; the error that a playbook sees does not."""


def check_postgres_step(step: str, config: Mapping[str, Any], args: Mapping[str, Any]) -> None:
    """What the worker refuses of a postgres step before it runs the tool. Tasks inside a sequence are not checked.

    Raises `PythonAuthError` when `auth` is missing or a connection field is written out.
    """
    if _absent(config) and _absent(args):
        raise PythonAuthError(f"Postgres step '{step}' is missing auth in command context. Use tool.auth.")
    direct = sorted(name for name in _DIRECT if any(one.get(name) not in (None, "") for one in (config, args)))
    if direct:
        raise PythonAuthError(
            f"Postgres step '{step}' includes forbidden direct connection fields: {', '.join(direct)}. "
            "Use auth references only."
        )


def postgres_connection(
    config: Mapping[str, Any], args: Mapping[str, Any], lookup: Lookup, *, environ: Mapping[str, str]
) -> PostgresConnection:
    """The connection of a postgres task. `args` override `config`, and both override the record.

    Raises `PythonAuthError` with one of the worker's texts.
    """
    config, given = _with_auth(config), _with_auth({**config, **args})
    if _absent(config) and _absent(given):
        raise PythonAuthError(
            "Postgres connection requires `auth` (reference to credential/keychain). "
            "Direct db_* connection fields are not supported for postgres tool execution."
        )
    try:
        auth = config.get("auth") or given.get("auth")
        items = list(_items(auth, lookup, environ)) if auth else []
    except _Unresolved:
        raise PythonAuthError(
            "Postgres auth resolution failed. Ensure `auth` points to a valid postgres credential."
        ) from None
    payload = next((item.payload for item in items if item.service == "postgres"), None)
    if not payload:
        raise PythonAuthError(
            "Postgres auth is required and could not be resolved. "
            "Set `auth` on the step/tool and avoid direct db_* connection fields."
        )
    for source, target in _POSTGRES_FIELDS:
        if target not in given and payload.get(source) is not None:
            given[target] = payload[source]
    return _connection(given)


def http_headers(
    config: Mapping[str, Any], args: Mapping[str, Any], lookup: Lookup, *, environ: Mapping[str, str]
) -> dict[str, str]:
    """The headers that authenticate an HTTP task; none where the worker makes nothing of `auth`.

    They replace headers of the same name. Later entries of the map replace earlier ones.
    """
    headers: dict[str, str] = {}
    for spec in _http_specs(_with_auth(config).get("auth"), _with_auth(args).get("auth")):
        resolved = _http_resolved(spec, lookup, environ)
        match spec["type"]:
            case "bearer":
                token = resolved.get("token") or resolved.get("value")
                if token:
                    headers["Authorization"] = f"Bearer {token}"
            case "api_key":
                value = resolved.get("api_key") or resolved.get("value")
                if value:
                    headers[str(resolved.get("header_name", "X-API-Key"))] = str(value)
            case "basic":
                pair = f"{resolved.get('username', '')}:{resolved.get('password', '')}"
                headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return headers


def _with_auth(config: Mapping[str, Any]) -> dict[str, Any]:
    """`credentials` is the old name of `auth`; where both stand it is dropped."""
    copy = dict(config)
    old = copy.get("credentials")
    if old is not None:
        del copy["credentials"]
        copy.setdefault("auth", old)
    return copy


def _absent(config: Mapping[str, Any]) -> bool:
    return config.get("auth") in (None, "", {})


def _record(key: str, lookup: Lookup) -> dict[str, Any] | None:
    """Payload of a record, with `service` set to what the record is for; None where there is no record.

    The service is the record's own word for it or follows from its type: `postgresql` is for postgres too.
    """
    answer = lookup(key) if key else None
    if not isinstance(answer, Found) or not isinstance(answer.body, Mapping):
        return None
    body = answer.body
    data = body.get("data") or {}
    payload = _inner(data) if isinstance(data, Mapping) else {}
    kind = str(body.get("type") or body.get("credential_type") or "").lower()
    service = str(body.get("service") or body.get("provider") or body.get("kind") or "").lower()
    known = next((name for name in ("postgres", "gcs", "s3", "azure") if name in kind), "")
    service = service or known or kind
    return {**payload, "service": service} if service else dict(payload)


def _inner(data: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = data.get("data")
    return inner if isinstance(inner, Mapping) else data


def _items(auth: Any, lookup: Lookup, environ: Mapping[str, str]) -> Iterator[_Item]:
    """A string or a dict with a known key is one entry, any other dict a map of entries."""
    if isinstance(auth, Mapping) and not _SINGLE_KEYS & auth.keys():
        for spec in auth.values():
            yield _item(spec, lookup, environ)
    else:
        yield _item(auth, lookup, environ)


def _item(spec: Any, lookup: Lookup, environ: Mapping[str, str]) -> _Item:
    if isinstance(spec, str):
        payload = _fetched(spec, lookup)
        return _Item(payload.get("service"), payload)
    if not isinstance(spec, Mapping):
        raise _Unresolved
    service = spec.get("service") or spec.get("type")
    match spec.get("source", "credential"):
        case "credential":
            payload = _fetched(spec.get("key") or spec.get("credential"), lookup)
            service = service or spec.get("tool") or payload.get("service")
            return _Item(service, {**payload, **(spec.get("fields") or {})})
        case "secret" if spec.get("name"):
            return _Item(service, {"value": _environment(f"NOETL_SECRET_{str(spec['name']).upper()}", environ)})
        case "env" if spec.get("name"):
            return _Item(service, {"value": _environment(str(spec["name"]), environ)})
        case "inline" if spec.get("fields"):
            return _Item(service, spec["fields"])
        case _:
            raise _Unresolved


def _fetched(key: Any, lookup: Lookup) -> dict[str, Any]:
    payload = _record(key, lookup) if isinstance(key, str) else None
    if payload is None:
        raise _Unresolved
    return payload


def _environment(name: str, environ: Mapping[str, str]) -> str:
    try:
        return environ[name]
    except KeyError:
        raise _Unresolved from None


def _connection(given: Mapping[str, Any]) -> PostgresConnection:
    missing = [name for name in _REQUIRED if not given.get(name)]
    if missing:
        raise PythonAuthError(
            f"Postgres connection is not configured. Missing: {', '.join(missing)}. "
            "Use `auth: <credential_key>`, `auth: {type: postgres, credential: <key>}`, or inline fields via "
            "`auth: {type: postgres, source: inline, fields: {host: ..., user: ..., password: ..., database: ...}}` "
            "on the step."
        )
    for label, name in zip(_LABELS, _REQUIRED, strict=True):
        if not str(given[name]).strip():
            raise PythonAuthError(f"Database {label} is empty after rendering")
    host, port, user, password, database = (str(given[name]) for name in _REQUIRED)
    built = f"dbname={database} user={user} password={password} host={host} port={port} connect_timeout=10"
    conninfo = str(given.get("db_conn_string", built))
    if not conninfo.strip() or given.get("db_conn_string", built) is None:
        raise PythonAuthError("Database connection string is empty after rendering")
    return PostgresConnection(host, port, user, database, conninfo)


def _http_specs(step_auth: Any, args_auth: Any) -> list[dict[str, Any]]:
    """The usable entries of both maps, those of `args` laid over the step's. A bare alias counts as postgres: of no
    use here. A list, or an entry that can not be laid over another, spoils everything."""
    entries: dict[str, Any] = {}
    for auth in (step_auth, args_auth):
        if isinstance(auth, str):
            auth = {"default": {"type": "postgres", "key": auth}} if auth else {}
        if auth and not isinstance(auth, Mapping):
            return []
        for name, spec in (auth or {}).items():
            under = entries.get(name)
            if under is not None and not (isinstance(under, Mapping) and isinstance(spec, Mapping)):
                return []
            entries[name] = {**under, **spec} if under is not None else spec
    return [dict(spec) for spec in entries.values() if isinstance(spec, Mapping) and _usable(spec.get("type"))]


def _usable(kind: Any) -> bool:
    return isinstance(kind, str) and kind in _HTTP_TYPES


def _http_resolved(spec: Mapping[str, Any], lookup: Lookup, environ: Mapping[str, str]) -> Mapping[str, Any]:
    """`spec` with what its provider adds: a record fills what is not there, a secret replaces what is."""
    key = spec.get("key")
    match spec.get("provider", "credential_store"):
        case "credential_store" if key:
            return {**(_record(str(key), lookup) or {}), **spec}
        case "secret_manager" if key:
            name = f"NOETL_SECRET_{str(key).upper().replace('/', '_').replace('-', '_')}"
            return {**spec, **_secret_fields(spec["type"], environ.get(name, ""))}
        case _:
            return spec


def _secret_fields(kind: str, secret: str) -> dict[str, str]:
    if not secret:
        return {}
    if kind == "basic":
        user, colon, password = secret.partition(":")
        return {"username": user, "password": password} if colon else {"password": secret}
    return {"token" if kind == "bearer" else "value": secret}
